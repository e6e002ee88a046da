/// Checks of a manifest's fields; every failure names the file and the field.
struct Check {
  let file: String

  func invalid(_ field: String, expected: String, found: String) -> ModelError {
    .invalidField(file: file, field: field, expected: expected, found: found)
  }

  func range(_ value: Int, _ range: ClosedRange<Int>, _ field: String) throws(ModelError) {
    guard range.contains(value) else {
      throw invalid(
        field, expected: "\(range.lowerBound)...\(range.upperBound)", found: "\(value)")
    }
  }

  func equal<T: Equatable>(_ found: T, _ expected: T, _ field: String) throws(ModelError) {
    guard found == expected else {
      throw invalid(field, expected: "\(expected)", found: "\(found)")
    }
  }

  func fraction(_ value: Double, _ field: String) throws(ModelError) {
    guard (0...1).contains(value) else {
      throw invalid(field, expected: "0...1", found: "\(value)")
    }
  }

  /// Scales far outside those of networks would overflow the arithmetic that follows.
  func scale(_ value: Double, _ field: String) throws(ModelError) -> Float {
    guard value >= 1e-12, value <= 1e12 else {
      throw invalid(field, expected: "1e-12...1e12", found: "\(value)")
    }
    return Float(value)
  }

  func name<T: RawRepresentable & CaseIterable>(
    _ found: String?, _ field: String, as type: T.Type
  ) throws(ModelError) -> T where T.RawValue == String {
    guard let found else { throw .missingField(file: file, field: field) }
    guard let value = T(rawValue: found) else {
      throw .unsupported(file: file, field: field, found: found, known: T.allCases.map(\.rawValue))
    }
    return value
  }

  func shape(_ found: [Int], _ field: String) throws(ModelError) -> TensorShape {
    guard found.count == 3, found.allSatisfy({ (1...Model.largestSide).contains($0) }),
      found[0] * found[1] * found[2] <= Model.mostValues
    else {
      throw invalid(
        field, expected: "three of 1...\(Model.largestSide), \(Model.mostValues) values in all",
        found: "\(found)")
    }
    return TensorShape(height: found[0], width: found[1], channels: found[2])
  }

  func window(_ found: [Int]?, _ field: String) throws(ModelError) -> Layer.Window {
    guard let found else { throw .missingField(file: file, field: field) }
    guard found.count == 2, found.allSatisfy({ (1...Model.largestKernel).contains($0) }) else {
      throw invalid(field, expected: "two of 1...\(Model.largestKernel)", found: "\(found)")
    }
    return Layer.Window(height: found[0], width: found[1])
  }
}

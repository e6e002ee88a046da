internal import Inference

/// The way in which a board computes a model, as `scribe_model_order` in `scribe_model.h`.
package enum FirmwareOrder: UInt8, Sendable {
  /// A patch as a whole.
  case atOnce = 0
  /// A picture of any size, row by row.
  case byRows = 1
  /// A line of any length, column by column; the network is turned so that these are rows.
  case byColumns = 2

  /// Rows of a test vector's picture: what fits into flash beside weights.
  private static let vectorRows = 32
  /// Columns of a test vector's line.
  private static let vectorColumns = 64

  init(_ model: Model) {
    if model.positions == 1 {
      self = .atOnce
    } else {
      self = model.rows == 1 ? .byColumns : .byRows
    }
  }

  /// The name of the constant in `scribe_model.h`.
  var constant: String {
    switch self {
    case .atOnce: "SCRIBE_MODEL_AT_ONCE"
    case .byRows: "SCRIBE_MODEL_BY_ROWS"
    case .byColumns: "SCRIBE_MODEL_BY_COLUMNS"
    }
  }

  /// What a board is given at once.
  var unit: String {
    switch self {
    case .atOnce: "patch"
    case .byRows: "picture"
    case .byColumns: "line"
    }
  }

  /// The model at the size of the exported test vectors.
  func sized(_ model: Model) throws(ExportError) -> Model {
    do throws(ModelError) {
      return switch self {
      case .atOnce: model
      case .byRows:
        try model.resized(
          to: model.input.width, height: min(model.input.height, Self.vectorRows))
      case .byColumns: try model.widened(to: min(model.input.width, Self.vectorColumns))
      }
    } catch {
      throw .vectors(error)
    }
  }

  /// Multiples of which a picture's rows and columns, or a line's columns, must be.
  func grain(of model: Model) -> Int {
    switch self {
    case .atOnce: 1
    case .byRows: max(model.grain.height, model.grain.width)
    case .byColumns: model.grain.width
    }
  }

  /// Layers as the board computes them, in the order of its rows.
  func layers(of model: Model) -> [Layer] {
    self == .byColumns ? model.layers.map { $0.transposed() } : model.layers
  }

  /// A test vector of a whole model, cut to the size of `sized`.
  func vector(
    _ vector: TestVector, of model: Model, sized: Model
  ) -> TestVector {
    guard self != .atOnce else { return vector }
    let (whole, part) = (model.input, sized.input)
    let rows = (0..<part.height).flatMap { y in
      let first = y * whole.width * whole.channels
      return vector.patch[first..<first + part.width * part.channels]
    }
    let outputs = sized.referenceOutputs(of: rows)
    func turned<Value>(_ values: [Value], _ shape: TensorShape) -> [Value] {
      self == .byColumns ? shape.transposed(values) : values
    }
    return TestVector(
      patch: turned(rows, part),
      layerChecksums: zip(outputs, sized.layers).map { output, layer in
        var digest = Digest()
        for value in turned(output, layer.output) { digest.add(UInt8(bitPattern: value)) }
        return digest.checksum
      },
      logits: zip(outputs, sized.layers).suffix(1).flatMap { turned($0, $1.output) })
  }
}

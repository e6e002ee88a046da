import Bytes
public import Values

/// A quantity in the words of Home Assistant's device classes: the units in which it may be told,
/// and which long-term statistics it may have.
///
/// After https://www.home-assistant.io/integrations/sensor/#device-class. Left out are classes of
/// texts and times, and money, whose unit may be any currency's.
package struct Quantity: Sendable {
  package enum Statistics: String, Sendable {
    case measurement
    case total
    case totalIncreasing = "total_increasing"
  }

  package let name: String
  /// Empty text stands for no unit.
  package let units: [String]
  package let statistics: [Statistics]

  /// The statistics of a field; nil for none.
  func statistics(grows: Bool) -> Statistics? {
    let wishes: [Statistics] =
      grows ? [.totalIncreasing, .total, .measurement] : [.measurement, .total]
    return wishes.first(where: statistics.contains)
  }

  /// The quantity of a field; nil where it tells none.
  ///
  /// - Throws: `QuantityError` with what is nearest.
  static func of(_ field: Field) throws(QuantityError) -> Quantity? {
    guard let name = field.quantity else { return nil }
    guard let quantity = table.first(where: { $0.name == name }) else {
      throw .unknown(name, nearest: nearest(to: name, in: table.map(\.name)))
    }
    guard quantity.units.contains(plain(field.unit)) else {
      throw .unit(
        field.unit, quantity: name, nearest: nearest(to: field.unit, in: quantity.units),
        all: quantity.units)
    }
    return quantity
  }

  /// A unit with the micro sign that all versions of Home Assistant take: there are two that look
  /// the same.
  static func plain(_ unit: String) -> String {
    String(String.UnicodeScalarView(unit.unicodeScalars.map { $0 == "\u{3BC}" ? "\u{B5}" : $0 }))
  }

  private static func nearest(to text: String, in choices: [String]) -> String {
    // No name is longer, and people's files may have a line of any length.
    let simple = simplified(String(text.prefix(64)))
    func distance(_ choice: String) -> Int { editDistance(simple, simplified(choice)) }
    return choices.min { distance($0) < distance($1) } ?? ""
  }

  /// What people type for a unit: `m3`, `degC`, `l`.
  private static func simplified(_ text: String) -> String {
    var simple = text.lowercased()
    for (written, plain) in [("³", "3"), ("²", "2"), ("°", ""), ("deg", ""), ("\u{B5}", "u")] {
      simple = simple.replacing(written, with: plain)
    }
    return simple
  }
}

/// Quantities and units that Home Assistant wouldn't take.
public enum QuantityError: Error, Equatable, CustomStringConvertible {
  case unknown(String, nearest: String)
  case unit(String, quantity: String, nearest: String, all: [String])

  public var description: String {
    switch self {
    case .unknown(let name, let nearest):
      "there is no quantity '\(name)'; the nearest is '\(nearest)'"
    case .unit("", let quantity, _, let all):
      "\(quantity) has a unit, one of \(Self.list(all))"
    case .unit(let unit, let quantity, let nearest, let all):
      all == [""]
        ? "\(quantity) has no unit, so not '\(unit)'"
        : "\(quantity) isn't told in '\(unit)'; the nearest is '\(nearest)', all are "
          + Self.list(all)
    }
  }

  private static func list(_ units: [String]) -> String {
    units.map { $0.isEmpty ? "none" : $0 }.joined(separator: ", ")
  }

  /// Checks a field's quantity and unit.
  ///
  /// - Throws: `QuantityError`.
  public static func check(_ field: Field) throws(QuantityError) {
    _ = try Quantity.of(field)
  }
}

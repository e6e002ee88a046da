/// A decimal number as it was read: exact, with its decimals.
public struct ValueNumber: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The digits without the decimal point, such as 12345 of 12.345.
  public let digits: Int64
  /// Digits behind the decimal point, 0...18.
  public let decimals: Int

  /// - Returns: nil where there are more than 18 decimals.
  public init?(digits: Int64, decimals: Int) {
    guard (0...18).contains(decimals) else { return nil }
    self.digits = digits
    self.decimals = decimals
  }

  public var double: Double { Double(digits) / Self.powers[decimals] }

  /// The value of one step of the last digit.
  public var step: Double { 1 / Self.powers[decimals] }

  /// The number with all of its decimals, such as `0.50`.
  public var description: String {
    let magnitude = "\(digits.magnitude)"
    let padded = String(repeating: "0", count: max(decimals + 1 - magnitude.count, 0)) + magnitude
    let sign = digits < 0 ? "-" : ""
    guard decimals > 0 else { return sign + padded }
    return "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
  }

  public static func < (left: Self, right: Self) -> Bool { left.double < right.double }

  private static let powers: [Double] = (0...18).map { count in
    (0..<count).reduce(1) { power, _ in 10 * power }
  }
}

/// Writes one line of JSON with its keys in the order given: the same input gives the same bytes.
public struct JSONLine: Sendable {
  /// The text written so far.
  public private(set) var text = ""
  /// Whether the next key or element needs a comma before it.
  private var needsComma = false

  public init() {}

  /// An object; `content` writes its members.
  public mutating func object(_ content: (inout JSONLine) -> Void) {
    container("{", "}", content)
  }

  /// An array; `content` writes its elements.
  public mutating func array(_ content: (inout JSONLine) -> Void) {
    container("[", "]", content)
  }

  /// A member's key; exactly one value must follow.
  public mutating func key(_ name: String) {
    separate()
    text += Self.quoted(name) + ":"
    needsComma = false
  }

  public mutating func value(_ string: String) { scalar(Self.quoted(string)) }

  public mutating func value(_ number: Int) { scalar("\(number)") }

  public mutating func value(_ flag: Bool) { scalar(flag ? "true" : "false") }

  /// A number rounded to `places` decimals; null where it is not finite.
  public mutating func value(_ number: Double, places: Int) {
    scalar(Self.decimal(number, places: places) ?? "null")
  }

  public mutating func null() { scalar("null") }

  public mutating func member(_ name: String, _ string: String) {
    key(name)
    value(string)
  }

  public mutating func member(_ name: String, _ number: Int) {
    key(name)
    value(number)
  }

  public mutating func member(_ name: String, _ number: Double, places: Int) {
    key(name)
    value(number, places: places)
  }

  public mutating func member(_ name: String, _ flag: Bool) {
    key(name)
    value(flag)
  }

  mutating func scalar(_ value: String) {
    separate()
    text += value
    needsComma = true
  }

  private mutating func container(
    _ open: String, _ close: String, _ content: (inout JSONLine) -> Void
  ) {
    separate()
    text += open
    needsComma = false
    content(&self)
    text += close
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { text += "," }
  }

  /// `text` as a JSON string: quotes, backslashes and all that a terminal might obey or hide is
  /// escaped, which is valid JSON and gives parsers the same text.
  public static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.isShown: result.unicodeScalars.append(scalar)
      default:
        for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
          let digits = String(unit, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      }
    }
    return result + "\""
  }

  /// `number` rounded to `places` (0...9) decimals without trailing zeros, or nil where it is not
  /// finite.
  public static func decimal(_ number: Double, places: Int) -> String? {
    guard number.isFinite else { return nil }
    let places = min(max(places, 0), 9)
    var unit: UInt64 = 1
    for _ in 0..<places { unit *= 10 }
    let scaled = (abs(number) * Double(unit)).rounded()
    // Beyond 2^53 a number has no decimals to lose.
    guard scaled < 9.007_199_254_740_992e15 else { return "\(number)" }
    let whole = UInt64(scaled) / unit
    var fraction = UInt64(scaled) % unit
    let sign = number < 0 && scaled > 0 ? "-" : ""
    guard fraction > 0 else { return "\(sign)\(whole)" }
    var width = places
    while fraction % 10 == 0 {
      fraction /= 10
      width -= 1
    }
    let digits = "\(fraction)"
    return "\(sign)\(whole).\(String(repeating: "0", count: width - digits.count))\(digits)"
  }
}

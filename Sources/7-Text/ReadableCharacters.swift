/// The characters that can be read, each as one code: printable ASCII as it is, then the signs of
/// units, money and arithmetic.
enum ReadableCharacters {
  /// What the line readers know beyond ASCII.
  static let signs = Array(CharacterTables.signs.unicodeScalars)
  /// From the space on.
  static let codes = 0x20...0x7E + UInt8(signs.count)

  /// Nil for a character that is not read. A micro sign and an ohm sign of their own count as the
  /// letters that look the same.
  static func code(of scalar: Unicode.Scalar) -> UInt8? {
    if (0x20...0x7E).contains(scalar.value) { return UInt8(scalar.value) }
    let sign: Unicode.Scalar =
      switch scalar {
      case "\u{3BC}": "\u{B5}"
      case "\u{2126}": "\u{3A9}"
      default: scalar
      }
    return signs.firstIndex(of: sign).map { UInt8(0x7F + $0) }
  }

  /// Nil for a text of more or fewer characters than one.
  static func code(of text: String) -> UInt8? {
    text.unicodeScalars.count == 1 ? text.unicodeScalars.first.flatMap(code) : nil
  }

  /// Nil if one of the characters is not read.
  static func codes(of text: String) -> [UInt8]? {
    var codes: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard let code = code(of: scalar) else { return nil }
      codes.append(code)
    }
    return codes
  }

  /// What a code stands for.
  static func character(of code: UInt8) -> Character {
    Character(code < 0x7F ? Unicode.Scalar(code) : signs[min(Int(code) - 0x7F, signs.count - 1)])
  }
}

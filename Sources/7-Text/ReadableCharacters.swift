/// The characters that can be read, each as one code: printable ASCII as it is, then the signs of
/// units, money and arithmetic.
enum ReadableCharacters {
  /// The characters beyond ASCII that the line readers know.
  static let signs = Array(CharacterTables.signs.unicodeScalars)
  /// All codes, from the space on.
  static let codes = 0x20...0x7E + UInt8(signs.count)

  /// The code of a character; nil if it is not read. Unicode's separate micro sign and ohm sign
  /// count as the letters that look the same.
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

  /// The code of a text of one character; nil for more or fewer.
  static func code(of text: String) -> UInt8? {
    text.unicodeScalars.count == 1 ? text.unicodeScalars.first.flatMap(code) : nil
  }

  /// The codes of a text; nil if one of its characters is not read.
  static func codes(of text: String) -> [UInt8]? {
    var codes: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard let code = code(of: scalar) else { return nil }
      codes.append(code)
    }
    return codes
  }

  /// The character of a code.
  static func character(of code: UInt8) -> Character {
    Character(code < 0x7F ? Unicode.Scalar(code) : signs[min(Int(code) - 0x7F, signs.count - 1)])
  }
}

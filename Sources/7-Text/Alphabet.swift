/// The characters that may be read.
public struct Alphabet: Sendable, Equatable {
  /// The characters; nil for all that the model knows.
  public let characters: Set<String>?

  /// The signs that are read beside ASCII.
  public static let signs = CharacterTables.signs

  /// All characters that the model knows.
  public static let all = Alphabet(characters: nil)

  /// Printable ASCII, without further signs.
  public static let ascii = Alphabet(
    characters: Set((0x21...0x7E).map { String(ReadableCharacters.character(of: $0)) }))

  private init(characters: Set<String>?) { self.characters = characters }

  /// Parses `digits`, `upper`, `lower`, `alnum`, `ascii`, or the characters themselves.
  ///
  /// - Returns: nil for an empty text, or one with white space or characters that are not read.
  public init?(_ text: String) {
    let digits = "0123456789"
    let upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    let characters: String
    switch text {
    case "digits": characters = digits
    case "upper": characters = upper
    case "lower": characters = upper.lowercased()
    case "alnum": characters = digits + upper + upper.lowercased()
    case "ascii":
      self = .ascii
      return
    default: characters = text
    }
    guard let codes = ReadableCharacters.codes(of: characters), !codes.isEmpty,
      !codes.contains(0x20)
    else { return nil }
    self.characters = Set(codes.map { String(ReadableCharacters.character(of: $0)) })
  }

  func allows(_ label: String) -> Bool { characters?.contains(label) ?? true }
}

/// The characters that may be read.
public struct Alphabet: Sendable, Equatable {
  /// nil: whatever the model knows.
  public let characters: Set<String>?

  /// All that the model knows.
  public static let all = Alphabet(characters: nil)

  private init(characters: Set<String>?) { self.characters = characters }

  /// Signs beyond ASCII that units, prices and measures have.
  private static let signs = "°µΩ€£±²³×"

  /// `digits`, `upper`, `lower`, `alnum`, `ascii`, or the characters themselves.
  ///
  /// - Returns: nil for an empty text, or one with white space or characters that no model knows.
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
      characters = String(decoding: UInt8(ascii: "!")...UInt8(ascii: "~"), as: UTF8.self)
    default: characters = text
    }
    let known = characters.allSatisfy {
      $0.isASCII && ("!"..."~").contains($0) || Self.signs.contains($0)
    }
    guard !characters.isEmpty, known else { return nil }
    self.characters = Set(characters.map(String.init))
  }

  func allows(_ label: String) -> Bool { characters?.contains(label) ?? true }
}

/// The characters that may be read.
public struct Alphabet: Sendable, Equatable {
  /// nil: whatever the model knows.
  public let characters: Set<String>?

  /// All that the model knows.
  public static let all = Alphabet(characters: nil)

  private init(characters: Set<String>?) { self.characters = characters }

  /// `digits`, `upper`, `lower`, `alnum`, `ascii`, or the characters themselves.
  ///
  /// - Returns: nil for an empty text, or one with white space or characters outside ASCII.
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
      self = .all
      return
    default: characters = text
    }
    let printable = characters.allSatisfy { $0.isASCII && ("!"..."~").contains($0) }
    guard !characters.isEmpty, printable else { return nil }
    self.characters = Set(characters.map(String.init))
  }

  func allows(_ label: String) -> Bool { characters?.contains(label) ?? true }
}

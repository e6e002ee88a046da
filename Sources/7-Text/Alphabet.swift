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

  /// What a text begins with that names sets, where their names alone would be characters.
  public static let prefix = "set:"

  private init(characters: Set<String>?) { self.characters = characters }

  /// Takes one of three:
  /// - `digits`, `upper`, `lower`, `alnum` or `ascii`, or several of them as `upper+digits`;
  /// - `set:` and names of sets, `set:hex` or `set:HEX+lower`, at the end maybe characters that are
  ///   neither letters nor digits: `set:digits+.-`;
  /// - the characters themselves.
  ///
  /// Nil for an empty text, one with white space or characters that are not read, and for a set that
  /// there is not.
  public init?(_ text: String) {
    let characters: String?
    if text.hasPrefix(Self.prefix) {
      characters = Self.characters(ofSets: text.dropFirst(Self.prefix.count))
    } else {
      let named = text.split(separator: "+", omittingEmptySubsequences: false).map {
        Self.words.contains(String($0)) ? Self.sets[String($0)] : nil
      }
      characters = named.contains(nil) ? text : named.compactMap { $0 }.joined()
    }
    guard let characters, let codes = ReadableCharacters.codes(of: characters), !codes.isEmpty,
      !codes.contains(0x20)
    else { return nil }
    self.characters = Set(codes.map { String(ReadableCharacters.character(of: $0)) })
  }

  /// Whether `text` was taken for characters, and is the name of a set too.
  public static func isTakenForCharacters(_ text: String) -> Bool {
    sets[text] != nil && !words.contains(text)
  }

  func allows(_ label: String) -> Bool { characters?.contains(label) ?? true }

  private static let digits = "0123456789"
  private static let upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

  private static let sets = [
    "digits": digits, "upper": upper, "lower": upper.lowercased(),
    "alnum": digits + upper + upper.lowercased(), "hex": digits + "ABCDEFabcdef",
    "HEX": digits + "ABCDEF", "ascii": String((0x21...0x7E).map(ReadableCharacters.character)),
  ]

  /// Names that are sets without `set:` too. No others will be: a text of letters alone is those
  /// letters.
  private static let words: Set = ["digits", "upper", "lower", "alnum", "ascii"]

  /// Nil where one of the names is none.
  private static func characters(ofSets text: Substring) -> String? {
    var characters = ""
    var rest = text
    while true {
      let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
      if name.isEmpty {
        // The end, and not the start: characters that no name can begin with.
        guard !characters.isEmpty, !rest.isEmpty,
          !rest.contains(where: { $0.isLetter && $0.isASCII || $0.isNumber && $0.isASCII })
        else { return nil }
        return characters + rest
      }
      guard let set = sets[String(name)] else { return nil }
      characters += set
      rest = rest[name.endIndex...]
      if rest.isEmpty { return characters }
      guard rest.first == "+" else { return nil }
      rest = rest.dropFirst()
    }
  }
}

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

  /// The start of a text that names sets, where their names alone would be characters.
  public static let prefix = "set:"

  private init(characters: Set<String>?) { self.characters = characters }

  /// Parses one of three forms:
  /// - `digits`, `upper`, `lower`, `alnum` or `ascii`, or several of them as `upper+digits`;
  /// - `set:` and names of sets, as `set:hex` or `set:HEX+lower`; characters that are neither
  ///   letters nor digits may follow: `set:digits+.-`;
  /// - the characters themselves.
  ///
  /// - Returns: nil for an empty text, one with white space or characters that are not read, or one
  ///   that names an unknown set.
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

  /// Names that stand for sets without `set:`, too. No others will be added: any other text of
  /// letters alone is those letters.
  private static let words: Set = ["digits", "upper", "lower", "alnum", "ascii"]

  /// The characters of sets and those behind them; nil where a name is that of no set.
  private static func characters(ofSets text: Substring) -> String? {
    var characters = ""
    var rest = text
    while true {
      let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
      if name.isEmpty {
        // Characters that no name can begin with may stand at the end, but not at the start.
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

import ArgumentParser
import Sinks
import Text

/// Characters that may be read, as they were given.
struct AlphabetArgument: Sendable {
  let alphabet: Alphabet
  let text: String

  @Sendable init(_ text: String) throws {
    try FreeText.check(text, of: "--alphabet")
    guard let alphabet = Alphabet(text) else {
      let start =
        text.hasPrefix(Alphabet.prefix) ? "There is no such set of characters. " : ""
      throw ValidationError(
        start + "An alphabet is digits, upper, lower, alnum, ascii, or several of these as "
          + "upper+digits; set: and their names or hex or HEX; or printable ASCII and "
          + "\(Alphabet.signs).")
    }
    self.alphabet = alphabet
    self.text = text
  }
}

/// Options whose text may begin with a hyphen, as `-?[0-9]+` does.
enum FreeText {
  /// Refuses what is more likely the next option, where the text was forgotten.
  ///
  /// - Throws: `ValidationError`.
  static func check(_ text: String, of option: String) throws {
    let name = text.dropFirst(2)
    guard text.hasPrefix("--"), name.first?.isLetter == true,
      name.allSatisfy({ $0.isASCII && ($0.isLetter || $0 == "-") })
    else { return }
    throw ValidationError("\(option) has no value: \(text) follows it, which is an option.")
  }
}

extension ReaderOptions {
  /// Possible mistakes in the alphabet, for people.
  var alphabetDoubts: [String] {
    var doubts: [String] = []
    if let text = alphabetGiven?.text, Alphabet.isTakenForCharacters(text) {
      doubts.append(
        "--alphabet \(text) is taken for the characters \(text.map(String.init).joined(separator: " "))"
          + "; the set is \(Alphabet.prefix)\(text)")
    }
    if case .without(let missing) = (try? makePattern())??.fit(with: alphabet ?? .all) {
      doubts.append(
        "--alphabet lacks \(Self.named(missing)) of --pattern, so that is never read there")
    }
    return doubts
  }

  static func words(never missing: [Character]) -> String {
    missing.isEmpty
      ? "No line can match --pattern with the characters of --alphabet."
      : "No line can match --pattern: --alphabet lacks \(named(missing)) of it."
  }

  private static func named(_ characters: [Character]) -> String {
    let most = 16
    let shown = characters.prefix(most).map { String($0) }.joined(separator: " ")
    let others = characters.count - most
    return others > 0 ? "\(shown) and \(others) more" : shown
  }
}

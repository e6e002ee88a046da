import Testing
import Text

@Suite struct AlphabetTests {
  private static let digits = "0123456789"
  private static let upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

  private func characters(_ text: String) -> Set<String> { Set(text.map { String($0) }) }

  private static let hex = digits + "ABCDEF"
  private static let lower = upper.lowercased()
  private static let sets: [(text: String, members: [String])] = [
    ("digits", [digits]), ("upper", [upper]), ("lower", [lower]),
    ("alnum", [digits, upper, lower]), ("upper+digits", [upper, digits]),
    ("digits+lower+upper", [digits, upper, lower]), ("set:hex", [hex, "abcdef"]),
    ("set:HEX", [hex]), ("set:digits", [digits]), ("set:upper+digits", [upper, digits]),
    ("set:HEX+lower", [hex, lower]), ("set:digits+.-", [digits, ".-"]),
    ("set:digits++-", [digits, "+-"]), ("set:digits+°", [digits, "°"]),
  ]

  @Test(arguments: sets)
  func setsHaveNames(text: String, members: [String]) throws {
    #expect(try #require(Alphabet(text)).characters == characters(members.joined()))
  }

  /// Letters alone are these letters, whatever sets there are; so is what no set's name completes.
  @Test(arguments: [
    "hex", "HEX", "heX", "dig", "digitsx", "upper+", "+-", "-0", "upper-digits", "hex+digits",
  ])
  func charactersStandForThemselves(text: String) throws {
    #expect(try #require(Alphabet(text)).characters == characters(text))
    #expect(Alphabet.isTakenForCharacters(text) == (text.lowercased() == "hex" && text != "heX"))
  }

  @Test(arguments: [
    "", " ", "a b", "ä", "set:", "set:hexx", "set:greek", "set:digits+", "set:+-", "set:digits+.5",
    "set:digits.-", "set:digits+ ",
  ])
  func nonsenseIsNone(text: String) { #expect(Alphabet(text) == nil) }

  private static let fits: [(pattern: String, alphabet: String, fit: PatternFit)] = [
    ("[0-9]+", "digits", .whole), ("[0-9]+", "ascii", .whole),
    (#"\d+.\w[^a]"#, "digits", .whole), (#"\d+.\w[^a]"#, "alnum", .whole),
    ("-?[0-9]+", "digits", .without(["-"])),
    ("[0-9A-F]{4}", "digits", .without(["A", "B", "C", "D", "E", "F"])),
    ("[0-9]+|OFF", "digits", .without(["F", "O"])),
    (#"[0-9]+\.[0-9]"#, "digits", .never(missing: ["."])),
    ("SN [0-9]+", "set:digits+.", .never(missing: ["N", "S"])),
    ("[^0-9]+", "digits", .never(missing: [])), ("[0-9]+ °C", "ascii", .never(missing: ["°"])),
  ]

  @Test(arguments: fits)
  func patternsAreCompared(pattern: String, alphabet: String, fit: PatternFit) throws {
    let alphabet = try #require(Alphabet(alphabet))
    #expect(try Pattern(pattern).fit(with: alphabet) == fit)
    #expect(try Pattern(pattern).fit(with: .all) == .whole)
  }
}

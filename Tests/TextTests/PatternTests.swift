import Foundation
import Testing
import Text

@Suite struct PatternTests {
  @Test(arguments: [
    (#"[0-9]{5}\.[0-9]"#, ["12345.6", "00000.0"], ["1234.56", "12345,6", "12345.", ""]),
    (#"^SN\d+$"#, ["SN1", "SN4711"], ["SN", "sn1", "SN 1", "SN4a"]),
    ("SN [A-F0-9]{2,4}", ["SN A1", "SN FFFF"], ["SNA1", "SN A", "SN FFFFF", "SN  A1"]),
    ("ON|OFF", ["ON", "OFF"], ["O", "ONOFF", ""]),
    ("(?:a|b)*c", ["c", "abbac"], ["ab", "abcd"]),
    ("x{0}a{2,}", ["aa", "aaaaaaaa"], ["a", "xaa"]),
    (#"[^0-9]\D\W\w\S"#, ["ab-_~"], ["ab-_ ", "1b-_~", "a1-_~", "abc_~", "ab--~"]),
    (#"[\d.\-\]\\^]+"#, ["1.-]\\^"], ["a", "["]),
    ("[a-]+", ["a-a"], ["b"]),
    (#"a\s?b"#, ["ab", "a b"], ["a  b"]),
    (#"\(\+\*\?\{\}\[\]\|\/\)"#, ["(+*?{}[]|/)"], ["+"]),
    ("a.c", ["abc", "a.c", "a~c"], ["ac", "a c", "abbc"]),
    ("(a?){3}b", ["b", "ab", "aaab"], ["aaaab"]),
    ("((){256}){256}a", ["a"], ["aa"]),
  ])
  func matchesWholeTexts(source: String, right: [String], wrong: [String]) throws {
    let pattern = try Pattern(source)
    for text in right { #expect(pattern.matches(text), "\(source) \(text)") }
    for text in wrong { #expect(!pattern.matches(text), "\(source) \(text)") }
  }

  @Test func signsAreCharacters() throws {
    let pattern = try Pattern(#"-?[0-9]+(\.[0-9])? ?(°C|µF|[kM]Ω|m[²³])"#)
    for text in ["23.5 °C", "-4°C", "100 \u{B5}F", "100 \u{3BC}F", "10 kΩ", "7 \u{2126}", "12 m³"] {
      #expect(pattern.matches(text) == (text != "7 \u{2126}"), "\(text)")
    }
    #expect(try Pattern("[^0-9]").matches("±"))
    #expect(try Pattern(".").matches("€"))
    #expect(try !Pattern("[!-~]").matches("€"))
    #expect(throws: PatternError.self) { try Pattern("½") }
  }

  @Test(arguments: [
    ("", nil, PatternError.Reason.empty),
    ("[0-9", 0, .unclosed("[")), ("ab(cd", 2, .unclosed("(")), ("a{3", 1, .unclosed("{")),
    ("ab)", 2, .unopened(")")), ("a]", 1, .unopened("]")), ("a}", 1, .unopened("}")),
    ("*a", 0, .nothingToRepeat), ("a|+", 2, .nothingToRepeat), ("(?:{2})", 3, .nothingToRepeat),
    ("^*", 1, .nothingToRepeat), ("a+?", 2, .repeatedRepetition), ("a**", 2, .repeatedRepetition),
    ("a{2}{3}", 4, .repeatedRepetition), ("a++", 2, .repeatedRepetition),
    ("a{}", 1, .malformedCount), ("a{,3}", 1, .malformedCount), ("a{x}", 1, .malformedCount),
    ("a{1,2,3}", 1, .malformedCount), ("a{257}", 2, .countTooLarge(limit: 256)),
    ("a{1,99999999999999999999}", 4, .countTooLarge(limit: 256)),
    ("a{3,2}", 1, .countsReversed), ("[z-a]", 1, .rangeReversed), (#"[\d-z]"#, 1, .rangeOfClass),
    (#"[+-\d]"#, 1, .rangeOfClass), ("[]", 0, .emptyClass), ("[^]", 0, .emptyClass),
    ("[[:digit:]]", 1, .bracketInClass), ("a^b", 1, .anchorInside("^")),
    ("a$b", 1, .anchorInside("$")), ("(^a)", 1, .anchorInside("^")),
    ("(a$)", 2, .anchorInside("$")), (#"(a)\1"#, 3, .unsupported("a reference back")),
    (#"(?<n>a)\k<n>"#, 0, .unsupported("a group's name")),
    ("a(?=b)", 1, .unsupported("looking ahead")), ("a(?!b)", 1, .unsupported("looking ahead")),
    ("(?<=a)b", 0, .unsupported("looking behind")), ("(?<!a)b", 0, .unsupported("looking behind")),
    ("(?>a)", 0, .unsupported("an atomic group")), ("(?i)a", 0, .unsupported("a group's option")),
    (#"\bab"#, 0, .unsupported("an anchor other than ^ and $")),
    (#"a\p{L}"#, 1, .unsupported("a Unicode property")), (#"a\t"#, 1, .unknownEscape("t")),
    (#"ab\"#, 2, .danglingBackslash), (#"[a\"#, 2, .danglingBackslash),
    ("aä", 1, .notPrintable), ("a\n", 1, .notPrintable), ("a🙂{", 1, .notPrintable),
    ("(a{256}){256}", nil, .tooLarge), ("[ab]*a[ab]{20}", nil, .tooLarge),
    ("(((a{256}){256}){256}){256}{0}", 27, .repeatedRepetition),
    ("((((a{256}){256}){256}){256}){256}", nil, .tooLarge),
    (" 5", nil, .neverMatches), ("a  b", nil, .neverMatches), ("[^!-×]", nil, .neverMatches),
    ("a{0}", nil, .neverMatches), ("^$", nil, .neverMatches), ("()", nil, .neverMatches),
  ])
  func errorsSayWhere(source: String, offset: Int?, reason: PatternError.Reason) {
    let error = #expect(throws: PatternError.self) { try Pattern(source) }
    #expect(error?.offset == offset, "\(source)")
    #expect(error?.reason == reason, "\(source)")
  }

  @Test func aCaretPointsAtThePlace() {
    let error = #expect(throws: PatternError.self) { try Pattern("ab[z-a]") }
    #expect(error?.description == "the range ends before it begins\n  ab[z-a]\n     ^")
  }

  @Test func groupsNestSoFarAndNoFurther() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
    }
    #expect(try Pattern(nested(64)).matches("a"))
    let error = #expect(throws: PatternError.self) { try Pattern(nested(100_000)) }
    #expect(error?.reason == .tooDeep(limit: 64))
  }

  @Test func severalPatternsAreAlternatives() throws {
    let pattern = try Pattern(anyOf: [#"\d{3}"#, "OFF"])
    #expect(pattern.matches("123") && pattern.matches("OFF") && !pattern.matches("12F"))
    // An alternative that matches nothing is named, however good the others are.
    let error = #expect(throws: PatternError.self) { try Pattern(anyOf: ["a", " b"]) }
    #expect(error?.source == " b")
    #expect(throws: PatternError.self) { try Pattern(anyOf: []) }
  }

  @Test func everyStateLeadsToAMatch() throws {
    for source in [#"[0-9]{2}(\.|,)[0-9]"#, "(ab|a[^b-z]{0,3}c)+", "x{3,9}y?"] {
      let pattern = try Pattern(source)
      var shortest = [Bool](repeating: false, count: pattern.stateCount)
      for state in 0..<pattern.stateCount {
        shortest[state] = pattern.isAccepting(Int32(state))
      }
      for _ in 0..<pattern.stateCount {
        for state in 0..<pattern.stateCount where !shortest[state] {
          shortest[state] = (UInt8(0)...255).contains { byte in
            pattern.next(Int32(state), byte).map { shortest[Int($0)] } ?? false
          }
        }
      }
      #expect(shortest.allSatisfy { $0 }, "\(source)")
    }
  }

  /// Random patterns compared with a well-tested engine, on all short texts.
  @Test func randomPatternsAgreeWithFoundation() throws {
    var random = Generator(seed: 11)
    let texts = (0...4).flatMap { length in
      (0..<Int(pow(3, Double(length)))).map { number in
        var rest = number
        return (0..<length).map { _ in
          defer { rest /= 3 }
          return ["a", "b", "-"][rest % 3]
        }.joined()
      }
    }
    var compared = 0
    var matching = 0
    for _ in 0..<600 {
      let source = random.pattern(depth: 3)
      let pattern: Pattern
      do {
        pattern = try Pattern(source)
      } catch {
        // The pattern may match nothing; but it is well formed.
        #expect([.neverMatches, .tooLarge, .empty].contains(error.reason), "\(source): \(error)")
        continue
      }
      let expected = try NSRegularExpression(pattern: "^(?:\(source))$")
      for text in texts {
        let range = NSRange(location: 0, length: text.utf16.count)
        let isMatch = expected.firstMatch(in: text, range: range) != nil
        #expect(pattern.matches(text) == isMatch, "\(source) on '\(text)'")
        compared += 1
        if isMatch { matching += 1 }
      }
    }
    // Neither side may be trivial.
    #expect(compared > 50_000 && matching > compared / 20 && matching < compared * 4 / 5)
  }

  @Test func anyBytesAreRefusedOrCompiled() {
    var random = Generator(seed: 3)
    let characters = Array(#"ab01.-^$|?*+{},()[]\dwsDWS:=!<> ä"#)
    var good = 0
    for _ in 0..<20_000 {
      let source = String((0..<random.below(12)).map { _ in characters[random.below(33)] })
      guard let pattern = try? Pattern(source) else { continue }
      good += 1
      _ = pattern.matches("ab01")
    }
    #expect(good > 500)
  }
}

/// A seeded generator of numbers and patterns.
struct Generator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func below(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % limit
  }

  mutating func unit() -> Double { Double(below(1 << 24)) / Double(1 << 24) }

  mutating func pattern(depth: Int) -> String {
    let branches = (0...(below(4) == 0 ? 1 : 0)).map { _ in
      (0...below(3)).map { _ in atom(depth: depth) + repetition() }.joined()
    }
    return branches.joined(separator: "|")
  }

  private mutating func atom(depth: Int) -> String {
    let simple = ["a", "b", "-", ".", "[ab]", "[^a]", "[a-b-]", #"\w"#, #"\W"#, #"\-"#]
    guard depth > 0, below(3) == 0 else { return simple[below(simple.count)] }
    return (below(2) == 0 ? "(" : "(?:") + pattern(depth: depth - 1) + ")"
  }

  private mutating func repetition() -> String {
    let all = ["?", "*", "+", "{2}", "{0,2}", "{1,3}", "{2,}", "{0}", "{0,}"]
    return below(2) == 0 ? "" : all[below(all.count)]
  }
}

import Board
import Foundation
import Testing
import Text

@Suite struct CTCDecoderTests {
  static let labels = ["a", "b", " ", ""]

  /// Rows of probabilities by label; the rest is for no character.
  private func columns(_ rows: [[String: Float]], labels: [String] = Self.labels) -> [Float] {
    rows.flatMap { row in
      let rest = 1 - row.values.reduce(0, +)
      return labels.map { $0.isEmpty ? (row[$0] ?? 0) + rest : row[$0] ?? 0 }
    }
  }

  private func text(_ found: CTCDecoder.Text, labels: [String] = Self.labels) -> String {
    found.characters.map { ($0.hasSpaceBefore ? " " : "") + labels[$0.label] }.joined()
  }

  private func decoder(
    _ labels: [String] = Self.labels, allows: @escaping (String) -> Bool = { _ in true },
    pattern: String? = nil
  ) throws -> CTCDecoder {
    try #require(
      CTCDecoder(labels: labels, isAllowed: allows, pattern: pattern.map { try Pattern($0) }))
  }

  @Test func repeatsAreOneCharacterUnlessNothingStandsBetween() throws {
    let decoder = try decoder()
    let one = decoder.decode(columns([["a": 0.9], ["a": 0.9], [:], ["b": 0.9]]))
    #expect(text(one) == "ab")
    #expect(one.characters[0].columns == 0...1)
    let two = decoder.decode(columns([["a": 0.9], [:], ["a": 0.9]]))
    #expect(text(two) == "aa")
    #expect(two.characters.map(\.column) == [0, 2])
  }

  @Test func aPatternDoublesNoCharacter() throws {
    let labels = ["4", "7", "1", " ", ""]
    // The 7 is wide; only a slight doubt in its middle suggests that it might be two.
    let rows: [[String: Float]] = [
      ["4": 0.99], [:], ["7": 0.99], ["7": 0.97], ["7": 0.99], [:], ["1": 0.99], [:], ["1": 0.99],
    ]
    let fitting = try decoder(labels, pattern: #"\d{4}"#).decode(columns(rows, labels: labels))
    #expect(text(fitting, labels: labels) == "4711" && fitting.matches == true)
    let longer = try decoder(labels, pattern: #"\d{5}"#).decode(columns(rows, labels: labels))
    #expect(text(longer, labels: labels) == "4711" && longer.matches == false)
    // A stronger doubt is enough.
    var gap = rows
    gap[3] = ["7": 0.7]
    let two = try decoder(labels, pattern: #"\d{5}"#).decode(columns(gap, labels: labels))
    #expect(text(two, labels: labels) == "47711" && two.matches == true)
  }

  @Test func allWaysToSpellATextCountTogether() throws {
    // The likeliest single way is nothing twice (0.36), yet "a" has 0.64 in three ways.
    let found = try decoder().decode(columns([["a": 0.4], ["a": 0.4]]))
    #expect(text(found) == "a")
    #expect(abs(found.score - log(Float(0.64))) < 1e-4)
  }

  @Test func spacesStandBetweenCharactersOnly() throws {
    let found = try decoder().decode(
      columns([[" ": 0.9], ["a": 0.9], [" ": 0.9], ["b": 0.9], [" ": 0.9]]))
    #expect(text(found) == "a b")
  }

  @Test func onlyTheAlphabetIsRead() throws {
    let decoder = try decoder(allows: { $0 == "b" })
    let found = decoder.decode(decoder.permitted(columns([["a": 0.8, "b": 0.15], [:]])))
    #expect(text(found) == "b")
    // Nothing is read where only forbidden characters are likely.
    let nothing = decoder.decode(decoder.permitted(columns([["a": 0.999, "b": 0.001]])))
    #expect(nothing.characters.isEmpty)
  }

  @Test func noColumnsAreNoText() throws {
    #expect(try decoder().decode([]).characters.isEmpty)
    #expect(CTCDecoder(labels: ["a"], isAllowed: { _ in true }) == nil)
  }

  @Test func aPatternChoosesAmongWhatMayBeThere() throws {
    let labels = ["0", "O", "1", " ", ""]
    let rows: [[String: Float]] = [
      ["O": 0.7, "0": 0.25], [:], ["1": 0.9], [" ": 0.6], ["O": 0.7, "0": 0.25],
    ]
    let free = try decoder(labels).decode(columns(rows, labels: labels))
    #expect(text(free, labels: labels) == "O1 O")
    #expect(free.matches == nil)
    let guided = try decoder(labels, pattern: #"\d{3}"#).decode(columns(rows, labels: labels))
    #expect(text(guided, labels: labels) == "010")
    #expect(guided.matches == true)
    let spaced = try decoder(labels, pattern: #"\d\d \d"#).decode(columns(rows, labels: labels))
    #expect(text(spaced, labels: labels) == "01 0")
    // There are no four digits, and none are made up.
    let other = try decoder(labels, pattern: #"\d{4}"#).decode(columns(rows, labels: labels))
    #expect(other.matches == false)
    #expect(text(other, labels: labels) == "O1 O")
  }

  /// Compared with every text and every way to spell it.
  @Test(arguments: 0..<200) func findsTheLikeliestText(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let count = 3
    let rows = (0..<4).flatMap { _ in
      let values = (0..<count).map { _ in Float(random.next() % 1000 + 1) }
      let sum = values.reduce(0, +)
      return values.map { $0 / sum }
    }
    let labels = ["a", "b", ""]
    var totals: [String: Float] = [:]
    for way in 0..<81 {
      var rest = way
      var probability: Float = 1
      var spelled = ""
      var last = -1
      for t in 0..<4 {
        let k = rest % count
        rest /= count
        probability *= rows[t * count + k]
        if k != last { spelled += labels[k] }
        last = k
      }
      totals[spelled, default: 0] += probability
    }
    let best = try #require(totals.max { $0.value < $1.value })
    let found = try decoder(labels).decode(rows)
    #expect(abs(found.score - log(best.value)) < 1e-3)
    #expect(abs((totals[text(found, labels: labels)] ?? 0) - best.value) < 1e-5)
  }
}

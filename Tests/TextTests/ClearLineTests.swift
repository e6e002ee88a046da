import Testing
import Text

@Suite struct ClearLineTests {
  static let labels = ["a", "b", "O", "0", " ", ""]

  /// Logits of columns, each given by its labels and their logits; others are -100.
  private func read(
    _ columns: [[String: Int8]], allows: @escaping (String) -> Bool = { _ in true }
  ) throws -> ClearLine.Finding {
    let logits = columns.flatMap { column in Self.labels.map { column[$0] ?? -100 } }
    let clear = try #require(ClearLine(labels: Self.labels, isAllowed: allows))
    return clear.read(logits, scale: 0.1)
  }

  private func text(_ finding: ClearLine.Finding) -> String? {
    guard case .text(let characters, []) = finding else { return nil }
    return spelt(characters)
  }

  /// The text where characters may be others of their shape.
  private func alike(_ finding: ClearLine.Finding) -> String? {
    guard case .text(let characters, .shapes) = finding else { return nil }
    return spelt(characters)
  }

  private func spelt(_ characters: [CTCDecoder.Character]) -> String {
    characters.map { ($0.hasSpaceBefore ? " " : "") + Self.labels[$0.label] }.joined()
  }

  @Test func clearColumnsSpellTheText() throws {
    let found = try read([
      [" ": 90], ["": 90], ["a": 40, "": 20], ["a": 90], ["": 90], ["a": 90], [" ": 80], ["b": 90],
      ["": 90], [" ": 90],
    ])
    #expect(text(found) == "aa b")
    guard case .text(let characters, []) = found else { return }
    #expect(characters.map(\.columns) == [2...3, 5...5, 7...7])
    #expect(characters.map(\.column) == [3, 5, 7])
    #expect(characters.map(\.hasSpaceBefore) == [false, false, true])
  }

  @Test func nothingIsNothing() throws {
    #expect(try read([["": 90], ["": 50, "a": 30], [" ": 90]]) == .nothing)
    #expect(try read([]) == .nothing)
  }

  @Test(arguments: [
    // Another character comes near.
    [["a": 90, "b": 65]],
    // No column is sure of the character.
    [["": 90], ["a": 60, "": 40], ["": 90]],
    // There may be a character where there is none.
    [["": 90], ["": 50, "a": 45], ["": 90]],
  ])
  func doubtsAreTold(columns: [[String: Int8]]) throws {
    #expect(try read(columns) == .doubtful)
  }

  @Test func neighboursMayMeet() throws {
    #expect(try text(read([["a": 90], ["a": 50, "b": 49], ["b": 90]])) == "ab")
    #expect(try read([["a": 90], ["a": 50, "b": 49], ["a": 90]]) == .doubtful)
  }

  @Test func whatMayNotBeReadIsADoubt() throws {
    #expect(try read([["a": 90], ["": 90], ["b": 90]], allows: { $0 == "a" }) == .doubtful)
    #expect(try text(read([["a": 90]], allows: { $0 == "a" })) == "a")
  }

  @Test func alikeCharactersAreTheirOwnDoubt() throws {
    #expect(try alike(read([["a": 90], ["": 90], ["O": 90, "0": 85], ["": 90]])) == "aO")
    // It is one character, whichever of the two.
    #expect(try alike(read([["O": 85, "0": 80], ["0": 90, "O": 89], ["": 90]])) == "0")
    #expect(try text(read([["a": 90], ["": 90], ["O": 90, "0": 20]])) == "aO")
    // A character of another shape comes near, too.
    #expect(try read([["O": 90, "0": 85, "b": 65], ["": 90]]) == .doubtful)
  }

  @Test func twoThatAreCertainStayTwo() throws {
    #expect(try text(read([["O": 90, "0": 20], ["0": 90, "O": 20]])) == "O0")
  }

  @Test func whatMayNotBeReadIsNoOtherOfItsShape() throws {
    let columns: [[String: Int8]] = [["O": 90, "0": 85], ["": 90]]
    #expect(try text(read(columns, allows: { $0 != "0" })) == "O")
    #expect(try read(columns, allows: { $0 != "O" }) == .doubtful)
  }

  /// A space may be missing, or there may be one too many.
  @Test(
    arguments: [
      ([["a": 90], ["": 50, " ": 35], ["b": 90]], "ab"),
      ([["a": 90], [" ": 50, "": 35], ["b": 90]], "a b"),
    ] as [([[String: Int8]], String)])
  func spacesAreTheirOwnDoubt(columns: [[String: Int8]], likeliest: String) throws {
    guard case .text(let characters, .spaces) = try read(columns) else {
      Issue.record("no doubt about spaces")
      return
    }
    #expect(spelt(characters) == likeliest)
  }
}

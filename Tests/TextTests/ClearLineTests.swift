import Testing
import Text

@Suite struct ClearLineTests {
  static let labels = ["a", "b", " ", ""]

  /// Logits of columns, each of which names its labels with their logits; others have -100.
  private func read(
    _ columns: [[String: Int8]], allows: @escaping (String) -> Bool = { _ in true }
  ) throws -> ClearLine.Finding {
    let logits = columns.flatMap { column in Self.labels.map { column[$0] ?? -100 } }
    let clear = try #require(ClearLine(labels: Self.labels, isAllowed: allows))
    return clear.read(logits, scale: 0.1)
  }

  private func text(_ finding: ClearLine.Finding) -> String? {
    guard case .text(let characters) = finding else { return nil }
    return characters.map { ($0.hasSpaceBefore ? " " : "") + Self.labels[$0.label] }.joined()
  }

  @Test func clearColumnsSpellTheText() throws {
    let found = try read([
      [" ": 90], ["": 90], ["a": 40, "": 20], ["a": 90], ["": 90], ["a": 90], [" ": 80], ["b": 90],
      ["": 90], [" ": 90],
    ])
    #expect(text(found) == "aa b")
    guard case .text(let characters) = found else { return }
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
    [["a": 90, "b": 60]],
    // A character that no column is sure of.
    [["": 90], ["a": 60, "": 40], ["": 90]],
    // Maybe something where there is nothing.
    [["": 90], ["": 50, "a": 45], ["": 90]],
    // Maybe a space where there is none, and where there is one maybe none.
    [["a": 90], ["": 50, " ": 30], ["b": 90]],
    [["a": 90], [" ": 50, "": 30], ["b": 90]],
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
}

import Sinks
import Testing

@Suite("Logs of months") struct MessageLimitTests {
  private static let hour: UInt64 = 3_600_000_000_000

  /// The lines that messages make.
  private func lines(_ limit: inout MessageLimit, _ text: String, at time: UInt64) -> [String] {
    let (accounts, passes) = limit.pass(text, now: time)
    return accounts + (passes ? [text] : [])
  }

  @Test func messagesThatDifferInNumbersOnlyAreOfAKind() {
    var limit = MessageLimit(mostOfKind: 3)
    var all: [String] = []
    for image in 0..<1_000 {
      all += lines(&limit, "image \(image) is damaged: 12 rows", at: UInt64(image))
    }
    #expect(
      all == [
        "image 0 is damaged: 12 rows", "image 1 is damaged: 12 rows", "image 2 is damaged: 12 rows",
        "(more like 'image # is damaged: # rows' are counted and told of in an hour)",
      ])
    #expect(lines(&limit, "disconnected", at: 2_000) == ["disconnected"])
    #expect(
      lines(&limit, "image 5000 is damaged: 1 rows", at: Self.hour) == [
        "(997 more like 'image # is damaged: # rows' were left out)",
        "image 5000 is damaged: 1 rows",
      ])
    #expect(limit.finish() == [])
  }

  @Test func whatWasLeftOutIsToldAtTheEnd() {
    var limit = MessageLimit(mostOfKind: 1)
    for _ in 0..<5 { _ = limit.pass("a", now: 1) }
    #expect(limit.finish() == ["(4 more like 'a' were left out)"])
    #expect(limit.finish() == [])
  }

  /// A board that writes something else each time.
  @Test func allTogetherAreBounded() {
    var limit = MessageLimit()
    var count = 0
    let letters = Array("abcdefghijklmnopqrstuvwxyz")
    for second in 0..<36_000 {
      let word = String([second % 26, second / 26 % 26, second / 676 % 26].map { letters[$0] })
      count += lines(&limit, "board: \(word)", at: UInt64(second) * 1_000_000_000).count
    }
    // In ten hours.
    #expect(count > 1_000 && count <= 10 * 2_400, "\(count)")
  }
}

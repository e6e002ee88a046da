import MQTT
import Testing

@Suite("Outbox") struct OutboxTests {
  private func text(_ message: RetainedMessage?) -> String? {
    message.map { "\($0.topic) \(String(decoding: $0.payload, as: UTF8.self))" }
  }

  @Test func theNewestOfATopicIsGivenInTheOrderOfTopics() {
    var outbox = Outbox()
    outbox.put("a", "1")
    outbox.put("b", "1")
    outbox.put("a", "2")
    #expect(outbox.replaced == 1)
    #expect(text(outbox.next()) == "a 2")
    outbox.put("a", "3")
    #expect(text(outbox.next()) == "b 1")
    #expect(text(outbox.next()) == "a 3")
    #expect(outbox.next() == nil && outbox.isEmpty)
    #expect(outbox.replaced == 1)
  }

  @Test func whatTheBrokerHasIsNotGivenAgain() {
    var outbox = Outbox()
    outbox.put("a", "1")
    _ = outbox.next()
    outbox.put("a", "1")
    #expect(outbox.isEmpty)
    outbox.put("a", "1", isRefresh: true)
    #expect(text(outbox.next()) == "a 1")
  }

  @Test func afterANewConnectionEverythingIsGivenOnce() {
    var outbox = Outbox()
    outbox.put("a", "1")
    outbox.put("b", "1")
    _ = outbox.next()
    _ = outbox.next()
    outbox.put("b", "2")
    outbox.put("c", "1")
    outbox.startOver()
    outbox.startOver()
    #expect((0..<4).map { _ in text(outbox.next()) } == ["a 1", "b 2", "c 1", nil])
  }

  @Test func whatIsRemovedIsGivenOnceAndForgotten() {
    var outbox = Outbox()
    outbox.put("a", "1")
    _ = outbox.next()
    outbox.remove("a")
    #expect(text(outbox.next()) == "a ")
    #expect(outbox.count == 0)
    outbox.startOver()
    #expect(outbox.next() == nil)
  }

  @Test func whatIsTakenBackGivesWayToANewerOne() throws {
    var outbox = Outbox()
    outbox.put("a", "1")
    let next = outbox.next()
    let first = try #require(next)
    outbox.takeBack(first)
    #expect(text(outbox.next()) == "a 1")
    outbox.put("a", "2")
    outbox.takeBack(first)
    #expect(text(outbox.next()) == "a 2")
    #expect(outbox.isEmpty)
  }

  /// Hours without a broker.
  @Test func itHoldsOneMessageATopic() {
    var outbox = Outbox()
    for number in 0..<100_000 { outbox.put("t\(number % 7)", "\(number)") }
    #expect(outbox.count == 7 && outbox.replaced == 100_000 - 7)
    #expect(text(outbox.next()) == "t0 99995")
  }
}

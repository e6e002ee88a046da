import Images
import LinkTestSupport
import Packets
import Testing

@Suite struct RawTests {
  private func images(_ count: Int, bytes: Int, seed: UInt64) -> [[UInt8]] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in generator.bytes(bytes) }
  }

  private func decoder(_ text: String) throws -> any LinkDecoder {
    try LinkProtocol(parsing: text).makeDecoder()
  }

  @Test(arguments: [
    ("raw:7x3:gray8", 21), ("raw:7x3:rgb565le", 42), ("raw:7x3:rgb565be", 42),
    ("raw:7x3:yuyv", 48), ("raw:9x3:bilevel", 6),
  ])
  func everyFormatComesOut(text: String, bytes: Int) throws {
    let sent = images(3, bytes: bytes, seed: 1)
    var decoder = try decoder(text)
    let received = decoder.decode(Array(sent.joined())).intactImages
    #expect(received.map(\.payload) == sent)
    #expect(received.map(\.number) == [0, 1, 2])
    let isSound = received.allSatisfy {
      $0.width > 6 && $0.height == 3 && text.hasSuffix($0.format.rawValue)
    }
    #expect(isSound)
    #expect(decoder.finish() == [])
  }

  @Test func aPauseStartsAnImageAnew() throws {
    let sent = images(2, bytes: 100, seed: 2)
    var decoder = try decoder("raw:10x10:gray8")
    #expect(decoder.decode(Array(sent[0].dropFirst(30))) == [])
    #expect(
      decoder.idle() == [
        .bytesDropped(.outOfSync, count: 70), .imagesLost(count: 1, cause: .incomplete),
      ])
    #expect(decoder.decode(sent[1]).intactImages.map(\.payload) == [sent[1]])
    #expect(decoder.idle() == [])
    #expect(decoder.statistics.isBalanced)
  }

  @Test func syncFindsTheStart() throws {
    let sent = images(4, bytes: 100, seed: 3)
    let sync: [UInt8] = [0xAA, 0x55, 0xAA, 0x55]
    var decoder = try decoder("raw:10x10:gray8:sync=AA55AA55")
    var events = decoder.decode(
      Array("hello\n".utf8) + sent[0].suffix(40) + sent[1...].flatMap { sync + $0 })
    // The last image waits for the next sync, or for a pause.
    #expect(events.intactImages.map(\.payload) == [sent[1], sent[2]])
    events += decoder.idle()
    #expect(events.intactImages.map(\.payload) == Array(sent[1...]))
    #expect(events.consoleText == "hello\n")
    #expect(events.droppedByteCount == 40)
    #expect(decoder.statistics.isBalanced && decoder.statistics.pendingBytes == 0)
  }

  @Test func lostBytesCostOneImage() throws {
    let sent = images(4, bytes: 100, seed: 4)
    let sync: [UInt8] = [0xAA, 0x55, 0xAA, 0x55]
    for lost in [1, 7, 99] {
      var decoder = try decoder("raw:10x10:gray8:sync=AA55AA55")
      let bytes =
        sync + sent[0] + sync + sent[1].dropLast(lost) + sync + sent[2] + sync + sent[3]
      let events = decoder.events(of: [bytes])
      #expect(events.intactImages.map(\.payload) == [sent[0], sent[2], sent[3]])
      #expect(events.lostCount(.incomplete) == 1)
      #expect(decoder.statistics.isBalanced)
    }
  }

  @Test func addedBytesCostOneImage() throws {
    let sent = images(3, bytes: 100, seed: 5)
    let sync: [UInt8] = [0xAA, 0x55, 0xAA, 0x55]
    var decoder = try decoder("raw:10x10:gray8:sync=AA55AA55")
    let events = decoder.events(of: [
      sync + sent[0] + [9, 9, 9], sync + sent[1], sync + sent[2],
    ])
    #expect(events.intactImages.map(\.payload) == [sent[1], sent[2]])
  }

  /// A false sync among the pixels is told from a real one by the bytes that follow.
  @Test func syncAmongThePixels() throws {
    var sent = images(6, bytes: 100, seed: 6)
    for index in sent.indices { sent[index].replaceSubrange((10 + index)..., with: [0xAA, 0x55]) }
    sent = sent.map { $0 + [UInt8](repeating: 1, count: 100 - $0.count) }
    var decoder = try decoder("raw:10x10:gray8:sync=AA55")
    let bytes: [UInt8] = sent.reduce(into: []) { $0 += [0xAA, 0x55] + $1 }
    // The decoder joins in the middle of the first image.
    let events = decoder.events(of: [Array(bytes.dropFirst(5))])
    #expect(events.intactImages.map(\.payload) == Array(sent.dropFirst()))
  }
}

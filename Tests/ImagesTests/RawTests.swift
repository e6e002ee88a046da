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
    ("raw:7x3:yuyv", 48), ("raw:9x3:bilevel", 6), ("raw:7x3:uyvy", 48), ("raw:7x3:yvyu", 48),
    ("raw:7x3:vyuy", 48), ("raw:7x3:rgb888", 63), ("raw:7x3:bgr888", 63),
    ("raw:7x3:bgr565le", 42), ("raw:7x3:bgr565be", 42),
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

  /// A short image keeps what it has; less than a row is none.
  @Test func lostBytesCostTheirRows() throws {
    let sent = images(4, bytes: 100, seed: 4)
    let sync: [UInt8] = [0xAA, 0x55, 0xAA, 0x55]
    for lost in [1, 7, 10, 11, 90, 91, 99] {
      var decoder = try decoder("raw:10x10:gray8:sync=AA55AA55")
      let bytes =
        sync + sent[0] + sync + sent[1].dropLast(lost) + sync + sent[2] + sync + sent[3]
      let events = decoder.events(of: [bytes])
      #expect(events.intactImages.map(\.payload) == [sent[0], sent[2], sent[3]])
      if lost <= 90 {
        let damaged = try #require(events.damagedImages.first)
        let kept = 100 - lost
        #expect(
          damaged.image.payload == sent[1].prefix(kept) + [UInt8](repeating: 128, count: lost))
        #expect(damaged.image.missing == [kept..<100])
        #expect(damaged.damage == [.missingRows((lost + 9) / 10)])
        #expect(events.lostCount() == 0)
      } else {
        #expect(events.damagedImages.isEmpty && events.lostCount(.incomplete) == 1)
      }
      #expect(decoder.statistics.isBalanced)
    }
  }

  /// As a camera that sends 239 of 240 rows, or a capture that loses a byte of each image.
  @Test func shortImagesInARow() throws {
    let sent = images(4, bytes: 90, seed: 14)
    let sync: [UInt8] = [0xAA, 0x55, 0xAA, 0x55]
    var decoder = try decoder("raw:10x10:gray8:sync=AA55AA55")
    var events = decoder.decode(Array(sent.map { sync + $0 }.joined()))
    #expect(events.damagedImages.count == 3)
    // The last ends at a pause, as those before it were as short.
    events += decoder.idle()
    #expect(events.damagedImages.map { Array($0.image.payload.prefix(90)) } == sent)
    #expect(events.lostCount() == 0 && decoder.finish().isEmpty)
    #expect(decoder.statistics.isBalanced)
  }

  /// Bytes behind an image are skipped and counted, and told as a rule once.
  @Test func bytesBehindAnImageAreSkipped() throws {
    let sent = images(5, bytes: 100, seed: 5)
    let sync: [UInt8] = [0xAA, 0x55, 0xAA, 0x55]
    for trailer in [[0x0D, 0x0A], [7], Array("frame 3 152 ms\r\n".utf8)] as [[UInt8]] {
      var decoder = try decoder("raw:10x10:gray8:sync=AA55AA55")
      let events = decoder.events(of: [Array(sent.map { sync + $0 + trailer }.joined())])
      #expect(events.intactImages.map(\.payload) == sent)
      #expect(events.damagedImages.isEmpty && events.lostCount() == 0)
      #expect(
        events.filter { $0 == .advice(.bytesBehindImages(trailer.count)) }.count == 1)
      #expect(decoder.statistics.isBalanced)
    }
    var decoder = try decoder("raw:10x10:gray8:sync=AA55AA55")
    let events = decoder.events(of: [
      sync + sent[0] + [1, 2, 3], sync + sent[1], sync + sent[2],
    ])
    #expect(events.intactImages.map(\.payload) == Array(sent[..<3]))
    #expect(events.droppedByteCount == 3)
  }

  @Test(
    arguments: [
      RawGaps(behindRow: 5, behindFrame: 10), RawGaps(beforeFrame: 8, behindRow: 3),
      RawGaps(beforeFrame: 1, beforeRow: 2, behindRow: 3, behindFrame: 4),
    ], [[], [0xAA, 0x55, 0xAA, 0x55]] as [[UInt8]])
  func bytesBesidePixelsAreTold(gaps: RawGaps, sync: [UInt8]) throws {
    let sent = images(3, bytes: 60, seed: 15)
    let layout = try RawLayout(
      width: 3, height: 10, format: .rgb565BigEndian, gaps: gaps, sync: sync)
    let bytes = sent.map { image -> [UInt8] in
      var frame = sync + [UInt8](repeating: 1, count: gaps.beforeFrame)
      for row in 0..<10 {
        frame += [UInt8](repeating: 2, count: gaps.beforeRow) + image[row * 6..<row * 6 + 6]
        frame += [UInt8](repeating: 3, count: gaps.behindRow)
      }
      return frame + [UInt8](repeating: 4, count: gaps.behindFrame)
    }
    var decoder = RawDecoder(layout: layout)
    let events = decoder.events(of: [Array(bytes.joined())])
    #expect(events.intactImages.map(\.payload) == sent)
    #expect(decoder.statistics.payloadBytes == 180 && decoder.statistics.isBalanced)
    #expect(events.droppedByteCount == 0)
  }

  /// A sync that is lost takes its image along, and no other.
  @Test func aLostSyncCostsItsImage() throws {
    let sent = images(4, bytes: 100, seed: 16)
    let sync: [UInt8] = [0xAA, 0x55, 0xAA, 0x55]
    var decoder = try decoder("raw:10x10:gray8:sync=AA55AA55")
    let events = decoder.events(of: [
      sync + sent[0], sync + sent[1], [0xAA, 0x51, 0xAA, 0x55] + sent[2], sync + sent[3],
    ])
    #expect(events.intactImages.map(\.payload) == [sent[0], sent[1], sent[3]])
    #expect(events.lostCount(.incomplete) == 1)
    #expect(decoder.statistics.isBalanced)
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

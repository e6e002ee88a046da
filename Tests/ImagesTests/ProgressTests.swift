import Images
import LinkTestSupport
import Testing

/// The progress of an image while it comes.
@Suite struct ProgressTests {
  private let image = CapturedImage(
    width: 64, height: 48, format: .gray8, payload: [UInt8](repeating: 90, count: 64 * 48))

  @Test func packetsTellTheShareOfThePixels() throws {
    let board = TestBoard()
    _ = board.send(image)
    var decoder = ScribeDecoder()
    #expect(decoder.progress == nil)
    var shares: [Double] = []
    for packet in board.packets {
      _ = decoder.decode(packet)
      if let progress = decoder.progress {
        #expect(progress.number == 0)
        #expect(progress.share == Double(progress.bytes) / Double(64 * 48))
        shares.append(try #require(progress.share))
      }
    }
    #expect(shares.count > 10 && shares == shares.sorted())
    #expect(shares.contains { (0.4..<0.6).contains($0) })
    #expect(shares.last == 1)
    // END came.
    #expect(decoder.progress == nil)
  }

  @Test func aJPEGOfPacketsTellsItsBytes() {
    let board = TestBoard()
    _ = board.send(
      CapturedImage(
        width: 0, height: 0, format: .jpeg,
        payload: [0xFF, 0xD8] + [UInt8](repeating: 7, count: 998)))
    var decoder = ScribeDecoder()
    for packet in board.packets.dropLast(2) { _ = decoder.decode(packet) }
    #expect(decoder.progress?.share == nil)
    #expect((200..<1000).contains(decoder.progress?.bytes ?? 0))
  }

  @Test func rawPixelsAreCounted() throws {
    var decoder = try LinkProtocol(parsing: "raw:32x24:gray8:sync=AA55AA55").makeDecoder()
    #expect(decoder.progress == nil)
    _ = decoder.decode([0xAA, 0x55, 0xAA, 0x55] + [UInt8](repeating: 9, count: 32 * 6))
    #expect(decoder.progress?.share == 0.25)
    _ = decoder.finish()
    #expect(decoder.progress == nil)
  }

  @Test func aStreamOfJPEGsTellsItsBytes() throws {
    var decoder = try LinkProtocol(parsing: "jpeg-stream").makeDecoder()
    _ = decoder.decode([0xFF, 0xD8, 0xFF, 0xE0, 0, 200] + [UInt8](repeating: 1, count: 100))
    #expect(decoder.progress == ImageProgress(bytes: 106))
  }
}

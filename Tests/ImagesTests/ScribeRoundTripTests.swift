import FirmwareProto
import Images
import LinkTestSupport
import Testing

/// Images that a board sends must arrive, byte for byte.
@Suite struct ScribeRoundTripTests {
  @Test(arguments: TestImage.boardFormats, [96, 252, 253, 254, 255, 256, 512, 1024])
  func everySizeArrives(format: PixelFormat, mtu: Int) {
    var generator = SeededGenerator(seed: UInt64(mtu))
    let board = TestBoard(mtu: mtu)
    var sent: [CapturedImage] = []
    // Around one byte of bilevel, one packet of each MTU, and beyond.
    let widths = [
      1, 2, 3, 7, 8, 9, 17, 85, 86, 241, 242, 243, 244, 245, 246, 501, 1013, 1015, 2000,
    ]
    for width in widths {
      for height in [1, 2, 5] {
        let image = TestImage.make(
          number: UInt32(sent.count), format: format, width: width, height: height,
          using: &generator, timestamp: UInt64(sent.count + 1) * 100_000)
        sent.append(image)
        let piece = [nil, 1, 100, 5000].randomElement(using: &generator) ?? nil
        #expect(board.send(image, pieceSize: piece) == SCRIBE_OK)
      }
    }
    var decoder = ScribeDecoder()
    let events = decoder.decode(board.bytes) + decoder.finish()
    #expect(events.intactImages == sent)
    #expect(events.damagedImages.isEmpty)
    #expect(events.droppedByteCount == 0)
    #expect(decoder.statistics.isBalanced)
    #expect(decoder.statistics.packetsMissing == 0)
    #expect(decoder.statistics.payloadBytes == sent.reduce(0) { $0 + $1.payload.count })
    #expect(decoder.statistics.bytesReceived == board.bytes.count)
  }

  @Test func aPageOfEveryFormatArrives() {
    var generator = SeededGenerator(seed: 3)
    for format in TestImage.boardFormats {
      let board = TestBoard()
      let image = TestImage.make(
        number: 0, format: format, width: 640, height: 480, using: &generator, timestamp: 1)
      board.send(image, pieceSize: 4096)
      var decoder = ScribeDecoder()
      #expect(decoder.decode(board.bytes).intactImages == [image])
    }
  }

  @Test func namesAndMessagesArrive() {
    let board = TestBoard(board: "Nucleo é", sensor: String(repeating: "s", count: 40))
    let image = CapturedImage(width: 2, height: 1, format: .gray8, payload: [1, 2], timestamp: 7)
    board.send(image)
    _ = scribe_log(board.encoder, "exposure 12 ms")
    _ = scribe_stats(board.encoder, 1234)
    _ = scribe_ping(board.encoder, 0xDEAD_BEEF)
    _ = scribe_tick(board.encoder, 5_000_000)
    var decoder = ScribeDecoder()
    let events = decoder.decode(board.bytes)
    #expect(events.count == 6)
    if case .hello(let hello) = events[0] {
      #expect(hello.hasJustStarted && hello.version == 1 && hello.mtu == 252)
      #expect(hello.firmware == "fw 1.0")
    } else {
      Issue.record("no hello")
    }
    if case .descriptor(let descriptor) = events[1] {
      #expect(descriptor.board == "Nucleo é")
      #expect(descriptor.sensor == String(repeating: "s", count: 31))
      #expect(descriptor.mtu == 252 && descriptor.rowsPerSlice == 0)
      #expect(descriptor.layout.format == .gray8)
    } else {
      Issue.record("no descriptor")
    }
    #expect(events[2] == .image(image))
    #expect(events[3] == .log("exposure 12 ms"))
    if case .boardStatistics(let board) = events[4] {
      #expect(board.uptimeMilliseconds == 1234 && board.imagesSent == 1)
    } else {
      Issue.record("no statistics")
    }
    // The repeated descriptor gives no new event.
    #expect(events[5] == .ping(0xDEAD_BEEF))
  }

  @Test func imageNumbersPassTheLowByte() {
    let board = TestBoard()
    let image = CapturedImage(width: 1, height: 1, format: .gray8, payload: [5], timestamp: 1)
    for _ in 0..<600 { board.send(image) }
    var decoder = ScribeDecoder()
    #expect(decoder.decode(board.bytes).intactImages.map(\.number) == Array(0..<600))
  }
}

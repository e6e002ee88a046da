import FirmwareProto
import Images
import LinkTestSupport
import Packets
import Testing

@Suite struct EncoderTests {
  private func packets(_ bytes: [UInt8]) -> [Packet] {
    var decoder = PacketDecoder()
    return (decoder.decode(bytes) + decoder.finish()).compactMap { event in
      if case .packet(let packet) = event { packet } else { nil }
    }
  }

  private func gray(_ width: Int, _ height: Int, timestamp: UInt64 = 1) -> CapturedImage {
    CapturedImage(
      width: width, height: height, format: .gray8,
      payload: (0..<(width * height)).map { UInt8(truncatingIfNeeded: $0 * 7) },
      timestamp: timestamp)
  }

  @Test func anImageIsHelloDescriptorBeginSlicesEnd() {
    let board = TestBoard()
    #expect(board.send(gray(100, 5)) == SCRIBE_OK)
    let packets = packets(board.bytes)
    // 242 bytes of body, without regard to rows.
    #expect(
      packets.map(\.header.type) == [
        .hello, .descriptor, .begin, .slice, .slice, .slice, .end,
      ])
    #expect(packets.map(\.header.sequence) == [0, 1, 2, 3, 4, 5, 6])
    #expect(packets[3...5].map(\.header.position) == [0, 1, 2])
    #expect(packets[3...5].map(\.header.isLastSlice) == [false, false, true])
    #expect(packets[3...5].map(\.body.count) == [242, 242, 16])
    #expect(Array(packets[3...5].map(\.body).joined()) == gray(100, 5).payload)
  }

  @Test func rowsLargerThanAPacketGoOnInTheNext() {
    let board = TestBoard(mtu: 96)
    board.send(gray(200, 2))
    let slices = packets(board.bytes).filter { $0.header.type == .slice }
    #expect(slices.map(\.header.position) == [0, 1, 2, 3, 4])
    #expect(slices.map(\.body.count) == [86, 86, 86, 86, 56])
    #expect(slices.map(\.header.isLastSlice) == [false, false, false, false, true])
    #expect(Array(slices.map(\.body).joined()) == gray(200, 2).payload)
  }

  /// A full image of 240-byte slices costs at most 5 % beside its pixels.
  @Test func slicesOf240BytesCostLittle() {
    let board = TestBoard(mtu: 250)
    board.send(gray(320, 240))
    let sent = board.bytes.count
    #expect(Double(sent - 320 * 240) / Double(sent) <= 0.05)
  }

  /// Text that comes between slices costs nothing where the encoder knows of it.
  @Test func textBetweenSlicesIsKeptApart() {
    let board = TestBoard()
    board.encoder.pointee.config.prints_between = true
    board.send(gray(100, 5))
    let bytes = board.packets.flatMap { $0 + Array("counting\r\n".utf8) }
    #expect(packets(bytes).count == 7)
    var decoder = PacketDecoder()
    let lines = decoder.decode(bytes).filter { if case .console = $0 { true } else { false } }
    #expect(lines.count == 7)
  }

  /// The size of packets changes with the next image, and not before.
  @Test func packetsCanBeMadeShorter() {
    let board = TestBoard()
    _ = board.begin(gray(100, 5))
    #expect(scribe_set_mtu(board.encoder, 95) == SCRIBE_BAD_ARGUMENT)
    #expect(scribe_set_mtu(board.encoder, 253) == SCRIBE_BAD_ARGUMENT)
    #expect(scribe_set_mtu(board.encoder, 110) == SCRIBE_OK)
    gray(100, 5).payload.withUnsafeBufferPointer {
      _ = scribe_lines(board.encoder, $0.baseAddress, 5)
    }
    #expect(scribe_end_image(board.encoder) == SCRIBE_OK)
    #expect(board.send(gray(100, 5)) == SCRIBE_OK)
    let sent = packets(board.bytes)
    let sizes = sent.filter { $0.header.type == .slice }.map(\.body.count)
    #expect(sizes == [242, 242, 16, 100, 100, 100, 100, 100])
    // And the change is reported.
    #expect(sent.count { $0.header.type == .descriptor } == 2)
  }

  @Test(arguments: [96, 252, 253, 254, 255, 256, 511, 1024])
  func noPacketIsLargerThanTheMTU(mtu: Int) {
    var generator = SeededGenerator(seed: 5)
    let board = TestBoard(mtu: mtu)
    for width in [1, 85, 86, 87, 240, 241, 242, 243, 244, 245, 246, 1000, 1014, 1015] {
      let image = CapturedImage(
        width: width, height: 3, format: .gray8,
        payload: (0..<(width * 3)).map { _ in UInt8.random(in: 1...255, using: &generator) })
      board.send(image)
    }
    let largest = board.packets.map(\.count).max() ?? 0
    #expect(largest <= mtu + mtu / 254 + 3)
    #expect(largest >= mtu)
    // One zero at the end, and one in front of all packets but slices.
    #expect(board.packets.allSatisfy { $0.last == 0 })
    #expect(board.packets.allSatisfy { ($0.first == 0) == ($0[$0.first == 0 ? 2 : 1] & 15 != 3) })
    #expect(board.packets.allSatisfy { !$0.dropFirst().dropLast().contains(0) })
  }

  @Test func theDescriptorIsRepeatedEachSecondAndOnChange() {
    let board = TestBoard()
    func descriptors() -> Int {
      packets(board.takeBytes()).count { $0.header.type == .descriptor }
    }
    board.send(gray(8, 8, timestamp: 5_000_000))
    #expect(descriptors() == 1)
    board.send(gray(8, 8, timestamp: 5_999_999))
    #expect(descriptors() == 0)
    #expect(scribe_tick(board.encoder, 5_999_999) == SCRIBE_OK)
    #expect(descriptors() == 0)
    #expect(scribe_tick(board.encoder, 6_000_000) == SCRIBE_OK)
    #expect(descriptors() == 1)
    board.send(gray(8, 8, timestamp: 7_100_000))
    #expect(descriptors() == 1)
    board.send(gray(8, 9, timestamp: 7_100_001))
    #expect(descriptors() == 1)
    // Without a clock, the descriptor comes with every image.
    board.send(gray(8, 9, timestamp: 0))
    board.send(gray(8, 9, timestamp: 0))
    #expect(descriptors() == 2)
  }

  @Test func aChangedLayoutTakesTheNextDescriptorID() {
    let board = TestBoard()
    for height in 1...9 { board.send(gray(4, height)) }
    let begins = packets(board.bytes).filter { $0.header.type == .begin }
    #expect(begins.map(\.header.descriptorID) == [0, 1, 2, 3, 4, 5, 6, 7, 0])
  }

  @Test func argumentsAreChecked() {
    let board = TestBoard()
    let encoder = board.encoder
    let pixel: [UInt8] = [0, 1, 2, 3]
    #expect(scribe_lines(encoder, pixel, 1) == SCRIBE_BAD_STATE)
    #expect(scribe_end_image(encoder) == SCRIBE_BAD_STATE)
    #expect(scribe_abort_image(encoder) == SCRIBE_BAD_STATE)
    #expect(board.begin(gray(0, 4)) == SCRIBE_BAD_ARGUMENT)
    #expect(board.begin(gray(4, 0)) == SCRIBE_BAD_ARGUMENT)
    var huge = scribe_image()
    huge.width = 65535
    huge.height = 65535
    huge.format = SCRIBE_RGB565_LE
    #expect(scribe_begin_image(encoder, &huge) == SCRIBE_BAD_ARGUMENT)
    huge.format = scribe_format(77)
    #expect(scribe_begin_image(encoder, &huge) == SCRIBE_BAD_ARGUMENT)
    #expect(board.packets.isEmpty)

    #expect(board.begin(gray(2, 2)) == SCRIBE_OK)
    #expect(board.begin(gray(2, 2)) == SCRIBE_BAD_STATE)
    #expect(scribe_skip_image(encoder) == SCRIBE_BAD_STATE)
    #expect(scribe_lines(encoder, pixel, 3) == SCRIBE_BAD_ARGUMENT)
    #expect(scribe_lines(encoder, pixel, 1) == SCRIBE_OK)
    #expect(scribe_lines(encoder, pixel, 2) == SCRIBE_BAD_ARGUMENT)
    #expect(scribe_end_image(encoder) == SCRIBE_BAD_STATE)

    var config = scribe_config()
    var other = scribe_encoder()
    #expect(scribe_init(&other, &config) == SCRIBE_BAD_ARGUMENT)
    config = encoder.pointee.config
    config.buffer_size = 254
    #expect(scribe_init(&other, &config) == SCRIBE_BAD_ARGUMENT)
    config.buffer_size = 255
    #expect(scribe_init(&other, &config) == SCRIBE_OK)
    config.mtu = 95
    #expect(scribe_init(&other, &config) == SCRIBE_BAD_ARGUMENT)
    config.mtu = 1025
    config.buffer_size = 5000
    #expect(scribe_init(&other, &config) == SCRIBE_BAD_ARGUMENT)
  }

  @Test func aRefusedBeginDropsTheImageQuietly() {
    let board = TestBoard()
    board.send(gray(8, 8))
    let before = board.bytes.count
    board.isFull = true
    #expect(board.send(gray(8, 8)) == SCRIBE_OVERFLOW)
    board.isFull = false
    #expect(board.bytes.count == before)
    #expect(board.encoder.pointee.images_dropped == 1)
    #expect(board.encoder.pointee.packets_refused > 0)
    #expect(board.send(gray(8, 8)) == SCRIBE_OK)
    #expect(board.encoder.pointee.images_sent == 2)
    #expect(board.encoder.pointee.bytes_sent == UInt64(board.bytes.count))
    #expect(board.encoder.pointee.packets_sent == UInt32(board.packets.count))
  }

  @Test func aPongReturnsTheToken() {
    let board = TestBoard()
    #expect(scribe_ping(board.encoder, 0x0102_0304) == SCRIBE_OK)
    #expect(scribe_pong(board.encoder, 0xA0B0_C000) == SCRIBE_OK)
    let sent = packets(board.bytes)
    #expect(sent.map(\.header.type) == [.ping, .pong])
    #expect(sent.map(\.body) == [[4, 3, 2, 1], [0, 0xC0, 0xB0, 0xA0]])
    board.isFull = true
    #expect(scribe_pong(board.encoder, 1) == SCRIBE_OVERFLOW)
  }

  @Test func aLogCutsBetweenCharacters() {
    let board = TestBoard()
    let text = String(repeating: "Größe 日本 ", count: 40)
    #expect(scribe_log(board.encoder, text) == SCRIBE_OK)
    let bodies = packets(board.bytes).map(\.body)
    #expect(bodies.count > 2)
    #expect(bodies.allSatisfy { String(validating: $0, as: UTF8.self) != nil })
    #expect(String(decoding: bodies.joined(), as: UTF8.self) == text)
  }
}

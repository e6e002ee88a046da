import FirmwareProto
import Images
import LinkTestSupport
import Packets
import Testing

/// The bytes of `count` packets, each with its delimiters: LOG packets of random text.
private func logPackets(
  _ count: Int, using generator: inout SeededGenerator
) -> [[UInt8]] {
  let board = TestBoard()
  for _ in 0..<count {
    let length = Int.random(in: 1...84, using: &generator)
    let text = (0..<length).map { _ in CChar.random(in: 1...127, using: &generator) } + [0]
    _ = scribe_log(board.encoder, text)
  }
  return board.packets
}

private func packetCount(_ bytes: [UInt8]) -> Int {
  var decoder = PacketDecoder()
  return (decoder.decode(bytes) + decoder.finish()).count { event in
    if case .packet = event { true } else { false }
  }
}

@Suite struct PacketDecoderTests {
  @Test func headerFieldsComeOut() throws {
    let board = TestBoard()
    let image = CapturedImage(
      width: 4, height: 1, format: .gray8, payload: [9, 8, 7, 6], timestamp: 1)
    for _ in 0..<300 { board.send(image) }
    var decoder = PacketDecoder()
    let packets = decoder.decode(board.bytes).compactMap { event in
      if case .packet(let packet) = event { packet } else { nil }
    }
    let slice = try #require(packets.last { $0.header.type == .slice })
    #expect(slice.header.imageNumber == UInt8(299 & 255))
    #expect(slice.header.descriptorID == 0)
    #expect(slice.header.isLastSlice)
    #expect(!slice.header.isFragment && !slice.header.hasMoreFragments && !slice.header.isInter)
    #expect(slice.body == [9, 8, 7, 6])
    #expect(packets.count == board.packets.count)
  }

  /// Damage to any one byte costs at most the packet that it is in, delimiters included.
  @Test func oneDamagedByteCostsAtMostOnePacket() {
    var generator = SeededGenerator(seed: 7)
    let packets = logPackets(6, using: &generator)
    let bytes = Array(packets.joined())
    #expect(packetCount(bytes) == 6)
    for index in bytes.indices {
      for change in 0..<5 {
        var damaged = bytes
        switch change {
        case 0: damaged[index] ^= UInt8(1 << Int.random(in: 0..<8, using: &generator))
        case 1: damaged[index] = damaged[index] == 0 ? 0x55 : 0
        case 2: damaged.remove(at: index)
        case 3: damaged.insert(0, at: index)
        default: damaged.insert(UInt8.random(in: 1...255, using: &generator), at: index)
        }
        #expect(packetCount(damaged) >= 5, "byte \(index), change \(change)")
      }
    }
  }

  @Test func garbageBeforeCostsNothing() {
    var generator = SeededGenerator(seed: 8)
    let packets = logPackets(5, using: &generator)
    for _ in 0..<2000 {
      let garbage = generator.bytes(Int.random(in: 0...3000, using: &generator))
      #expect(packetCount(garbage + packets.joined()) == 5)
    }
  }

  @Test func aCutPacketCostsOnlyItself() {
    var generator = SeededGenerator(seed: 9)
    let packets = logPackets(3, using: &generator)
    for cut in 0..<packets[0].count {
      #expect(packetCount(packets[0].dropFirst(cut) + packets[1] + packets[2]) >= 2)
      #expect(packetCount(packets[1] + packets[2] + packets[0].prefix(cut)) >= 2)
    }
  }

  @Test func everyByteIsAccountedFor() {
    var generator = SeededGenerator(seed: 10)
    for _ in 0..<300 {
      var bytes: [UInt8] = []
      for packet in logPackets(8, using: &generator) {
        bytes += packet
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes += generator.bytes(Int.random(in: 0...3000, using: &generator))
        case 1: bytes += Array("temperature 31.5\r\nok ".utf8)
        case 2: bytes.removeLast(Int.random(in: 0...20, using: &generator))
        default: break
        }
      }
      var decoder = PacketDecoder()
      let events = decoder.decode(bytes) + decoder.finish()
      var sum = decoder.delimiterBytes
      for event in events {
        switch event {
        case .packet(let packet):
          // COBS adds exactly one byte to fewer than 254.
          sum += packet.body.count + 10 + 1
        case .dropped(_, let count): sum += count
        case .console(let text): sum += text.count
        }
      }
      #expect(sum == bytes.count)
      #expect(decoder.pendingBytes == 0)
    }
  }

  @Test func splitsDoNotMatter() {
    var generator = SeededGenerator(seed: 11)
    for round in 0..<200 {
      var bytes: [UInt8] = []
      for packet in logPackets(4, using: &generator) {
        bytes += packet
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: bytes += generator.bytes(Int.random(in: 0...6000, using: &generator))
        case 1: bytes += Array("one line\nanother line\r\nand a half".utf8)
        case 2: bytes += Array(String(repeating: "long text ", count: 300).utf8)
        case 3: bytes.removeLast(Int.random(in: 0...20, using: &generator))
        case 4: bytes += [10, 0x1B, 10, 10, 0, 65, 10, 0]
        default: break
        }
      }
      var whole = PacketDecoder()
      let expected = whole.decode(bytes) + whole.finish()
      var drip = PacketDecoder()
      #expect(bytes.flatMap { drip.decode([$0]) } + drip.finish() == expected, "round \(round)")
      for longest in [3, 40, 700, 5000] {
        var split = PacketDecoder()
        let events = generator.split(bytes, longest: longest).flatMap { split.decode($0) }
        #expect(events + split.finish() == expected, "round \(round), pieces to \(longest)")
      }
    }
  }

  @Test func memoryStaysBoundedWithoutDelimiters() {
    var generator = SeededGenerator(seed: 12)
    var decoder = PacketDecoder()
    var dropped = 0
    for _ in 0..<200 {
      let bytes = generator.bytes(1000).map { $0 | 0x80 }
      for event in decoder.decode(bytes) {
        if case .dropped(let cause, let count) = event {
          #expect(cause == .noise)
          dropped += count
        }
      }
      #expect(decoder.pendingBytes <= 6000)
    }
    #expect(dropped > 190_000)
  }
}

@Suite struct ConsoleTests {
  private func console(_ bytes: [UInt8]) -> String {
    var decoder = PacketDecoder()
    let text = (decoder.decode(bytes) + decoder.finish()).flatMap { event -> [UInt8] in
      if case .console(let bytes) = event { bytes } else { [] }
    }
    return String(decoding: text, as: UTF8.self)
  }

  @Test func printfBetweenPacketsIsShownAndCostsNoPacket() {
    var generator = SeededGenerator(seed: 20)
    let packets = logPackets(2, using: &generator)
    let lines = "boot v1.2\r\n\u{1B}[32mcamera ok\u{1B}[0m, 23 °C\r\n"
    let bytes = packets[0] + Array(lines.utf8) + packets[1]
    #expect(console(bytes) == lines)
    #expect(packetCount(bytes) == 2)
  }

  /// Text of a board that only prints is shown line by line, without waiting for a delimiter.
  @Test func linesAreShownBeforeAnyDelimiter() {
    var decoder = PacketDecoder()
    #expect(decoder.decode(Array("hel".utf8)) == [])
    #expect(decoder.decode(Array("lo\nwor".utf8)) == [.console(Array("hello\n".utf8))])
    #expect(decoder.decode(Array("ld\n".utf8)) == [.console(Array("world\n".utf8))])
  }

  @Test func textAfterBootGarbageIsShown() {
    let garbage = (0..<1500).map { UInt8(0x80 + $0 % 7) }
    #expect(console(garbage + Array("\nready\nset\n".utf8)) == "ready\nset\n")
  }

  /// Gray pixels of a broken packet can all be printable; they aren't text.
  @Test func piecesOfABrokenPacketAreNotShown() {
    let board = TestBoard()
    let image = CapturedImage(
      width: 200, height: 4, format: .gray8, payload: [UInt8](repeating: 0x41, count: 800),
      timestamp: 1)
    board.send(image)
    let bytes = board.bytes
    for index in bytes.indices where bytes[index] == 0x41 {
      var damaged = bytes
      damaged[index] = 0
      #expect(console(damaged) == "", "byte \(index)")
    }
  }
}

@Suite struct VersionTests {
  private func frame(_ content: [UInt8]) -> [UInt8] {
    let checksum = CRC32.checksum(content.span)
    let packet = content + (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (8 * $0)) }
    var out = [UInt8](repeating: 0, count: COBS.maximumEncodedCount(packet.count))
    let count = scribe_cobs_encode(&out, packet, packet.count)
    return [0] + out.prefix(count) + [0]
  }

  @Test(arguments: [
    (0x25 as UInt8, DropCause.unsupportedVersion), (0x05, .unsupportedVersion),
    (0x1F, .unknownType),
    (0x10, .unknownType),
  ])
  func otherVersionsAndTypesAreNamed(first: UInt8, cause: DropCause) {
    var decoder = PacketDecoder()
    let bytes = frame([first, 0, 0, 0, 0, 0, 0x80])
    #expect(decoder.decode(bytes) == [.dropped(cause, bytes.count - 2)])
  }

  @Test func damageIsNamed() {
    var decoder = PacketDecoder()
    #expect(decoder.decode([0, 0x09, 0x15, 0x80, 0]) == [.dropped(.badEncoding, 3)])
    #expect(decoder.decode([0, 0x03, 0x15, 0x80, 0]) == [.dropped(.tooShort, 3)])
    var bytes = frame([0x15, 0, 0, 0, 0, 0, 0x80])
    bytes[bytes.count - 2] ^= 0x80
    #expect(decoder.decode(bytes) == [.dropped(.badChecksum, bytes.count - 2)])
  }

  /// The largest packet is accepted; one more byte is not.
  @Test func theSizeLimitIsExact() {
    let largest = [0x15] + [UInt8](repeating: 0x80, count: 1019)
    #expect(packetCount(frame(largest)) == 1)
    #expect(packetCount(frame(largest + [UInt8](repeating: 0x80, count: 40))) == 0)
  }
}

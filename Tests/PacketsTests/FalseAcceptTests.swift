import FirmwareProto
import Images
import LinkTestSupport
import Packets
import Testing

/// Two million segments that never were packets, or no longer are: none may be accepted as one.
///
/// One of 2^32 passes by chance, so the seeds are fixed.
@Suite struct FalseAcceptTests {
  @Test func aMillionRandomSegments() {
    var generator = SeededGenerator(seed: 2026)
    var decoder = PacketDecoder()
    var accepted = 0
    var segments = 0
    while segments < 1_000_000 {
      var chunk: [UInt8] = []
      for _ in 0..<200 {
        let count = Int.random(in: 10...300, using: &generator)
        let start = chunk.count
        chunk.append(contentsOf: repeatElement(0, count: count))
        generator.fill(&chunk, start..<start + count)
        // Half of the segments begin as packets do.
        if generator.next() & 1 == 0 { chunk[start + 1] = 0x10 | chunk[start + 1] & 15 }
        for i in start..<start + count where chunk[i] == 0 { chunk[i] = 1 }
        chunk.append(0)
        segments += 1
      }
      accepted += decoder.packets(in: chunk).count
    }
    #expect(segments == 1_000_000)
    #expect(accepted == 0)
  }

  /// Flipped bits, bytes lost, added and swapped, packets cut short and joined to others.
  @Test func aMillionSpoiltPackets() {
    var generator = SeededGenerator(seed: 2027)
    let originals = originals(&generator)
    var known: [PacketHeader: [[UInt8]]] = [:]
    var decoder = PacketDecoder()
    for segment in originals {
      let packets = decoder.packets(in: segment + [0])
      #expect(packets.count == 1)
      for packet in packets { known[packet.header, default: []].append(packet.body) }
    }

    var unspoilt = 0
    var wrong = 0
    var segments = 0
    while segments < 1_000_000 {
      var chunk: [UInt8] = []
      for _ in 0..<200 {
        chunk += spoilt(originals, &generator)
        chunk.append(0)
        segments += 1
      }
      for packet in decoder.packets(in: chunk) {
        if known[packet.header]?.contains(packet.body) == true {
          unspoilt += 1
        } else {
          wrong += 1
        }
      }
    }
    #expect(segments == 1_000_000)
    #expect(wrong == 0)
    // A flip undone, a splice after a zero: few packets, and all of them were sent.
    #expect(unspoilt < 50_000)
  }

  /// Packets of all kinds and sizes, as they are between delimiters.
  private func originals(_ generator: inout SeededGenerator) -> [[UInt8]] {
    var segments: [[UInt8]] = []
    for mtu in [96, 252, 1024] {
      let board = TestBoard(mtu: mtu)
      for (number, format) in TestImage.boardFormats.enumerated() {
        board.send(
          TestImage.make(
            number: UInt32(number), format: format, width: 60, height: 20, using: &generator,
            timestamp: UInt64(number) * 1_000_000))
      }
      _ = scribe_log(board.encoder, "a line of log")
      _ = scribe_stats(board.encoder, 5)
      _ = scribe_ping(board.encoder, 6)
      board.send(BoardText.random(number: 9, lines: 3, characters: 2...9, using: &generator))
      segments += board.packets.map { $0.filter { $0 != 0 } }
    }
    return segments
  }

  private func spoilt(_ originals: [[UInt8]], _ generator: inout SeededGenerator) -> [UInt8] {
    func one(_ generator: inout SeededGenerator) -> [UInt8] {
      originals[Int(generator.next() % UInt64(originals.count))]
    }
    var bytes = one(&generator)
    func place(_ generator: inout SeededGenerator) -> Int {
      Int(generator.next() % UInt64(bytes.count))
    }
    switch generator.next() % 6 {
    case 0, 1:
      for _ in 0...generator.next() % 8 {
        bytes[place(&generator)] ^= 1 << UInt8(generator.next() & 7)
      }
    case 2:
      // A burst of wrong bytes.
      let at = place(&generator)
      for i in at..<min(bytes.count, at + 2 + Int(generator.next() % 30)) {
        bytes[i] = UInt8(truncatingIfNeeded: generator.next() >> 9)
      }
    case 3:
      let at = place(&generator)
      if generator.next() & 1 == 0, bytes.count > 1 {
        bytes.remove(at: at)
      } else {
        bytes.insert(UInt8(truncatingIfNeeded: generator.next() >> 9), at: at)
      }
    case 4:
      bytes = Array(bytes.prefix(place(&generator)))
    default:
      // The start of one and the end of another, as when a delimiter is lost.
      let other = one(&generator)
      bytes = bytes.prefix(place(&generator)) + other.suffix(Int(generator.next() & 127))
    }
    return bytes
  }
}

extension PacketDecoder {
  fileprivate mutating func packets(in bytes: [UInt8]) -> [Packet] {
    decode(bytes).compactMap { event in
      if case .packet(let packet) = event { packet } else { nil }
    }
  }
}

extension SeededGenerator {
  /// Fills eight bytes at a time: a million segments take too long otherwise.
  fileprivate mutating func fill(_ bytes: inout [UInt8], _ range: Range<Int>) {
    var word: UInt64 = 0
    for (i, place) in range.enumerated() {
      if i & 7 == 0 { word = next() }
      bytes[place] = UInt8(truncatingIfNeeded: word)
      word >>= 8
    }
  }
}

import FirmwareProto
import LinkTestSupport
import Packets
import Testing

/// COBS by the C encoder.
func encodeCOBS(_ bytes: [UInt8]) -> [UInt8] {
  var out = [UInt8](repeating: 0xEE, count: COBS.maximumEncodedCount(bytes.count))
  let count = scribe_cobs_encode(&out, bytes, bytes.count)
  return Array(out.prefix(count))
}

@Suite struct BuildingBlockTests {
  /// The check value of the CRC catalogue ("CRC-32/ISO-HDLC"), and two well-known strings.
  @Test(arguments: [
    ("", 0 as UInt32), ("123456789", 0xCBF4_3926), ("a", 0xE8B7_BE43),
    ("The quick brown fox jumps over the lazy dog", 0x414F_A339),
  ])
  func checksumOfKnownText(text: String, expected: UInt32) {
    let bytes = Array(text.utf8)
    #expect(scribe_crc32(0, bytes, bytes.count) == expected)
    #expect(CRC32.checksum(bytes.span) == expected)
  }

  @Test func checksumsContinueAndAgree() {
    var generator = SeededGenerator(seed: 1)
    for count in 0..<80 {
      let bytes = generator.bytes(count)
      let whole = scribe_crc32(0, bytes, count)
      #expect(CRC32.checksum(bytes.span) == whole)
      let cut = Int.random(in: 0...count, using: &generator)
      let (head, tail) = (Array(bytes[..<cut]), Array(bytes[cut...]))
      #expect(scribe_crc32(scribe_crc32(0, head, cut), tail, count - cut) == whole)
      #expect(CRC32.checksum(tail.span, continuing: CRC32.checksum(head.span)) == whole)
    }
  }

  /// The examples of the COBS article of Wikipedia.
  @Test(arguments: [
    ([0x00], [0x01, 0x01]),
    ([0x00, 0x00], [0x01, 0x01, 0x01]),
    ([0x00, 0x11, 0x00], [0x01, 0x02, 0x11, 0x01]),
    ([0x11, 0x22, 0x00, 0x33], [0x03, 0x11, 0x22, 0x02, 0x33]),
    ([0x11, 0x22, 0x33, 0x44], [0x05, 0x11, 0x22, 0x33, 0x44]),
    ([0x11, 0x00, 0x00, 0x00], [0x02, 0x11, 0x01, 0x01, 0x01]),
    (Array(0x01...0xFE), [0xFF] + Array(0x01...0xFE)),
    (Array(0x00...0xFE), [0x01, 0xFF] + Array(0x01...0xFE)),
    (Array(0x01...0xFF), [0xFF] + Array(0x01...0xFE) + [0x02, 0xFF]),
    (Array(0x02...0xFF) + [0x00], [0xFF] + Array(0x02...0xFF) + [0x01, 0x01]),
    (Array(0x03...0xFF) + [0x00, 0x01], [0xFE] + Array(0x03...0xFF) + [0x02, 0x01]),
  ])
  func stuffingOfKnownBytes(plain: [Int], encoded: [Int]) {
    let plain = plain.map { UInt8($0) }
    let encoded = encoded.map { UInt8($0) }
    #expect(encodeCOBS(plain) == encoded)
    #expect(COBS.decode(encoded) == plain)
  }

  @Test(arguments: [
    0, 1, 2, 15, 16, 17, 18, 252, 253, 254, 255, 256, 507, 508, 509, 510, 761, 762, 763, 1024,
  ])
  func stuffingRoundTrips(count: Int) {
    var generator = SeededGenerator(seed: UInt64(count))
    for zeroShare in [0, 1, 10, 128, 250, 256] {
      let plain = (0..<count).map { _ -> UInt8 in
        Int.random(in: 0..<256, using: &generator) < zeroShare
          ? 0 : UInt8.random(in: 1...255, using: &generator)
      }
      let encoded = encodeCOBS(plain)
      #expect(!encoded.contains(0))
      #expect(encoded.count <= count + count / 254 + 1)
      #expect(COBS.decode(encoded) == plain)

      // In place, with the least distance that the header promises.
      let distance = count / 254 + 1
      var shared = [UInt8](repeating: 0, count: distance) + plain
      let inPlace = shared.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.map { scribe_cobs_encode($0, $0 + distance, count) } ?? 0
      }
      #expect(Array(shared.prefix(inPlace)) == encoded)
    }
  }

  @Test(arguments: [[], [0], [2], [3, 1], [255, 1], [2, 0, 2, 1]] as [[UInt8]])
  func wrongStuffingIsRefused(bytes: [UInt8]) {
    #expect(COBS.decode(bytes) == nil)
  }
}

import LinkTestSupport
import Packets
import Testing

@Suite struct CRC32Tests {
  @Test func theCheckValueOfTheStandard() {
    #expect(CRC32.checksum(Array("123456789".utf8).span) == 0xCBF4_3926)
    let long = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    // The value of zlib.crc32(b"a" * 1000000).
    #expect(CRC32.checksum(long.span) == 0xDC25_BFBC)
  }

  /// The fast way gives the same as the tables, for any length, start and previous bytes.
  @Test func foldingEqualsTables() {
    var generator = SeededGenerator(seed: 3)
    let bytes = (0..<5_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let lengths = Array(0...300) + [511, 512, 513, 1_024, 4_095]
    for length in lengths {
      for start in [0, 1, 7, 16] {
        let previous = UInt32.random(in: 0...UInt32.max, using: &generator)
        bytes.withUnsafeBytes { whole in
          let part = UnsafeRawBufferPointer(rebasing: whole[start..<(start + length)])
          #expect(
            CRC32.checksum(part, continuing: previous)
              == CRC32.portableChecksum(part, continuing: previous), "\(length) from \(start)")
        }
      }
    }
  }
}

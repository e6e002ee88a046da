/// CRC-32 of zlib, over bytes and little-endian words.
struct CRC32 {
  private var state: UInt32 = 0xFFFF_FFFF

  var value: UInt32 { ~state }

  mutating func add(_ byte: UInt8) {
    state = state >> 8 ^ Self.table[Int((state ^ UInt32(byte)) & 0xFF)]
  }

  mutating func add(_ word: UInt32) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      add(UInt8(truncatingIfNeeded: word >> shift))
    }
  }

  /// A text's length, then its bytes.
  mutating func add(_ text: String) {
    add(UInt32(text.utf8.count))
    for byte in text.utf8 { add(byte) }
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
  }
}

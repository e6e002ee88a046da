internal import Packets

/// Numbers and texts in the order in which the board checksums them; words are little-endian.
struct Digest {
  private var bytes: [UInt8] = []

  var checksum: UInt32 { CRC32.checksum(bytes.span) }

  mutating func add(_ byte: UInt8) { bytes.append(byte) }

  mutating func add(_ word: UInt32) {
    withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// A text's length, then its bytes.
  mutating func add(_ text: String) {
    add(UInt32(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }
}

import CKernels

/// The CRC-32 of zlib, PNG and Ethernet: polynomial 0x04C11DB7, reflected, all ones in and out.
public enum CRC32 {
  /// The checksum of `bytes`, or of what `previous` covers followed by `bytes`.
  ///
  /// Cost: sixteen bytes a step where the processor has carry-less multiplication; otherwise, and
  /// for the rest, eight ("slicing by 8", Kounavis and Berry 2005).
  public static func checksum(_ bytes: Span<UInt8>, continuing previous: UInt32 = 0) -> UInt32 {
    bytes.withUnsafeBytes { checksum($0, continuing: previous) }
  }

  package static func checksum(
    _ bytes: UnsafeRawBufferPointer, continuing previous: UInt32 = 0
  ) -> UInt32 {
    guard canFold, bytes.count >= Int(SCRIBE_CRC32_FOLD_LEAST),
      let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
    else { return ~advance(~previous, over: bytes) }
    return withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { rest in
      let folded = scribe_fold_crc32(
        start, bytes.count, ~previous, rest.assumingMemoryBound(to: UInt8.self).baseAddress)
      let state = advance(0, over: UnsafeRawBufferPointer(rest))
      return ~advance(state, over: UnsafeRawBufferPointer(rebasing: bytes[folded...]))
    }
  }

  /// The same by tables alone.
  package static func portableChecksum(
    _ bytes: UnsafeRawBufferPointer, continuing previous: UInt32 = 0
  ) -> UInt32 {
    ~advance(~previous, over: bytes)
  }

  private static let canFold = scribe_can_fold_crc32() != 0

  /// The register after `bytes`.
  private static func advance(_ state: UInt32, over bytes: UnsafeRawBufferPointer) -> UInt32 {
    guard let start = bytes.baseAddress else { return state }
    return tables.withUnsafeBufferPointer { table in
      var crc = state
      var at = 0
      let count = bytes.count
      while count &- at >= 8 {
        let word = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: at, as: UInt64.self))
        let mixed = word ^ UInt64(crc)
        crc =
          table[Int(7 &* 256 &+ (mixed & 255))]
          ^ table[Int(6 &* 256 &+ ((mixed >> 8) & 255))]
          ^ table[Int(5 &* 256 &+ ((mixed >> 16) & 255))]
          ^ table[Int(4 &* 256 &+ ((mixed >> 24) & 255))]
          ^ table[Int(3 &* 256 &+ ((mixed >> 32) & 255))]
          ^ table[Int(2 &* 256 &+ ((mixed >> 40) & 255))]
          ^ table[Int(1 &* 256 &+ ((mixed >> 48) & 255))]
          ^ table[Int(mixed >> 56)]
        at &+= 8
      }
      while at < count {
        crc =
          table[Int((crc ^ UInt32(start.load(fromByteOffset: at, as: UInt8.self))) & 255)]
          ^ (crc >> 8)
        at &+= 1
      }
      return crc
    }
  }

  /// Eight tables of 256: table k advances a byte by k further zero bytes.
  private static let tables: [UInt32] = {
    var table = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var value = UInt32(byte)
      for _ in 0..<8 {
        value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
      }
      table[byte] = value
    }
    for index in 256..<(8 * 256) {
      let previous = table[index - 256]
      table[index] = (previous >> 8) ^ table[Int(previous & 255)]
    }
    return table
  }()
}

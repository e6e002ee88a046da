import Glibc

/// Consistent Overhead Byte Stuffing: takes the zeros out of a packet so that zero can delimit it.
///
/// Source: Cheshire and Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM Transactions on
/// Networking 7(2), 1999.
public enum COBS {
  /// The most bytes that `count` bytes can take when encoded, without delimiters.
  public static func maximumEncodedCount(_ count: Int) -> Int { count + count / 254 + 1 }

  /// The decoded bytes, or nil if `encoded` is no COBS: it is empty, contains a zero, or its last
  /// block is cut.
  public static func decode(_ encoded: [UInt8]) -> [UInt8]? {
    guard !encoded.isEmpty, !encoded.contains(0) else { return nil }
    var decoded = [UInt8](repeating: 0, count: encoded.count + copySlack)
    let count = encoded.withUnsafeBytes { source in
      decoded.withUnsafeMutableBytes { decode(source, into: $0) }
    }
    guard let count else { return nil }
    decoded.removeLast(decoded.count - count)
    return decoded
  }

  /// Bytes by which the output of the unsafe `decode` must be longer than its input.
  package static let copySlack = 8

  /// Decodes bytes of which none is zero. Returns the number of decoded bytes, or nil if a block is
  /// cut.
  ///
  /// Decoded bytes keep their distances, except around the codes of full blocks. So all bytes are
  /// copied at once and the codes overwritten by zeros; after a full block, the bytes that follow
  /// move up by one.
  /// - Precondition: `output` is at least `copySlack` bytes longer than `encoded`.
  package static func decode(
    _ encoded: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Int? {
    precondition(output.count >= encoded.count + copySlack)
    guard var source = encoded.baseAddress, let start = output.baseAddress else { return nil }
    var target = start
    var end = encoded.count
    while end > 0 {
      memcpy(target, source + 1, end &- 1)
      var at = 0
      var code = 0
      while true {
        code = Int(source.load(fromByteOffset: at, as: UInt8.self))
        let next = at &+ code
        guard next < end, code < 255 else { break }
        target.storeBytes(of: 0, toByteOffset: next &- 1, as: UInt8.self)
        at = next
        // Blank paper is a run of zeros, encoded as a run of ones: eight are taken at once.
        while code == 1, at &+ 8 < end,
          source.loadUnaligned(fromByteOffset: at, as: UInt64.self) == 0x0101_0101_0101_0101
        {
          target.storeBytes(of: 0, toByteOffset: at, as: UInt64.self)
          at &+= 8
        }
      }
      guard at &+ code <= end else { return nil }
      source += at &+ code
      target += at &+ code &- 1
      end &-= at &+ code
    }
    return target - start
  }
}

extension COBS {
  /// Takes the zeros out of `bytes`; adds no delimiters.
  public static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var encoded: [UInt8] = [1]
    encoded.reserveCapacity(maximumEncodedCount(bytes.count))
    var code = 0
    for byte in bytes {
      // A full block ends without a zero.
      if encoded[code] == 255 {
        code = encoded.count
        encoded.append(1)
      }
      if byte == 0 {
        code = encoded.count
        encoded.append(1)
      } else {
        encoded.append(byte)
        encoded[code] += 1
      }
    }
    return encoded
  }
}

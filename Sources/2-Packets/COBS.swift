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

  /// How much longer than the encoded bytes the output of the unsafe `decode` must be.
  package static let copySlack = 16

  /// Decodes bytes of which none is zero. Returns how many came out, or nil if a block is cut.
  ///
  /// - Precondition: `output` is at least `copySlack` bytes longer than `encoded`.
  package static func decode(
    _ encoded: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Int? {
    precondition(output.count >= encoded.count + copySlack)
    guard let source = encoded.baseAddress, let target = output.baseAddress else { return nil }
    let end = encoded.count
    var from = 0
    var to = 0
    while from < end {
      let code = Int(source.load(fromByteOffset: from, as: UInt8.self))
      let next = from &+ code
      guard next <= end else { return nil }
      // Most blocks of a binary image are short: move 16 bytes blindly where that stays inside.
      if code <= 17, from &+ 17 <= end {
        target.storeBytes(
          of: source.loadUnaligned(fromByteOffset: from &+ 1, as: SIMD16<UInt8>.self),
          toByteOffset: to, as: SIMD16<UInt8>.self)
      } else {
        memcpy(target + to, source + (from &+ 1), code &- 1)
      }
      to &+= code &- 1
      from = next
      if code != 255, from < end {
        target.storeBytes(of: 0, toByteOffset: to, as: UInt8.self)
        to &+= 1
      }
    }
    return to
  }
}

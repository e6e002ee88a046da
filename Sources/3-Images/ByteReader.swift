/// Reads little-endian numbers off the front of a packet's body; nil once it runs short.
struct ByteReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func u8() -> UInt8? { rest.popFirst() }

  mutating func u16() -> UInt16? {
    guard rest.count >= 2, let low = u8(), let high = u8() else { return nil }
    return UInt16(high) << 8 | UInt16(low)
  }

  mutating func u32() -> UInt32? {
    guard rest.count >= 4, let low = u16(), let high = u16() else { return nil }
    return UInt32(high) << 16 | UInt32(low)
  }

  mutating func u64() -> UInt64? {
    guard rest.count >= 8, let low = u32(), let high = u32() else { return nil }
    return UInt64(high) << 32 | UInt64(low)
  }

  var isAtEnd: Bool { rest.isEmpty }

  /// Seven bits a byte, low ones first; all but the last have bit 7 set. At most three bytes.
  mutating func unsigned() -> Int? {
    var value = 0
    for shift in [0, 7, 14] {
      guard let byte = u8() else { return nil }
      value |= Int(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    return nil
  }

  /// As `unsigned`, with the sign in the lowest bit.
  mutating func signed() -> Int? {
    unsigned().map { $0 & 1 == 0 ? $0 >> 1 : -($0 >> 1) - 1 }
  }

  /// A character of two to four bytes in UTF-8.
  mutating func scalar() -> Unicode.Scalar? {
    guard let first = rest.first else { return nil }
    let size = (~first).leadingZeroBitCount
    guard 2...4 ~= size, rest.count >= size else { return nil }
    defer { rest = rest.dropFirst(size) }
    return String(validating: rest.prefix(size), as: UTF8.self)?.unicodeScalars.first
  }

  /// A name: its length in a byte, then UTF-8.
  mutating func name() -> String? {
    guard let count = u8(), rest.count >= Int(count) else { return nil }
    defer { rest = rest.dropFirst(Int(count)) }
    return String(decoding: rest.prefix(Int(count)), as: UTF8.self)
  }

  /// The region at the end of BEGIN and END; nil where there is none or an impossible one.
  mutating func region(of layout: ImageLayout) -> ImageRegion? {
    guard let x = u16(), let y = u16(), let width = u16(), let height = u16(),
      Int(x) + layout.width <= Int(width), Int(y) + layout.height <= Int(height)
    else { return nil }
    return ImageRegion(x: Int(x), y: Int(y), fullWidth: Int(width), fullHeight: Int(height))
  }

  mutating func layout() -> ImageLayout? {
    guard rest.count >= ImageLayout.size, let width = u16(), let height = u16(),
      let format = u8(), let codec = u8()
    else { return nil }
    return ImageLayout(
      width: Int(width), height: Int(height), formatCode: format, codecCode: codec)
  }
}

/// Bilevel rows from an adaptive binary range coder with ten pixels of context.
///
/// PROTOCOL.md, codec 3, describes the code. Work and memory are bounded for any bytes: only the
/// rows asked for are made, and a code that has run out ends at the next row.
enum BilevelCode {
  private static let mixedContext = 0x1BB as UInt32
  /// The context of the flag that a row is as expected, after a row that was not; the next context
  /// is that after a row that was.
  private static let rowContext = 1024

  /// - Parameters:
  ///   - bytes: the code of one slice.
  ///   - width: pixels a row, at least 1.
  ///   - rows: how many there are.
  ///   - reference: the same rows of the image that these are coded against, if any.
  /// - Returns: rows of whole bytes, or nil if the code is shorter or longer than the rows.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, width: Int, rows: Int, reference: ArraySlice<UInt8>?
  ) -> [UInt8]? {
    let rowBytes = (width + 7) / 8
    var decoder = RangeDecoder(bytes)
    let entries = BilevelTable.entries(inter: reference != nil)
    var states = BilevelTable.states(entries)
    var alike = true
    var result = [UInt8](repeating: 0, count: rows * rowBytes)
    // Rows with a byte of paper behind them.
    let paper = [UInt8](repeating: 0, count: rowBytes + 1)
    var above = paper
    var other = paper
    var row = paper
    for y in 0..<rows {
      if let reference {
        let start = reference.startIndex + y * rowBytes
        for i in 0..<rowBytes { other[i] = reference[start + i] }
      }
      let expected = reference == nil ? above : other
      let context = alike ? rowContext + 1 : rowContext
      alike = decoder.bit(&states[context], rate: entries[context] >> 5) == 0
      if alike {
        row = expected
      } else {
        pixels(
          &decoder, &states, entries, into: &row, width: width,
          far: reference == nil ? other : above, near: expected)
      }
      guard !decoder.isExhausted else { return nil }
      for i in 0..<rowBytes { result[y * rowBytes + i] = row[i] }
      if reference == nil { swap(&other, &above) }
      swap(&above, &row)
    }
    return decoder.isAtEnd ? result : nil
  }

  /// The pixels of a row: each from three of `far`, four of `near` and the three before it.
  private static func pixels(
    _ decoder: inout RangeDecoder, _ states: inout [UInt16], _ entries: [UInt8],
    into row: inout [UInt8], width: Int, far: [UInt8], near: [UInt8]
  ) {
    var coder = decoder
    states.withUnsafeMutableBufferPointer { states in
      far.withUnsafeBufferPointer { far in
        near.withUnsafeBufferPointer { near in
          row.withUnsafeMutableBufferPointer { row in
            var context = UInt32(far[0] >> 7) << 8 | UInt32(near[0] >> 7) << 4
            var column = 0
            var left = width
            while left > 0 {
              let count = min(left, 8)
              // The next pixels to enter are the rows' next but one.
              var farBits = (UInt32(far[column]) << 8 | UInt32(far[column &+ 1])) << 17
              var nearBits = (UInt32(near[column]) << 8 | UInt32(near[column &+ 1])) << 17
              var byte: UInt32 = 0
              for _ in 0..<count {
                context |= (farBits >> 31) << 7 | (nearBits >> 31) << 3
                farBits <<= 1
                nearBits <<= 1
                let index = Int(context)
                let pixel = coder.bit(&states[index], rate: entries[index] >> 5)
                byte = byte << 1 | pixel
                context = (context & mixedContext) << 1 | pixel
              }
              row[column] = UInt8(truncatingIfNeeded: byte << UInt32(8 &- count))
              column &+= 1
              left &-= count
            }
          }
        }
      }
    }
    decoder = coder
  }
}

/// The range coder's receiving end. Behind the last byte it reads zeros.
struct RangeDecoder {
  private let bytes: UnsafeRawBufferPointer
  private var next = 0
  private var code: UInt32 = 0
  private var range = UInt32.max

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    for _ in 0..<4 { takeByte() }
  }

  @inline(__always)
  private mutating func takeByte() {
    code = code << 8 | (next < bytes.count ? UInt32(bytes[next]) : 0)
    next &+= 1
  }

  /// Whether more bytes were read past the end than any sender leaves out.
  var isExhausted: Bool { next > bytes.count + 4 }
  /// Whether everything was read.
  var isAtEnd: Bool { next >= bytes.count }

  /// The next decision; `state` is the probability of 0, of 65536, and moves one 2^`rate`-th of the
  /// way to the bit that came.
  @inline(__always)
  mutating func bit(_ state: inout UInt16, rate: UInt8) -> UInt32 {
    let zero = UInt32(state)
    let bound = (range >> 16) &* zero
    let bit: UInt32
    if code < bound {
      range = bound
      state = UInt16(truncatingIfNeeded: zero &+ (65536 &- zero) &>> UInt32(rate))
      bit = 0
    } else {
      code &-= bound
      range &-= bound
      state = UInt16(truncatingIfNeeded: zero &- zero &>> UInt32(rate))
      bit = 1
    }
    while range < 0x100_0000 {
      range <<= 8
      takeByte()
    }
    return bit
  }
}

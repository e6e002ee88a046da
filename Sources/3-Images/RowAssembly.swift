import Glibc
import Packets

/// What became of a slice.
enum SliceOutcome: Equatable {
  /// This many of its bytes are kept.
  case stored(Int)
  case duplicate
  case malformed
  /// Given up, with so many bytes of it that were kept before.
  case dropped(DropCause, kept: Int)
}

/// Gathers the rows of one uncompressed image, in whatever order they come.
struct RowAssembly {
  let rowBytes: Int
  let height: Int
  /// Empty until something is stored: what only announces an image costs nothing.
  private var payload: [UInt8] = []
  private var isPresent: [Bool]
  private(set) var rowsPresent = 0
  /// Rows of which only some fragments are here.
  private var partialRows: [Int: PartialRow] = [:]

  /// A row that came in fragments; bit n of `fragments` is set when fragment n is here.
  private struct PartialRow {
    var fragments: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var bytes = 0

    /// Marks fragment `number`, or returns false if it was there.
    mutating func mark(_ number: Int) -> Bool {
      let bit: UInt64 = 1 << UInt64(number & 63)
      func set(_ word: inout UInt64) -> Bool {
        defer { word |= bit }
        return word & bit == 0
      }
      switch number >> 6 {
      case 0: return set(&fragments.0)
      case 1: return set(&fragments.1)
      case 2: return set(&fragments.2)
      default: return set(&fragments.3)
      }
    }
  }

  init(rowBytes: Int, height: Int) {
    self.rowBytes = rowBytes
    self.height = height
    isPresent = [Bool](repeating: false, count: height)
  }

  private mutating func allocate() {
    if payload.isEmpty { payload = [UInt8](repeating: 0, count: rowBytes * height) }
  }

  var isComplete: Bool { rowsPresent == height }

  /// Whether all of these rows are here; false where some aren't rows of the image.
  func hasRows(_ rows: Range<Int>) -> Bool {
    rows.upperBound <= height && rows.allSatisfy { isPresent[$0] }
  }

  /// The bytes of rows that are here.
  ///
  /// - Precondition: `hasRows(rows)`.
  func bytes(ofRows rows: Range<Int>) -> ArraySlice<UInt8> {
    payload[rows.lowerBound * rowBytes..<rows.upperBound * rowBytes]
  }

  /// Stores whole rows from row `first` on.
  mutating func addRows(_ bytes: UnsafeRawBufferPointer, first: Int) -> SliceOutcome {
    let (count, torn) = bytes.count.quotientAndRemainder(dividingBy: rowBytes)
    guard torn == 0, count > 0, first + count <= height, let source = bytes.baseAddress else {
      return .malformed
    }
    var known = 0
    for row in first..<(first + count) where isPresent[row] { known += 1 }
    guard known == 0 else { return known == count ? .duplicate : .malformed }
    for row in first..<(first + count) {
      guard partialRows.isEmpty || partialRows[row] == nil else { return .malformed }
    }
    for row in first..<(first + count) { isPresent[row] = true }
    rowsPresent += count
    allocate()
    payload.withUnsafeMutableBytes { target in
      guard let base = target.baseAddress else { return }
      memcpy(base + first * rowBytes, source, bytes.count)
    }
    return .stored(bytes.count)
  }

  /// Stores a piece of one row. All pieces but the last have the same size, so that size and
  /// number give a piece's place.
  mutating func addFragment(
    _ bytes: UnsafeRawBufferPointer, number: Int, isLast: Bool, row: Int
  ) -> SliceOutcome {
    let offset = isLast ? rowBytes - bytes.count : number * bytes.count
    guard row < height, !bytes.isEmpty, offset >= 0, offset + bytes.count <= rowBytes,
      let source = bytes.baseAddress
    else { return .malformed }
    guard !isPresent[row] else { return .duplicate }
    var partial = partialRows[row] ?? PartialRow()
    guard partial.mark(number) else { return .duplicate }
    guard partial.bytes + bytes.count <= rowBytes else { return .malformed }
    partial.bytes += bytes.count
    allocate()
    payload.withUnsafeMutableBytes { target in
      guard let base = target.baseAddress else { return }
      memcpy(base + row * rowBytes + offset, source, bytes.count)
    }
    if partial.bytes == rowBytes {
      partialRows[row] = nil
      isPresent[row] = true
      rowsPresent += 1
    } else {
      partialRows[row] = partial
    }
    return .stored(bytes.count)
  }

  /// The checksum of the pixels; of use only when all rows are here.
  var checksum: UInt32 { payload.withUnsafeBytes { CRC32.checksum($0) } }

  /// The rows that are not here, and the payload with the middle of the range in their place.
  func finished(format: PixelFormat) -> (payload: [UInt8], missingRows: [Range<Int>]) {
    guard !isComplete else { return (payload, []) }
    var filled = payload
    var missing: [Range<Int>] = []
    var row = 0
    while row < height {
      guard !isPresent[row] else {
        row += 1
        continue
      }
      let first = row
      while row < height, !isPresent[row] { row += 1 }
      missing.append(first..<row)
      Self.fill(&filled, from: first * rowBytes, to: row * rowBytes, format: format)
    }
    return (filled, missing)
  }

  /// Mid-gray, or white for `.bilevel`.
  private static func fill(
    _ payload: inout [UInt8], from start: Int, to end: Int, format: PixelFormat
  ) {
    // Red 16, green 32, blue 16 of RGB565 is 0x8410. In YUYV 128 is gray in all three.
    let (even, odd): (UInt8, UInt8) =
      switch format {
      case .rgb565LittleEndian: (0x10, 0x84)
      case .rgb565BigEndian: (0x84, 0x10)
      case .bilevel: (0, 0)
      case .gray4: (0x88, 0x88)
      case .gray8, .yuyv, .jpeg, .png: (0x80, 0x80)
      }
    for index in start..<end { payload[index] = (index - start) & 1 == 0 ? even : odd }
  }
}

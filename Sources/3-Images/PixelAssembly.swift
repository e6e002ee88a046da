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

/// Gathers the pixels of one image, in whatever order they come.
struct PixelAssembly {
  let rowBytes: Int
  let height: Int
  private let size: Int
  /// Empty until something is stored: what only announces an image costs nothing.
  private var payload: [UInt8] = []
  /// Bytes of `payload` that are here, but for those of `run`.
  private var closed = RangeSet<Int>()
  /// Where the ranges of `closed` end.
  private var closedEnd = 0
  /// The last bytes that are here. Nearly always the next ones go on where they end, and a set of
  /// ranges takes longer than all else that is done with a packet.
  private var run = 0..<0
  private(set) var bytesPresent = 0
  private var chunkSize: Int?

  /// `chunkSize` is that of all chunks but the last; 0 if it isn't known.
  init(rowBytes: Int, height: Int, chunkSize: Int) {
    self.rowBytes = rowBytes
    self.height = height
    self.chunkSize = chunkSize > 0 ? chunkSize : nil
    size = rowBytes * height
  }

  var isComplete: Bool { bytesPresent == size }

  /// All bytes that are here.
  private var present: RangeSet<Int> {
    var ranges = closed
    ranges.insert(contentsOf: run)
    return ranges
  }

  /// Whether all of these rows are here; false where some aren't rows of the image.
  func hasRows(_ rows: Range<Int>) -> Bool {
    rows.upperBound <= height
      && (isComplete || present.isSuperset(of: RangeSet(bytes(of: rows))))
  }

  /// The bytes of rows that are here.
  ///
  /// - Precondition: `hasRows(rows)`.
  func bytes(ofRows rows: Range<Int>) -> ArraySlice<UInt8> { payload[bytes(of: rows)] }

  private func bytes(of rows: Range<Int>) -> Range<Int> {
    rows.lowerBound * rowBytes..<rows.upperBound * rowBytes
  }

  /// Stores whole rows from row `first` on.
  mutating func addRows(_ bytes: UnsafeRawBufferPointer, first: Int) -> SliceOutcome {
    guard bytes.count % rowBytes == 0, first < height else { return .malformed }
    return add(bytes, at: first * rowBytes)
  }

  /// Stores chunk `number`. All chunks but the last have the same size, so that size and number
  /// give a chunk's place, and a chunk of another image is found out.
  mutating func addChunk(
    _ bytes: UnsafeRawBufferPointer, number: Int, isLast: Bool
  ) -> SliceOutcome {
    let offset: Int
    let chunk: Int
    if isLast {
      offset = size - bytes.count
      // The last one tells the size of those before it, by what these leave for it.
      guard offset >= 0, number == 0 ? offset == 0 : offset % number == 0 else {
        return .malformed
      }
      chunk = number == 0 ? bytes.count : offset / number
      guard bytes.count <= chunk else { return .malformed }
    } else {
      chunk = bytes.count
      offset = number * chunk
      guard offset < size - chunk else { return .malformed }
    }
    // An image of one chunk may be smaller than chunks are.
    guard chunkSize ?? chunk == chunk || (isLast && number == 0) else { return .malformed }
    let outcome = add(bytes, at: offset)
    if case .stored = outcome { chunkSize = chunk }
    return outcome
  }

  private mutating func add(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> SliceOutcome {
    guard offset >= 0, !bytes.isEmpty, bytes.count <= size - offset,
      let source = bytes.baseAddress
    else { return .malformed }
    let range = offset..<offset + bytes.count
    if offset == run.upperBound, offset >= closedEnd {
      run = run.lowerBound..<range.upperBound
    } else {
      let present = present
      if present.isSuperset(of: RangeSet(range)) { return .duplicate }
      guard present.isDisjoint(RangeSet(range)) else { return .malformed }
      closed = present
      closedEnd = max(closedEnd, run.upperBound)
      run = range
    }
    bytesPresent += bytes.count
    if payload.isEmpty { payload = [UInt8](repeating: 0, count: size) }
    payload.withUnsafeMutableBytes { target in
      guard let base = target.baseAddress else { return }
      memcpy(base + offset, source, bytes.count)
    }
    return .stored(bytes.count)
  }

  /// The checksum of the pixels; of use only when all are here.
  var checksum: UInt32 { payload.withUnsafeBytes { CRC32.checksum($0) } }

  /// The payload, with the middle of the range in place of what is not here, and where that is.
  func finished(format: PixelFormat) -> (payload: [UInt8], missing: [Range<Int>]) {
    guard !isComplete else { return (payload, []) }
    var filled = payload
    let missing = Array(RangeSet(0..<size).subtracting(present).ranges)
    for range in missing { Self.fill(&filled, range, format: format) }
    return (filled, missing)
  }

  /// Mid-gray, or white for `.bilevel`.
  static func fill(_ payload: inout [UInt8], _ range: Range<Int>, format: PixelFormat) {
    // Red 16, green 32, blue 16 of RGB565 is 0x8410, as is BGR565. In YUYV 128 is gray in all three.
    let (even, odd): (UInt8, UInt8) =
      switch format {
      case .rgb565LittleEndian, .bgr565LittleEndian: (0x10, 0x84)
      case .rgb565BigEndian, .bgr565BigEndian: (0x84, 0x10)
      case .bilevel: (0, 0)
      case .gray4: (0x88, 0x88)
      case .gray8, .rgb888, .bgr888, .yuyv, .yvyu, .uyvy, .vyuy, .jpeg, .png: (0x80, 0x80)
      }
    // Rows of two-byte formats have an even length.
    for index in range { payload[index] = index & 1 == 0 ? even : odd }
  }
}

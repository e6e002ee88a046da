import Packets

/// The outcome of adding a slice.
enum SliceOutcome: Equatable {
  /// This many of its bytes are kept.
  case stored(Int)
  case duplicate
  case malformed
  /// The slice was given up, with so many bytes of it that were kept before.
  case dropped(DropCause, kept: Int)
}

/// Gathers the pixels of one image, in whatever order they come. Memory grows with what comes, not
/// with the size that was announced.
struct PixelAssembly {
  let rowBytes: Int
  let height: Int
  private let size: Int
  /// Bytes that are here, but for those of `run`, by their start.
  private var closed: [Int: [UInt8]] = [:]
  private var closedRanges = RangeSet<Int>()
  /// The end of the ranges of `closed`.
  private var closedEnd = 0
  /// The latest bytes that are here, and their start. The next ones nearly always follow directly,
  /// and a set of ranges takes longer than all other work on a packet.
  private var run: [UInt8] = []
  private var runStart = 0
  private(set) var bytesPresent = 0
  private var chunkSize: Int?

  /// Bytes set aside at once for the rows of an image.
  private static let firstCapacity = 1 << 16

  /// `chunkSize` is that of all chunks but the last; 0 if it isn't known.
  init(rowBytes: Int, height: Int, chunkSize: Int) {
    self.rowBytes = rowBytes
    self.height = height
    self.chunkSize = chunkSize > 0 ? chunkSize : nil
    size = rowBytes * height
  }

  var isComplete: Bool { bytesPresent == size }

  private var runRange: Range<Int> { runStart..<runStart + run.count }

  /// All bytes that are here.
  private var present: RangeSet<Int> {
    var ranges = closedRanges
    ranges.insert(contentsOf: runRange)
    return ranges
  }

  /// Whether all of these rows are here; false where some aren't rows of the image.
  func hasRows(_ rows: Range<Int>) -> Bool {
    rows.upperBound <= height
      && (isComplete || present.isSuperset(of: RangeSet(bytes(of: rows))))
  }

  /// The bytes of rows that are here.
  ///
  /// - Precondition: `hasRows(rows)`, and they came one after another, or `join()` was called.
  func bytes(ofRows rows: Range<Int>) -> ArraySlice<UInt8> {
    let range = bytes(of: rows)
    if runRange.contains(range.lowerBound) {
      return run[range.lowerBound - runStart..<range.upperBound - runStart]
    }
    let part = closedRanges.ranges.first { $0.contains(range.lowerBound) }
    guard let start = part?.lowerBound, let bytes = closed[start] else {
      preconditionFailure("rows that aren't here were asked for")
    }
    return bytes[range.lowerBound - start..<range.upperBound - start]
  }

  private func bytes(of rows: Range<Int>) -> Range<Int> {
    rows.lowerBound * rowBytes..<rows.upperBound * rowBytes
  }

  /// Stores whole rows from row `first` on.
  mutating func addRows(_ bytes: UnsafeRawBufferPointer, first: Int) -> SliceOutcome {
    guard bytes.count % rowBytes == 0, first < height else { return .malformed }
    return add(bytes, at: first * rowBytes)
  }

  /// Stores chunk `number`. All chunks but the last have the same size, so that size and number
  /// give a chunk's place, and a chunk of another image is detected.
  mutating func addChunk(
    _ bytes: UnsafeRawBufferPointer, number: Int, isLast: Bool
  ) -> SliceOutcome {
    let offset: Int
    let chunk: Int
    if isLast {
      offset = size - bytes.count
      // The chunks before the last one share the rest of the image evenly.
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
    guard offset >= 0, !bytes.isEmpty, bytes.count <= size - offset else { return .malformed }
    let range = offset..<offset + bytes.count
    if offset != runRange.upperBound || offset < closedEnd {
      let present = present
      if present.isSuperset(of: RangeSet(range)) { return .duplicate }
      guard present.isDisjoint(RangeSet(range)) else { return .malformed }
      closeRun()
      runStart = offset
    }
    if run.isEmpty { run.reserveCapacity(min(size - offset, Self.firstCapacity)) }
    run.append(contentsOf: bytes)
    bytesPresent += bytes.count
    return .stored(bytes.count)
  }

  private mutating func closeRun() {
    guard !run.isEmpty else { return }
    closed[runStart] = run
    closedRanges.insert(contentsOf: runRange)
    closedEnd = max(closedEnd, runRange.upperBound)
    run = []
  }

  /// Makes one piece of those that follow one another.
  mutating func join() {
    guard !closed.isEmpty else { return }
    closeRun()
    guard closed.count > closedRanges.ranges.count else { return }
    var joined: [Int: [UInt8]] = [:]
    for range in closedRanges.ranges {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(range.count)
      while bytes.count < range.count {
        guard let next = closed[range.lowerBound + bytes.count] else { break }
        bytes += next
      }
      joined[range.lowerBound] = bytes
    }
    closed = joined
  }

  /// The bytes that are here, in pieces that don't touch, and the ranges of those that are not.
  ///
  /// - Precondition: `join()` was called.
  func finished(format: PixelFormat) -> (payload: ImagePayload, missing: [Range<Int>]) {
    var pieces = closed.map { ImagePayload.Piece(start: $0.key, bytes: $0.value) }
    if !run.isEmpty { pieces.append(ImagePayload.Piece(start: runStart, bytes: run)) }
    pieces.sort { $0.start < $1.start }
    let missing = RangeSet(0..<size).subtracting(present)
    return (
      ImagePayload(pieces, count: size, format: format), isComplete ? [] : Array(missing.ranges)
    )
  }

  /// The checksum of the pixels; of use only when all are here.
  ///
  /// - Precondition: `join()` was called.
  var checksum: UInt32 {
    (closed[0] ?? run).withUnsafeBytes { CRC32.checksum($0) }
  }
}

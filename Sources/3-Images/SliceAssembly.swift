import Packets

/// The codec of rows in slices (PROTOCOL.md, "Coded rows").
enum RowCodec {
  case lossless
  case bilevel
}

/// An image whose rows later ones may refer to.
struct ReferenceImage {
  var number: UInt32
  var layout: ImageLayout
  var pixels: PixelAssembly
}

/// Gathers the pieces of coded slices and decodes each slice once it is whole.
struct SliceAssembly {
  let codec: RowCodec
  let width: Int
  let maximumBytes: Int
  /// Bytes of slices that became rows.
  private(set) var keptBytes = 0
  /// Slices that were whole and couldn't be decoded.
  private(set) var badSlices = 0
  /// Slices of which only some pieces are here, by their first row.
  private var partial: [Int: PartialSlice] = [:]
  private var partialBytes = 0
  /// The cost of a piece besides its bytes, so that a million tiny pieces are bounded, too.
  private static let pieceCost = 256

  private struct PartialSlice {
    var isInter: Bool
    var pieces: [Int: [UInt8]] = [:]
    var last: Int?
    var byteCount = 0

    /// All of its bytes, or nil while a piece is missing. The fields before the code come with the
    /// last piece.
    var joined: [UInt8]? {
      guard let last, pieces.count == last + 1, let end = pieces[last] else { return nil }
      let head = isInter ? 2 : 1
      var bytes = Array(end.prefix(head))
      bytes.reserveCapacity(byteCount)
      for number in 0..<last {
        guard let piece = pieces[number] else { return nil }
        bytes += piece
      }
      bytes += end.dropFirst(head)
      return bytes
    }
  }

  init(codec: RowCodec, width: Int, maximumBytes: Int) {
    self.codec = codec
    self.width = width
    self.maximumBytes = maximumBytes
  }

  mutating func add(
    _ body: UnsafeRawBufferPointer, _ header: PacketHeader, to pixels: inout PixelAssembly,
    reference: ReferenceImage?
  ) -> SliceOutcome {
    let first = Int(header.position)
    guard first < pixels.height else { return .malformed }
    guard !pixels.hasRows(first..<first + 1) else { return .duplicate }
    guard header.isFragment else {
      guard partial[first] == nil else { return .malformed }
      let outcome = decode(
        body, isInter: header.isInter, first: first, to: &pixels, reference: reference)
      count(outcome)
      if case .stored(let count) = outcome { keptBytes += count }
      return outcome
    }
    guard let number = body.first.map({ Int($0) }), body.count > 1 else { return .malformed }
    var slice = partial[first] ?? PartialSlice(isInter: header.isInter)
    guard slice.pieces[number] == nil else { return .duplicate }
    let count = body.count
    // A piece behind the last one, or a second last piece, is not of this slice.
    guard slice.isInter == header.isInter, number < slice.last ?? .max,
      header.hasMoreFragments
        || (slice.last == nil && slice.pieces.keys.allSatisfy { $0 < number }),
      count + Self.pieceCost <= maximumBytes - partialBytes
    else { return .malformed }
    slice.pieces[number] = Array(body.dropFirst())
    slice.byteCount += count
    partialBytes += count + Self.pieceCost
    if !header.hasMoreFragments { slice.last = number }
    guard let bytes = slice.joined else {
      partial[first] = slice
      return .stored(count)
    }
    partial[first] = nil
    partialBytes -= slice.byteCount + slice.pieces.count * Self.pieceCost
    let outcome = bytes.withUnsafeBytes {
      decode($0, isInter: slice.isInter, first: first, to: &pixels, reference: reference)
    }
    self.count(outcome)
    switch outcome {
    case .stored:
      keptBytes += slice.byteCount
      return .stored(count)
    case .dropped(let cause, _): return .dropped(cause, kept: slice.byteCount - count)
    case .duplicate, .malformed: return .dropped(.malformed, kept: slice.byteCount - count)
    }
  }

  private mutating func count(_ outcome: SliceOutcome) {
    switch outcome {
    case .dropped, .malformed: badSlices += 1
    case .stored, .duplicate: break
    }
  }

  /// Decodes a whole slice: the number of rows, the reference's number if there is one, the code.
  private func decode(
    _ bytes: UnsafeRawBufferPointer, isInter: Bool, first: Int, to pixels: inout PixelAssembly,
    reference: ReferenceImage?
  ) -> SliceOutcome {
    let head = isInter ? 2 : 1
    guard bytes.count >= head, bytes[0] > 0, first + Int(bytes[0]) <= pixels.height else {
      return .malformed
    }
    let count = Int(bytes[0])
    let range = first..<first + count
    let code = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(head))
    var expected: ArraySlice<UInt8>?
    if isInter {
      guard let reference, UInt8(truncatingIfNeeded: reference.number) == bytes[1],
        reference.pixels.hasRows(range)
      else { return .dropped(.noReference, kept: 0) }
      expected = reference.pixels.bytes(ofRows: range)
    }
    let decoded: [UInt8]?
    if let expected, code.isEmpty {
      decoded = Array(expected)
    } else {
      switch codec {
      case .bilevel:
        decoded = BilevelCode.decode(code, width: width, rows: count, reference: expected)
      case .lossless:
        decoded = isInter ? nil : LosslessCode.decode(code, width: width, rows: count)
      }
    }
    guard let decoded else { return .dropped(.badSlice, kept: 0) }
    let outcome = decoded.withUnsafeBytes { pixels.addRows($0, first: first) }
    if case .stored = outcome { return .stored(bytes.count) }
    return outcome
  }
}

/// Finds packets in a stream of bytes, however it is cut into pieces. Does no input or output.
///
/// Every byte taken comes out once: in a packet (`segmentBytes`), as a delimiter
/// (`delimiterBytes`), dropped with a cause, as console text, or is still held (`pendingBytes`).
/// Since zero is never inside a packet, damage costs the packet it hits and, if it hits the
/// delimiter, nothing more: every packet has one before it and one after it.
public struct PacketDecoder: Sendable {
  /// The largest packet of any MTU.
  public static let maximumPacketSize = 1024
  /// The largest packet as it can stand between two delimiters.
  public static let maximumSegmentSize = COBS.maximumEncodedCount(maximumPacketSize)

  /// One step of decoding. The body of a packet stays in the decoder until the next step.
  package enum Step: Sendable, Equatable {
    case packet(PacketHeader, segmentBytes: Int)
    case dropped(DropCause, Int)
    case console([UInt8])
  }

  /// Kinds of bytes since the last delimiter, as far as they are known.
  private enum Mode {
    /// Perhaps a packet.
    case segment
    /// Certainly none: lines of text or noise.
    case lines
  }

  /// The number of delimiters seen.
  public private(set) var delimiterBytes = 0

  /// Holds the last packet, at offset 0.
  package private(set) var storage: [UInt8]
  /// The place of the last packet's body in `storage`.
  package private(set) var bodyRange = 0..<0
  /// Bytes of the last packet in `storage`, with header and checksum, even if the checksum was
  /// wrong.
  package private(set) var packetSize = 0

  private var mode = Mode.segment
  private var segment: [UInt8] = []
  /// Whether the segment's first line has ended and was no text.
  private var isProbed = false
  private var text = TextSplitter()
  /// Whether the last segment was damaged. A piece of a broken packet can look like text, so text
  /// right after damage isn't trusted; a packet or an empty segment restores trust.
  private var isAfterDamage = false

  private var pieces: [TextSplitter.Piece] = []
  private var nextPiece = 0

  public init() {
    storage = [UInt8](repeating: 0, count: Self.maximumSegmentSize + COBS.copySlack)
    segment.reserveCapacity(Self.maximumSegmentSize + 1)
  }

  /// Bytes held because they may belong to an unfinished packet or line of text.
  public var pendingBytes: Int { segment.count + text.pendingBytes }

  /// Decodes all of `bytes`.
  public mutating func decode(_ bytes: [UInt8]) -> [PacketEvent] {
    bytes.withUnsafeBytes { buffer in
      var events: [PacketEvent] = []
      var offset = 0
      while let step = next(in: buffer, at: &offset) { events.append(event(step)) }
      return events
    }
  }

  /// Ends the stream as if a delimiter had come.
  public mutating func finish() -> [PacketEvent] {
    var events: [PacketEvent] = []
    while let step = finishStep() { events.append(event(step)) }
    return events
  }

  private func event(_ step: Step) -> PacketEvent {
    switch step {
    case .packet(let header, _): .packet(Packet(header: header, body: Array(storage[bodyRange])))
    case .dropped(let cause, let count): .dropped(cause, count)
    case .console(let bytes): .console(bytes)
    }
  }

  /// The next step of decoding `input` from `offset`, or nil when all is taken.
  package mutating func next(in input: UnsafeRawBufferPointer, at offset: inout Int) -> Step? {
    while true {
      if let piece = takePiece() { return piece }
      guard offset < input.count else { return nil }
      let zero = input.firstOffset(of: 0, from: offset)
      let fresh = UnsafeRawBufferPointer(rebasing: input[offset..<(zero ?? input.count)])
      offset = zero.map { $0 + 1 } ?? input.count
      if zero != nil { delimiterBytes += 1 }

      if mode == .segment, zero != nil, segment.isEmpty {
        // The common case: the whole segment is here, and nothing need be copied.
        if fresh.isEmpty {
          isAfterDamage = false
          continue
        }
        if !isText(soFar: fresh) {
          if let step = endSegment(fresh) { return step }
          continue
        }
        mode = .lines
      }
      switch mode {
      case .segment: take(fresh)
      case .lines: text.append(fresh, to: &pieces)
      }
      if zero != nil, let step = endSegment() { return step }
    }
  }

  /// As `next`, after the last byte of the stream.
  package mutating func finishStep() -> Step? {
    if let piece = takePiece() { return piece }
    if let step = endSegment() {
      if case .dropped(_, let count) = step { return .dropped(.cutOff, count) }
      return step
    }
    isAfterDamage = false
    return nil
  }

  /// Appends to the segment, until it turns out that it can't be a packet.
  private mutating func take(_ fresh: UnsafeRawBufferPointer) {
    // One byte over the limit is enough to know.
    let room = Self.maximumSegmentSize + 1 - segment.count
    let known = segment.count
    segment.append(contentsOf: fresh.prefix(room))
    var isLines = segment.count > Self.maximumSegmentSize
    if !isLines, !isProbed {
      // Only new bytes can hold the first newline, and the second byte tells packets from text.
      isLines = segment.withUnsafeBytes { bytes in
        guard bytes.firstOffset(of: UInt8(ascii: "\n"), from: Swift.max(0, known - 1)) != nil else {
          return false
        }
        return isText(soFar: bytes)
      }
      if !isLines, segment.count > 1, isLikePacket(second: segment[1]) { isProbed = true }
    }
    guard isLines else { return }
    mode = .lines
    segment.withUnsafeBytes { text.append($0, to: &pieces) }
    segment.removeAll(keepingCapacity: true)
    if fresh.count > room {
      text.append(UnsafeRawBufferPointer(rebasing: fresh.dropFirst(room)), to: &pieces)
    }
  }

  /// Whether a segment that starts with these bytes is known to be lines before its end is seen.
  private func isText(soFar bytes: UnsafeRawBufferPointer) -> Bool {
    if bytes.count > Self.maximumSegmentSize { return true }
    guard bytes.count > 1, !isAfterDamage, !isLikePacket(second: bytes[1]) else { return false }
    guard let newline = bytes.firstOffset(of: UInt8(ascii: "\n")) else { return false }
    return TextSplitter.isText(UnsafeRawBufferPointer(rebasing: bytes[...newline]))
  }

  /// A packet's first byte is never zero, so COBS leaves it in second place.
  private func isLikePacket(second byte: UInt8) -> Bool { byte >> 4 == PacketHeader.version }

  /// Ends the held segment at a delimiter. Further steps may wait in `pieces`.
  private mutating func endSegment() -> Step? {
    switch mode {
    case .segment:
      guard !segment.isEmpty else { return nil }
      isProbed = false
      let whole = segment
      segment.removeAll(keepingCapacity: true)
      return whole.withUnsafeBytes { endSegment($0) }
    case .lines:
      text.flush(to: &pieces)
      mode = .segment
      isProbed = false
      if case .noise = pieces.last { isAfterDamage = true }
      return takePiece()
    }
  }

  private mutating func endSegment(_ bytes: UnsafeRawBufferPointer) -> Step? {
    let damage: DropCause
    switch decodePacket(bytes) {
    case .success(let header):
      isAfterDamage = false
      return .packet(header, segmentBytes: bytes.count)
    case .failure(.unusable(let cause)):
      isAfterDamage = false
      return .dropped(cause, bytes.count)
    case .failure(.damaged(let cause)):
      damage = cause
    }
    if !isAfterDamage, TextSplitter.isText(bytes) { return .console(Array(bytes)) }
    isAfterDamage = true
    return .dropped(damage, bytes.count)
  }

  private enum PacketError: Error {
    /// Whole, but not for us.
    case unusable(DropCause)
    case damaged(DropCause)
  }

  private mutating func decodePacket(
    _ bytes: UnsafeRawBufferPointer
  ) -> Result<PacketHeader, PacketError> {
    let least = PacketHeader.size + PacketHeader.checksumSize
    return storage.withUnsafeMutableBytes { storage -> Result<PacketHeader, PacketError> in
      guard let size = COBS.decode(bytes, into: storage) else {
        return .failure(.damaged(.badEncoding))
      }
      guard size >= least else { return .failure(.damaged(.tooShort)) }
      packetSize = size
      let covered = size - PacketHeader.checksumSize
      let packet = UnsafeRawBufferPointer(storage)
      let declared = UInt32(
        littleEndian: packet.loadUnaligned(fromByteOffset: covered, as: UInt32.self))
      let computed = CRC32.checksum(UnsafeRawBufferPointer(rebasing: packet[..<covered]))
      guard declared == computed else { return .failure(.damaged(.badChecksum)) }
      bodyRange = PacketHeader.size..<covered
      switch PacketHeader.parse(packet) {
      case .success(let header): return .success(header)
      case .failure(let error): return .failure(.unusable(error.cause))
      }
    }
  }

  private mutating func takePiece() -> Step? {
    guard nextPiece < pieces.count else { return nil }
    let piece = pieces[nextPiece]
    nextPiece += 1
    if nextPiece == pieces.count {
      pieces.removeAll(keepingCapacity: true)
      nextPiece = 0
    }
    switch piece {
    case .text(let bytes): return .console(bytes)
    case .noise(let count): return .dropped(.noise, count)
    }
  }
}

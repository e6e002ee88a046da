import Packets

/// JPEG files one after another with nothing, zeros or text in between, as most OV2640 sketches
/// send them.
///
/// Follows the markers (ITU-T T.81, annex B), so that a thumbnail inside an EXIF block neither
/// starts nor ends an image. A file that turns out broken is dropped and the search goes on behind
/// its start, or behind its compressed data, which can't hold another: one damaged file doesn't
/// cost the next, and no byte is compressed data twice. The protocol has no checksum: bytes changed
/// or lost within the compressed data go unnoticed unless they make a marker.
public struct JPEGStreamDecoder: LinkDecoder {
  public private(set) var statistics = LinkStatistics()
  private let limits: LinkLimits

  /// Segments before the compressed data, and between scans, that a file may have.
  static let maximumSegments = 1024

  private enum State {
    /// `scan` is where the search for FF D8 FF goes on.
    case seeking
    /// `scan` is at a marker.
    case marker
    /// `scan` is within compressed data.
    case compressed
  }

  private var state = State.seeking
  private var buffer: [UInt8] = []
  /// The first byte of `buffer` that isn't accounted for; within an image, the image's start.
  private var head = 0
  private var scan = 0
  /// The place where the search goes on if the image turns out broken.
  private var resume = 0
  private var segments = 0
  private var hasScan = false
  private var width = 0
  private var height = 0
  private var nextNumber: UInt32 = 0
  private var stray = StrayBytes()
  private var isAfterImage = false
  private var events: [LinkEvent] = []

  public init(limits: LinkLimits = LinkLimits()) {
    self.limits = limits
  }

  public mutating func decode(_ bytes: [UInt8]) -> [LinkEvent] {
    statistics.bytesReceived += bytes.count
    buffer.append(contentsOf: bytes)
    while step() {}
    return takeEvents()
  }

  public mutating func idle() -> [LinkEvent] { [] }

  public mutating func finish() -> [LinkEvent] {
    if state != .seeking { fail(.cutOff, .incomplete, resumeAt: buffer.count) }
    giveStray(upTo: buffer.count)
    stray.flush(to: &events, &statistics)
    isAfterImage = false
    scan = head
    return takeEvents()
  }

  private mutating func takeEvents() -> [LinkEvent] {
    buffer.removeFirst(head)
    scan -= head
    resume -= head
    head = 0
    statistics.pendingBytes = buffer.count + stray.pendingBytes
    defer { events = [] }
    return events
  }

  /// Does what the bytes in `buffer` allow. Returns whether there may be more to do.
  private mutating func step() -> Bool {
    switch state {
    case .seeking: return seekStart()
    case .marker: return readMarker()
    case .compressed: return skipCompressed()
    }
  }

  private mutating func seekStart() -> Bool {
    while let at = offset(of: 0xFF, from: scan) {
      guard at + 2 < buffer.count else {
        giveStray(upTo: at)
        scan = at
        return false
      }
      if buffer[at + 1] == 0xD8, buffer[at + 2] == 0xFF {
        giveStray(upTo: at)
        stray.flush(to: &events, &statistics)
        isAfterImage = false
        state = .marker
        scan = at + 2
        resume = at + 2
        segments = 0
        hasScan = false
        (width, height) = (0, 0)
        return true
      }
      scan = at + 1
    }
    scan = buffer.count
    giveStray(upTo: scan)
    return false
  }

  /// Bytes outside of images. Zeros right after one are padding of the board's transfer.
  private mutating func giveStray(upTo end: Int) {
    while isAfterImage, head < end {
      guard buffer[head] == 0 else {
        isAfterImage = false
        break
      }
      head += 1
      statistics.overheadBytes += 1
    }
    guard head < end else { return }
    stray.append(buffer[head..<end], to: &events, &statistics)
    head = end
  }

  private mutating func readMarker() -> Bool {
    guard scan + 1 < buffer.count else { return false }
    guard buffer[scan] == 0xFF else { return fail(.badJPEG, .badJPEG, resumeAt: resume) }
    let code = buffer[scan + 1]
    switch code {
    case 0xFF:
      // Any number of FF may stand before a marker, and a dead wire gives nothing else.
      guard scan + 2 - head <= limits.maximumImageBytes else {
        return fail(.tooLarge, .tooLarge, resumeAt: scan)
      }
      scan += 1
      return true
    case 0xD9:
      guard hasScan else { return fail(.badJPEG, .badJPEG, resumeAt: resume) }
      scan += 2
      giveImage()
      return true
    case 0xC0...0xCF, 0xDA...0xFE:
      return readSegment(code)
    default:
      // 00, 01, restart markers and a second start have no place between segments.
      return fail(.badJPEG, .badJPEG, resumeAt: resume)
    }
  }

  private mutating func readSegment(_ code: UInt8) -> Bool {
    guard scan + 3 < buffer.count else { return false }
    let length = Int(buffer[scan + 2]) << 8 | Int(buffer[scan + 3])
    guard length >= 2, segments < Self.maximumSegments else {
      return fail(.badJPEG, .badJPEG, resumeAt: resume)
    }
    let isFrameHeader = 0xC0...0xCF ~= code && code != 0xC4 && code != 0xC8 && code != 0xCC
    if isFrameHeader {
      guard scan + 8 < buffer.count else { return false }
      height = Int(buffer[scan + 5]) << 8 | Int(buffer[scan + 6])
      width = Int(buffer[scan + 7]) << 8 | Int(buffer[scan + 8])
    }
    guard scan + 2 + length - head <= limits.maximumImageBytes else {
      return fail(.tooLarge, .tooLarge, resumeAt: resume)
    }
    // The end may lie far ahead: wait for the byte behind it, so that `scan` stays in bounds.
    guard scan + 2 + length < buffer.count else { return false }
    if code == 0xDA {
      hasScan = true
      state = .compressed
    }
    segments += 1
    scan += 2 + length
    return true
  }

  /// Passes compressed data, in which FF is followed by 00 or a restart marker.
  private mutating func skipCompressed() -> Bool {
    while let at = offset(of: 0xFF, from: scan) {
      guard at + 1 < buffer.count else {
        scan = at
        return false
      }
      guard at + 2 - head <= limits.maximumImageBytes else { return failAtLimit() }
      switch buffer[at + 1] {
      case 0x00, 0xD0...0xD7: scan = at + 2
      case 0xFF: scan = at + 1
      case 0xC4, 0xD9...0xDF, 0xE0...0xEF, 0xFE:
        scan = at
        resume = at
        state = .marker
        return true
      default:
        // A start (the end of this file was lost) or nothing that a file can have here. There is
        // no other start before this place, or it would have been found.
        return fail(.badJPEG, .incomplete, resumeAt: at)
      }
    }
    scan = buffer.count
    return scan - head > limits.maximumImageBytes ? failAtLimit() : false
  }

  /// Nothing in compressed data can be a file of its own: the search goes on behind it.
  private mutating func failAtLimit() -> Bool {
    fail(.tooLarge, .tooLarge, resumeAt: head + limits.maximumImageBytes)
  }

  private mutating func giveImage() {
    events.append(
      .image(
        CapturedImage(
          number: nextNumber, width: width, height: height, format: .jpeg,
          payload: Array(buffer[head..<scan]))))
    nextNumber &+= 1
    statistics.payloadBytes += scan - head
    statistics.imagesIntact += 1
    head = scan
    state = .seeking
    isAfterImage = true
  }

  /// Drops the bytes from the image's start to the next possible start at or behind `resume`.
  @discardableResult
  private mutating func fail(_ cause: DropCause, _ loss: ImageLoss, resumeAt resume: Int) -> Bool {
    let next = Swift.min(resume, buffer.count)
    statistics.droppedBytes[cause, default: 0] += next - head
    statistics.imagesLost[loss, default: 0] += 1
    events.append(.bytesDropped(cause, count: next - head))
    events.append(.imagesLost(count: 1, cause: loss))
    head = next
    scan = next
    state = .seeking
    return true
  }

  private func offset(of byte: UInt8, from start: Int) -> Int? {
    buffer.withUnsafeBytes { $0.firstOffset(of: byte, from: start) }
  }
}

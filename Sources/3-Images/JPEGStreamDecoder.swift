import Packets

/// JPEG files one after another with nothing, zeros or text in between, as most OV2640 sketches
/// send them.
///
/// Follows the markers (ITU-T T.81, annex B), so that a thumbnail inside an EXIF block neither
/// starts nor ends an image. A file with a broken header is dropped and the search goes on behind
/// its start. A file whose compressed data end in another file, or in nothing, is given out as far
/// as it goes: the decoder of its pixels knows which rows are there. FF D8 is put back where its
/// first byte was lost or changed and a header follows. The protocol has no checksum: bytes changed
/// or lost within the compressed data are left to the decoder of the pixels, too.
public struct JPEGStreamDecoder: LinkDecoder {
  public private(set) var statistics = LinkStatistics()
  private let limits: LinkLimits

  /// Segments before the compressed data, and between scans, that a file may have.
  static let maximumSegments = 1024

  /// The place that `scan` is at: where the search for a start goes on, a marker, or one within
  /// compressed data.
  private enum State { case seeking, marker, compressed }

  private var state = State.seeking
  private var buffer: [UInt8] = []
  /// The first byte of `buffer` that isn't accounted for; within an image, the image's start.
  private var head = 0
  /// The image's first byte behind its FF D8, which may never have come.
  private var body = 0
  private var scan = 0
  /// The place where the search goes on if the image turns out broken.
  private var resume = 0
  private var header = JPEGHeader()
  private var segments = 0
  /// The header makes no sense, and more bytes are to tell why.
  private var isBroken = false
  /// The start of the last compressed data; nil before the first.
  private var dataStart: Int?
  /// The last file had no FF D9.
  private var endsAreMissing = false
  private var nextNumber: UInt32 = 0
  private var watch = TranslationWatch()
  private var lineEnds = LineEndFilter()
  private var advised: Set<LinkAdvice> = []
  private var stray = StrayBytes(hidesPartHeaders: true)
  private var isAfterImage = false
  private var events: [LinkEvent] = []

  public init(limits: LinkLimits = LinkLimits()) {
    self.limits = limits
  }

  public mutating func decode(_ bytes: [UInt8]) -> [LinkEvent] {
    statistics.bytesReceived += bytes.count
    statistics.overheadBytes += lineEnds.append(bytes, to: &buffer)
    while step() {}
    return takeEvents()
  }

  /// Ends a file at a pause where the last one, too, ended without FF D9.
  public mutating func idle() -> [LinkEvent] {
    if state == .compressed, endsAreMissing { endTorn(at: buffer.count) }
    return takeEvents()
  }

  public mutating func finish() -> [LinkEvent] {
    lineEnds.flush(to: &buffer)
    while step() || endAtLast() {}
    giveStray(upTo: buffer.count)
    stray.flush(to: &events, &statistics)
    lineEnds.flush(to: &buffer)
    giveStray(upTo: buffer.count)
    stray.flush(to: &events, &statistics)
    isAfterImage = false
    endsAreMissing = false
    scan = head
    return takeEvents()
  }

  /// Ends what the end of the bytes leaves open. Returns whether there was something.
  private mutating func endAtLast() -> Bool {
    switch state {
    case .seeking: return false
    case .compressed: endTorn(at: buffer.count)
    case .marker: endInHeader()
    }
    return true
  }

  private mutating func takeEvents() -> [LinkEvent] {
    buffer.removeFirst(head)
    scan -= head
    resume -= head
    body -= head
    dataStart? -= head
    lineEnds.shift(by: head)
    head = 0
    statistics.pendingBytes =
      buffer.count + stray.pendingBytes + (lineEnds.isHolding ? 1 : 0)
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

  private mutating func advise(_ advice: LinkAdvice) {
    if advised.insert(advice).inserted { events.append(.advice(advice)) }
  }

  private func offset(of byte: UInt8, from start: Int) -> Int? {
    buffer.withUnsafeBytes { $0.firstOffset(of: byte, from: start) }
  }
}

// MARK: - Starts

extension JPEGStreamDecoder {
  private mutating func seekStart() -> Bool {
    while let at = offset(of: 0xFF, from: scan) {
      guard at + 2 < buffer.count else { return waitForStart(at) }
      if buffer[at + 1] == 0xD8, buffer[at + 2] == 0xFF {
        start(at: at, body: at + 2)
        return true
      }
      if JPEGStart.isNearly(buffer[at + 1], 0xD8) {
        switch JPEGStart.header(in: buffer, at: at + 2, afterStart: true) {
        case .yes:
          start(at: at, body: at + 2)
          return true
        case .open: return waitForStart(at)
        case .no: break
        }
      }
      let left = JPEGStart.remainder(in: buffer, before: at, from: head)
      switch JPEGStart.header(in: buffer, at: at, afterStart: left > 0) {
      case .yes:
        start(at: at - left, body: at)
        return true
      case .open: return waitForStart(at)
      case .no: scan = at + 1
      }
    }
    scan = buffer.count
    giveStray(upTo: buffer.count - JPEGStart.heldBack(in: buffer, from: head))
    return false
  }

  private mutating func waitForStart(_ at: Int) -> Bool {
    giveStray(upTo: at - JPEGStart.remainder(in: buffer, before: at, from: head))
    scan = at
    return false
  }

  private mutating func start(at start: Int, body: Int) {
    giveStray(upTo: start)
    stray.flush(to: &events, &statistics)
    isAfterImage = false
    state = .marker
    self.body = body
    scan = body
    resume = body
    segments = 0
    isBroken = false
    header = JPEGHeader()
    dataStart = nil
  }

  /// Bytes outside of images. Zeros or ones right after one are padding of the board's transfer.
  private mutating func giveStray(upTo end: Int) {
    while isAfterImage, head < end {
      guard buffer[head] == 0 || buffer[head] == 0xFF else {
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
}

// MARK: - Segments

extension JPEGStreamDecoder {
  private mutating func readMarker() -> Bool {
    guard scan + 1 < buffer.count else { return false }
    guard buffer[scan] == 0xFF else { return endBroken() }
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
      guard dataStart != nil else { return endBroken() }
      return endWhole(at: scan + 2)
    case 0xC0...0xCF, 0xDA...0xFE:
      return readSegment(code)
    default:
      // 00, 01, restart markers and a second start have no place between segments.
      return endBroken()
    }
  }

  private mutating func readSegment(_ code: UInt8) -> Bool {
    guard scan + 3 < buffer.count else { return false }
    let length = Int(buffer[scan + 2]) << 8 | Int(buffer[scan + 3])
    guard length >= 2, segments < Self.maximumSegments else { return endBroken() }
    switch header.take(code, length: length, in: buffer, at: scan) {
    case .yes: break
    case .open: return false
    case .no: return endBroken()
    }
    guard scan + 2 + length - head <= limits.maximumImageBytes else {
      return fail(.tooLarge, .tooLarge, resumeAt: afterStart)
    }
    // The end may lie far ahead: wait for the byte behind it, so that `scan` stays in bounds.
    guard scan + 2 + length < buffer.count else { return false }
    segments += 1
    scan += 2 + length
    if code == 0xDA {
      dataStart = scan
      state = .compressed
    }
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
      case 0xD9: return endWhole(at: at + 2)
      case 0xD8:
        // A start: the end of this file was lost. Or but a byte that was changed.
        guard at + 2 < buffer.count else {
          scan = at
          return false
        }
        if buffer[at + 2] == 0xFF { return endTorn(at: at) }
        scan = at + 2
      case let code:
        let left = JPEGStart.remainder(in: buffer, before: at, from: dataStart ?? head)
        switch JPEGStart.header(in: buffer, at: at, afterStart: left > 0) {
        case .yes: return endTorn(at: at - left)
        case .open:
          scan = at
          return false
        case .no: break
        }
        if !header.isOneScan, 0xC0...0xFE ~= code {
          scan = at
          resume = at
          state = .marker
          return true
        }
        // Nothing that a file can have here: bytes were lost or changed.
        scan = at + 2
      }
    }
    scan = buffer.count
    return scan - head > limits.maximumImageBytes ? failAtLimit() : false
  }
}

// MARK: - Ends

extension JPEGStreamDecoder {
  private func image(upTo end: Int) -> CapturedImage {
    CapturedImage(
      number: nextNumber, width: header.width, height: header.height, format: .jpeg,
      payload: [0xFF, 0xD8] + buffer[body..<end])
  }

  private mutating func close(at end: Int) {
    nextNumber &+= 1
    watch.renew()
    statistics.payloadBytes += end - head
    head = end
    scan = end
    dataStart = nil
    state = .seeking
  }

  /// FF D9 is at the end.
  private mutating func endWhole(at end: Int) -> Bool {
    if !lineEnds.covers(head), StreamTranslation.hasLineEnds(buffer[head..<end]) {
      return undoLineEnds()
    }
    events.append(.image(image(upTo: end)))
    statistics.imagesIntact += 1
    endsAreMissing = false
    close(at: end)
    isAfterImage = true
    return true
  }

  /// Another file begins, or nothing comes any more: what is there may still show rows.
  @discardableResult
  private mutating func endTorn(at end: Int) -> Bool {
    guard let dataStart, end > dataStart else {
      return fail(.badJPEG, .incomplete, resumeAt: max(end, head + 1))
    }
    if !lineEnds.covers(head), StreamTranslation.hasLineEnds(buffer[head..<end]) {
      return undoLineEnds()
    }
    events.append(.damagedImage(image(upTo: end), [.endLost]))
    statistics.imagesDamaged += 1
    endsAreMissing = true
    close(at: end)
    return true
  }

  /// Ends an image behind which no segment follows. In a header there is nothing to show, but perhaps
  /// a cause to tell.
  private mutating func endBroken(isFinal: Bool = false) -> Bool {
    if dataStart != nil { return endTorn(at: resume) }
    if !lineEnds.covers(head) {
      switch watch.look(at: buffer[head...], isFinal: isFinal) {
      case .open:
        isBroken = true
        return false
      case .none: break
      case .lineEnds: return undoLineEnds()
      case .flowControl: advise(.flowControlEaten)
      }
    }
    return fail(.badJPEG, .badJPEG, resumeAt: afterStart)
  }

  /// The bytes end in a header, or between scans.
  private mutating func endInHeader() {
    if dataStart != nil {
      endTorn(at: buffer.count)
    } else if StreamTranslation(of: buffer[head...], isFinal: true) != .none || isBroken {
      _ = endBroken(isFinal: true)
    } else {
      fail(.cutOff, .incomplete, resumeAt: buffer.count)
    }
  }

  /// The place where the search goes on behind a start that led nowhere: not at bytes that would be
  /// taken for the rest of the same start.
  private var afterStart: Int {
    JPEGStart.mayBeHeader(buffer[body + 1]) ? body + 2 : max(body, head + 1)
  }

  /// Begins the file anew without the carriage returns that line feeds came with.
  private mutating func undoLineEnds() -> Bool {
    advise(.lineEndsTranslated)
    let rest = Array(buffer[head...])
    buffer.removeLast(rest.count)
    lineEnds.turnOn()
    statistics.overheadBytes += lineEnds.append(rest, to: &buffer)
    scan = head
    dataStart = nil
    state = .seeking
    return true
  }

  /// Nothing in compressed data can be a file of its own: the search goes on behind it.
  private mutating func failAtLimit() -> Bool {
    fail(.tooLarge, .tooLarge, resumeAt: head + limits.maximumImageBytes)
  }

  /// Drops bytes, at least one, from the image's start to a possible start at or behind `resume`.
  @discardableResult
  private mutating func fail(_ cause: DropCause, _ loss: ImageLoss, resumeAt resume: Int) -> Bool {
    let next = Swift.min(Swift.max(resume, head + 1), buffer.count)
    statistics.droppedBytes[cause, default: 0] += next - head
    statistics.imagesLost[loss, default: 0] += 1
    events.append(.bytesDropped(cause, count: next - head))
    events.append(.imagesLost(count: 1, cause: loss))
    head = next
    scan = next
    dataStart = nil
    state = .seeking
    return true
  }
}

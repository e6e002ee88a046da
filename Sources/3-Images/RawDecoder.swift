import Packets

/// Bare pixels: images of one known size, one after another.
///
/// With sync bytes, what stands between two of them is an image: what is behind its last row is
/// skipped and counted, and one that is too short keeps the rows it has. The stream's first sync may
/// be one among the pixels of an image that had begun before, so what starts there counts only as a
/// whole. Without sync bytes nothing but a pause tells where an image starts, and images are given
/// out as their bytes come. In neither case can changed pixels be found out. Choose sync bytes that
/// pixels are unlikely to repeat: four are better than two.
public struct RawDecoder: LinkDecoder {
  public private(set) var statistics = LinkStatistics()
  public let layout: RawLayout

  private var buffer: [UInt8] = []
  /// The next byte of `buffer` to be looked at.
  private var head = 0
  /// Whether a sync was found; `head` is behind it.
  private var isInImage = false
  /// Whether the sync before `head` is none among pixels, as far as can be told.
  private var isTrusted = true
  /// Whether an image was torn and none was given out since: further failures belong to the same
  /// loss.
  private var isResyncing = false
  private var later: LaterSyncs
  /// Bytes between the last image, or the stream's start, and the next sync.
  private var skipped = Skipped()
  /// The bytes of the last image, if that was short.
  private var shortLength: Int?
  /// Images given out so far.
  private var nextNumber: UInt32 = 0
  private var adviser = RawAdviser()
  private var stray = StrayBytes()
  private var events: [LinkEvent] = []

  private struct Skipped {
    var count = 0
    var isText = true
    var isFirst = true

    /// Whether a sync behind these bytes may be taken for one: a board says something before its
    /// first image, and little between two.
    func leadsToSync(frameBytes: Int) -> Bool {
      isText || (!isFirst && count < max(1, frameBytes / 2))
    }
  }

  public init(layout: RawLayout) {
    self.layout = layout
    later = LaterSyncs(sync: layout.sync)
    isInImage = layout.sync.isEmpty
  }

  public mutating func decode(_ bytes: [UInt8]) -> [LinkEvent] {
    statistics.bytesReceived += bytes.count
    buffer.append(contentsOf: bytes)
    if layout.sync.isEmpty {
      while hasWholeImage { giveImage(bytes: layout.frameBytes) }
    } else {
      while isInImage ? checkImage() : seekSync() {}
    }
    return takeEvents()
  }

  /// Ends an image at a pause; a short one where the last was as short. Without sync bytes, drops a
  /// partial image.
  public mutating func idle() -> [LinkEvent] {
    if layout.sync.isEmpty {
      dropPart(.outOfSync)
    } else if hasWholeImage {
      endPresentImage()
    } else if isInImage, isTrusted, shortLength == buffer.count - head {
      endImage(bytes: buffer.count - head)
    }
    return takeEvents()
  }

  public mutating func finish() -> [LinkEvent] {
    if !layout.sync.isEmpty { while isInImage, endLastImage() {} }
    if isInImage {
      dropPart(.cutOff)
    } else {
      giveStray(upTo: buffer.count)
    }
    stray.flush(to: &events, &statistics)
    isInImage = layout.sync.isEmpty
    isTrusted = true
    isResyncing = false
    skipped = Skipped()
    shortLength = nil
    later.restart(at: 0)
    return takeEvents()
  }

  /// All of an image, and nothing behind it but perhaps the start of a sync.
  private var hasWholeImage: Bool { isInImage && buffer.count - head >= layout.frameBytes }

  private mutating func takeEvents() -> [LinkEvent] {
    buffer.removeFirst(head)
    later.shift(by: head)
    head = 0
    statistics.pendingBytes = buffer.count + stray.pendingBytes
    defer { events = [] }
    return events
  }

  private mutating func dropPart(_ cause: DropCause) {
    let count = buffer.count - head
    guard count > 0 else { return }
    head = buffer.count
    statistics.droppedBytes[cause, default: 0] += count
    events.append(.bytesDropped(cause, count: count))
    lose()
  }

  private mutating func lose() {
    guard !isResyncing else { return }
    isResyncing = !layout.sync.isEmpty
    statistics.imagesLost[.incomplete, default: 0] += 1
    events.append(.imagesLost(count: 1, cause: .incomplete))
  }

  private mutating func giveStray(upTo end: Int) {
    guard end > head else { return }
    skipped.count += end - head
    if skipped.isText { skipped.isText = buffer[head..<end].allSatisfy(Self.isPrinted) }
    stray.append(buffer[head..<end], to: &events, &statistics)
    head = end
  }

  private static func isPrinted(_ byte: UInt8) -> Bool {
    0x20...0x7E ~= byte || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }
}

// MARK: - Images

extension RawDecoder {
  /// Gives out the image at `head`, which has so many bytes: all of a frame's, or fewer.
  private mutating func giveImage(bytes count: Int) {
    let end = head + count
    let frame = buffer[head..<end]
    if let advice = adviser.advice(for: frame, of: layout) { events.append(.advice(advice)) }
    let (payload, present) = layout.pixels(of: frame)
    let isWhole = present == layout.imageBytes
    let image = CapturedImage(
      number: nextNumber, width: layout.width, height: layout.height, format: layout.format,
      payload: payload, missing: isWhole ? [] : [present..<layout.imageBytes])
    nextNumber &+= 1
    isResyncing = false
    head = end
    statistics.payloadBytes += present
    statistics.overheadBytes += count - present
    shortLength = isWhole ? nil : count
    if isWhole {
      statistics.imagesIntact += 1
      events.append(.image(image))
    } else {
      statistics.imagesDamaged += 1
      let rows = image.missingRows.reduce(0) { $0 + $1.count }
      events.append(.damagedImage(image, [.missingRows(rows)]))
    }
    skipped = Skipped(isFirst: false)
  }

  /// Ends the image at `head`; bytes up to the next sync are strays.
  private mutating func endImage(bytes count: Int) {
    giveImage(bytes: count)
    isInImage = false
  }

  /// Ends a part that isn't worth a row, or of which it is doubtful that it is one.
  private mutating func loseImage(bytes count: Int) {
    statistics.droppedBytes[.incompleteImage, default: 0] += count
    events.append(.bytesDropped(.incompleteImage, count: count))
    lose()
    head += count
    isInImage = false
    skipped = Skipped(isFirst: false)
  }

  /// Ends an image that is known to be short.
  private mutating func endShort(bytes count: Int) {
    if isTrusted, layout.presentBytes(ofFrame: count) >= layout.rowBytes {
      endImage(bytes: count)
    } else {
      loseImage(bytes: count)
    }
  }

  /// Looks for the next sync. Returns whether there is more to do.
  private mutating func seekSync() -> Bool {
    guard let at = layout.syncOffset(in: buffer, from: head) else {
      // The start of a sync may be at the very end.
      giveStray(upTo: max(head, buffer.count - layout.sync.count + 1))
      return false
    }
    giveStray(upTo: at)
    if !skipped.isFirst {
      if let advice = adviser.advice(forBytesBehind: skipped.count) {
        events.append(.advice(advice))
      }
      // A whole image went by, of which the sync was lost.
      if skipped.count >= max(1, layout.frameBytes / 2) { lose() }
    }
    stray.flush(to: &events, &statistics)
    isTrusted = skipped.leadsToSync(frameBytes: layout.frameBytes)
    takeSync()
    return true
  }

  private mutating func takeSync() {
    statistics.overheadBytes += layout.sync.count
    head += layout.sync.count
    later.restart(at: head)
    isInImage = true
  }

  /// Gives out an image once it is known where it ends. Returns whether there is more to do.
  private mutating func checkImage() -> Bool {
    let end = head + layout.frameBytes
    // All syncs that start in the image or right behind it.
    guard buffer.count >= end + layout.sync.count else { return false }
    later.look(in: buffer, upTo: end)
    if layout.isSync(in: buffer, at: end) {
      giveImage(bytes: layout.frameBytes)
      if let advice = adviser.advice(forBytesBehind: 0) { events.append(.advice(advice)) }
      isTrusted = true
      takeSync()
      return true
    }
    guard let last = later.last else {
      endImage(bytes: layout.frameBytes)
      return true
    }
    // More than one: a whole image behind one tells that it is right.
    guard
      later.isOne
        || buffer.count >= last + layout.sync.count + layout.frameBytes
          + layout.sync.count
    else { return false }
    endShort(bytes: nextSync(last) - head)
    return true
  }

  /// The sync in an image that the next image starts with.
  private func nextSync(_ last: Int) -> Int {
    guard !later.isOne else { return last }
    let apart = layout.sync.count + layout.frameBytes
    return later.first.first { layout.isSync(in: buffer, at: $0 + apart) } ?? last
  }

  /// Ends the image at `head`, of which there are as many bytes as a whole one has: where the next
  /// one begins among them, before that.
  private mutating func endPresentImage() {
    later.look(
      in: buffer, upTo: min(head + layout.frameBytes, buffer.count - layout.sync.count + 1))
    if let last = later.last, buffer.count - head > layout.frameBytes {
      endShort(bytes: nextSync(last) - head)
    } else {
      endImage(bytes: layout.frameBytes)
    }
  }

  /// Ends the image at `head` by what is there, at the end of the stream. Returns whether another
  /// one may follow.
  private mutating func endLastImage() -> Bool {
    later.look(
      in: buffer, upTo: min(head + layout.frameBytes, buffer.count - layout.sync.count + 1))
    let count = buffer.count - head
    if count >= layout.frameBytes {
      endPresentImage()
    } else if let last = later.last {
      endShort(bytes: nextSync(last) - head)
    } else if isTrusted, layout.presentBytes(ofFrame: count) >= layout.rowBytes {
      endImage(bytes: count)
    } else {
      return false
    }
    while !isInImage, seekSync() {}
    return isInImage
  }
}

// MARK: - Layout

extension RawLayout {
  /// Bytes of pixels in a frame of `count` bytes.
  func presentBytes(ofFrame count: Int) -> Int {
    guard count < frameBytes else { return imageBytes }
    // Bytes behind a frame are behind a short one, too.
    let (rows, rest) = max(0, count - gaps.beforeFrame - gaps.behindFrame)
      .quotientAndRemainder(dividingBy: rowPeriod)
    return min(imageBytes, rows * rowBytes + min(max(0, rest - gaps.beforeRow), rowBytes))
  }

  /// The pixels of a frame, filled up where it is short, and how many bytes of them are its own.
  func pixels(of frame: ArraySlice<UInt8>) -> (payload: [UInt8], present: Int) {
    let present = presentBytes(ofFrame: frame.count)
    var payload: [UInt8] = []
    payload.reserveCapacity(imageBytes)
    if gaps == RawGaps() {
      payload += frame.prefix(present)
    } else {
      var at = frame.startIndex + gaps.beforeFrame + gaps.beforeRow
      while payload.count < present {
        payload += frame[at..<at + min(rowBytes, present - payload.count)]
        at += rowPeriod
      }
    }
    if present < imageBytes {
      payload += [UInt8](repeating: 0, count: imageBytes - present)
      ImagePayload.fill(&payload, present..<imageBytes, format: format)
    }
    return (payload, present)
  }

  /// Whether a whole sync is there.
  func isSync(in buffer: [UInt8], at offset: Int) -> Bool {
    offset + sync.count <= buffer.count
      && buffer[offset..<offset + sync.count].elementsEqual(sync)
  }

  /// The start of the first sync at `start` or behind it.
  func syncOffset(in buffer: [UInt8], from start: Int) -> Int? {
    let last = buffer.count - sync.count
    guard start <= last else { return nil }
    return buffer.withUnsafeBytes { bytes in
      var at = start
      while let found = bytes.firstOffset(of: sync[0], from: at), found <= last {
        if bytes[found..<(found + sync.count)].elementsEqual(sync) { return found }
        at = found + 1
      }
      return nil
    }
  }
}

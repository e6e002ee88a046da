import Packets

/// Bare pixels: images of one known size, one after another.
///
/// With sync bytes, an image counts only when the next sync follows right behind it, or the
/// stream pauses or ends there: lost bytes would otherwise tear it and the next one. Without,
/// nothing but a pause tells where an image starts, and images are given out as their bytes come.
/// In neither case can changed pixels be found out. Choose sync bytes that pixels are unlikely to
/// repeat: four are better than two.
public struct RawDecoder: LinkDecoder {
  public private(set) var statistics = LinkStatistics()
  public let layout: RawLayout

  private var buffer: [UInt8] = []
  /// The next byte of `buffer` to be looked at.
  private var head = 0
  /// Whether a sync was found; `head` is behind it.
  private var isInImage = false
  /// Whether an image was torn and none was whole since: further failures belong to the same loss.
  private var isResyncing = false
  /// Images given out so far.
  private var nextNumber: UInt32 = 0
  private var stray = StrayBytes()
  private var events: [LinkEvent] = []

  public init(layout: RawLayout) {
    self.layout = layout
    isInImage = layout.sync.isEmpty
  }

  public mutating func decode(_ bytes: [UInt8]) -> [LinkEvent] {
    statistics.bytesReceived += bytes.count
    buffer.append(contentsOf: bytes)
    if layout.sync.isEmpty {
      while buffer.count - head >= layout.imageBytes { giveImage() }
    } else {
      while isInImage ? checkImage() : seekSync() {}
    }
    return takeEvents()
  }

  /// Ends an image at a pause. Without sync bytes, drops a partial image.
  public mutating func idle() -> [LinkEvent] {
    if layout.sync.isEmpty {
      dropPart(.outOfSync)
    } else if hasWholeImage {
      giveImage()
      isInImage = false
    }
    return takeEvents()
  }

  public mutating func finish() -> [LinkEvent] {
    if hasWholeImage {
      giveImage()
      isInImage = false
    }
    if isInImage {
      dropPart(.cutOff)
    } else {
      giveStray(upTo: buffer.count)
    }
    stray.flush(to: &events, &statistics)
    isInImage = layout.sync.isEmpty
    return takeEvents()
  }

  /// All of an image, and nothing behind it but perhaps the start of a sync.
  private var hasWholeImage: Bool { isInImage && buffer.count - head >= layout.imageBytes }

  private mutating func takeEvents() -> [LinkEvent] {
    buffer.removeFirst(head)
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
    statistics.imagesLost[.incomplete, default: 0] += 1
    events.append(.bytesDropped(cause, count: count))
    events.append(.imagesLost(count: 1, cause: .incomplete))
  }

  private mutating func giveImage() {
    let end = head + layout.imageBytes
    events.append(
      .image(
        CapturedImage(
          number: nextNumber, width: layout.width, height: layout.height, format: layout.format,
          payload: Array(buffer[head..<end]))))
    nextNumber &+= 1
    isResyncing = false
    head = end
    statistics.payloadBytes += layout.imageBytes
    statistics.imagesIntact += 1
  }

  private mutating func giveStray(upTo end: Int) {
    guard end > head else { return }
    stray.append(buffer[head..<end], to: &events, &statistics)
    head = end
  }

  /// Looks for the next sync. Returns whether there is more to do.
  private mutating func seekSync() -> Bool {
    guard let at = syncOffset(from: head) else {
      // The start of a sync may be at the very end.
      giveStray(upTo: max(head, buffer.count - layout.sync.count + 1))
      return false
    }
    giveStray(upTo: at)
    stray.flush(to: &events, &statistics)
    statistics.overheadBytes += layout.sync.count
    head = at + layout.sync.count
    isInImage = true
    return true
  }

  /// Gives out an image that a sync follows. Returns whether there is more to do.
  private mutating func checkImage() -> Bool {
    let end = head + layout.imageBytes
    let present = min(buffer.count - end, layout.sync.count)
    guard present > 0 else { return false }
    guard buffer[end..<(end + present)].elementsEqual(layout.sync.prefix(present)) else {
      // Bytes were lost or added, or the sync was a false one. Look for another behind it; its own
      // bytes stay counted as overhead.
      if !isResyncing {
        statistics.imagesLost[.incomplete, default: 0] += 1
        events.append(.imagesLost(count: 1, cause: .incomplete))
      }
      isResyncing = true
      isInImage = false
      return true
    }
    guard present == layout.sync.count else { return false }
    giveImage()
    statistics.overheadBytes += layout.sync.count
    head += layout.sync.count
    return true
  }

  private func syncOffset(from start: Int) -> Int? {
    let last = buffer.count - layout.sync.count
    guard start <= last else { return nil }
    return buffer.withUnsafeBytes { bytes in
      var at = start
      while let found = bytes.firstOffset(of: layout.sync[0], from: at), found <= last {
        if bytes[found..<(found + layout.sync.count)].elementsEqual(layout.sync) { return found }
        at = found + 1
      }
      return nil
    }
  }
}

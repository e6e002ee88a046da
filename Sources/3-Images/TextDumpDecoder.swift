import Packets

/// A link whose bytes may come as text: turned back into bytes, then decoded as ever.
///
/// If no protocol was given and the text is that of a JPEG, it is decoded as a JPEG stream.
public struct TextDumpDecoder: LinkDecoder {
  public var progress: ImageProgress? { decoder.progress }

  public var statistics: LinkStatistics {
    var total = decoder.statistics
    guard hasText || finder.pendingBytes > 0 else { return total }
    total.add(earlier)
    // If hexdump's star stands for more bytes than all of the text has, the decoded bytes count as
    // received.
    total.bytesReceived += max(0, textBytes) + finder.pendingBytes
    total.overheadBytes += max(0, textBytes)
    total.pendingBytes += finder.pendingBytes
    return total
  }

  private var decoder: any LinkDecoder
  private var finder: TextDumpFinder
  private var canChoose: Bool
  private let limits: LinkLimits
  /// Statistics of the decoder before this one, and of lines that no decoder saw.
  private var earlier = LinkStatistics()
  /// Bytes of text less the bytes that they stood for; below 0 where hexdump's star stands for
  /// many.
  private var textBytes = 0
  /// Whether anything but bytes as they came was counted.
  private var hasText = false

  /// - Parameters:
  ///   - linkProtocol: the protocol that the bytes are decoded by.
  ///   - isGiven: whether the user named the protocol.
  ///   - choice: the kind of dump to look for.
  ///   - limits: bounds on what is kept of an image.
  public init(
    _ linkProtocol: LinkProtocol, isGiven: Bool, choice: TextDumpChoice = .automatic,
    limits: LinkLimits = LinkLimits()
  ) {
    self.limits = limits
    decoder = linkProtocol.makeDecoder(limits: limits)
    canChoose = !isGiven && linkProtocol == .scribe
    let wanted: TextDumpSearch.Wanted =
      switch linkProtocol {
      case .scribe: canChoose ? .any : .packets
      case .jpegStream: .jpeg
      case .raw(let layout): .pixels(sync: layout.sync)
      }
    switch choice {
    case .automatic: finder = TextDumpFinder(TextDumpSearch(wanted: wanted))
    case .only(let kind): finder = TextDumpFinder(TextDumpSearch(kind: kind, wanted: wanted))
    case .none: finder = TextDumpFinder(nil)
    }
  }

  public mutating func decode(_ bytes: [UInt8]) -> [LinkEvent] {
    finder.isOff ? decoder.decode(bytes) : events(finder.take(bytes))
  }

  public mutating func idle() -> [LinkEvent] { events(finder.idle()) + decoder.idle() }

  public mutating func finish() -> [LinkEvent] { events(finder.finish()) + decoder.finish() }

  private mutating func events(_ steps: [TextDumpFinder.Step]) -> [LinkEvent] {
    var events: [LinkEvent] = []
    for step in steps {
      if case .pass = step {} else { hasText = true }
      switch step {
      case .pass(let bytes): events += decoder.decode(bytes)
      case .data(let bytes, let count):
        textBytes += count - bytes.count
        if !bytes.isEmpty { events += decoder.decode(bytes) }
      case .text(let bytes):
        earlier.bytesReceived += bytes.count
        earlier.consoleBytes += bytes.count
        events.append(.console(String(decoding: bytes, as: UTF8.self)))
      case .noise(let count):
        earlier.bytesReceived += count
        earlier.droppedBytes[.noise, default: 0] += count
        events.append(.bytesDropped(.noise, count: count))
      case .found(var notice):
        if canChoose, notice.isDecoded, notice.content == .jpeg {
          events += decoder.finish()
          earlier.add(decoder.statistics)
          decoder = LinkProtocol.jpegStream.makeDecoder(limits: limits)
          canChoose = false
          notice.taken = .jpegStream
        }
        events.append(.textDump(notice))
      }
    }
    return events
  }
}

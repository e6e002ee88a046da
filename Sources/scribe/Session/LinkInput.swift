import Bytes
import Images
import Sinks

/// The way in which the bytes of a link are to be decoded.
struct LinkChoice: Sendable {
  var linkProtocol: LinkProtocol
  /// Whether the user named the protocol; if not, text of a JPEG may be decoded by another one.
  var isGiven = true
  var dump = TextDumpChoice.automatic

  func makeDecoder() -> any LinkDecoder {
    TextDumpDecoder(linkProtocol, isGiven: isGiven, choice: dump)
  }
}

/// The input of a session: decodes bytes to link events and accounts for them.
struct LinkInput {
  private var decoder: any LinkDecoder
  private let tally: Tally
  /// Set when this program ends the session; nil where an image cut by that is not reported.
  private let stopping: StopFlag?
  /// Bytes behind an image without which the protocol doesn't know that it is whole.
  private let confirming: Int
  /// Nanoseconds since 1970 of the last read and the one before; 0 where that is unknown.
  private var times: (last: UInt64, before: UInt64) = (0, 0)
  /// The number of the last events that tell of bytes that had come before the last read.
  private var early = 0

  init(_ link: LinkChoice, tally: Tally, stopping: StopFlag? = nil) {
    decoder = link.makeDecoder()
    self.tally = tally
    self.stopping = stopping
    confirming = if case .raw(let layout) = link.linkProtocol { layout.sync.count } else { 0 }
  }

  var statistics: LinkStatistics { decoder.statistics }

  /// The time when the last byte that an event tells of had come.
  ///
  /// - Parameter index: the event's place among those that were decoded last.
  /// - Returns: the time of its read, unknown where reads have none.
  func arrival(of index: Int) -> ImageReport.Arrival {
    let time = index < early ? times.before : times.last
    return time > 0 ? .at(UTCTime(time)) : .unknown
  }

  /// Decodes the bytes of an event; a hang-up or the end closes unfinished images.
  mutating func decode(_ event: ByteEvent) -> [LinkEvent] {
    early = 0
    let events = events(of: event)
    let progress = decoder.progress
    tally.update {
      $0.link = statistics
      $0.follow(progress)
      for case .textDump(let notice) in events {
        $0.foundProtocol = notice.taken ?? $0.foundProtocol
      }
      switch event {
      case .connected, .bytes: $0.connection = .connected
      case .silent: $0.connection = .silent
      case .disconnected: $0.connection = .none
      case .skipped(let bytes): $0.bytesSkipped += bytes
      case .idle, .ended: break
      }
    }
    switch event {
    case .idle, .disconnected: tally.forgetRates()
    case .connected, .bytes, .skipped, .silent, .ended: break
    }
    return events
  }

  /// Decodes the bytes of a read. Images that end in its first bytes, which only confirm them, had
  /// come with the read before.
  private mutating func events(of bytes: [UInt8], at time: UInt64) -> [LinkEvent] {
    times = (time, times.last)
    guard confirming > 0, bytes.count > confirming else { return decoder.decode(bytes) }
    let first = decoder.decode(Array(bytes[..<confirming]))
    early = first.count
    return first + decoder.decode(Array(bytes[confirming...]))
  }

  private mutating func events(of event: ByteEvent) -> [LinkEvent] {
    switch event {
    case .connected, .silent: []
    case .bytes(let bytes, let time): self.events(of: bytes, at: time)
    case .idle: decoder.idle()
    case .skipped, .disconnected: decoder.finish()
    // An image cut by the program's own end is no damage to show.
    case .ended: stopping?.isSet == true ? [] : decoder.finish()
    }
  }
}

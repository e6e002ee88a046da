import Bytes
import Images
import Sinks

/// The near end of a session: bytes to link events, and the account of them.
struct LinkInput {
  private var decoder: any LinkDecoder
  private let tally: Tally
  /// Set where we end the session; nil where nobody is told of what that cuts.
  private let stopping: StopFlag?
  /// Nanoseconds since 1970 of the last bytes; 0 where that is unknown.
  private var lastTime: UInt64 = 0

  init(_ linkProtocol: LinkProtocol, tally: Tally, stopping: StopFlag? = nil) {
    decoder = linkProtocol.makeDecoder()
    self.tally = tally
    self.stopping = stopping
  }

  var statistics: LinkStatistics { decoder.statistics }

  /// When what was decoded last had come.
  var arrival: ImageReport.Arrival { lastTime > 0 ? .at(UTCTime(lastTime)) : .unknown }

  /// Decodes what came; a hang-up or the end closes what is unfinished.
  mutating func decode(_ event: ByteEvent) -> [LinkEvent] {
    if case .bytes(_, let time) = event { lastTime = time }
    let events = events(of: event)
    tally.update {
      $0.link = statistics
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

  private mutating func events(of event: ByteEvent) -> [LinkEvent] {
    switch event {
    case .connected, .silent: []
    case .bytes(let bytes, _): decoder.decode(bytes)
    case .idle: decoder.idle()
    case .skipped, .disconnected: decoder.finish()
    // The image that our own end cuts is no damage to show.
    case .ended: stopping?.isSet == true ? [] : decoder.finish()
    }
  }
}

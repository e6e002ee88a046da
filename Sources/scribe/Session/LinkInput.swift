import Bytes
import Images

/// The near end of a session: bytes to link events, and the account of them.
struct LinkInput {
  private var decoder: any LinkDecoder
  private let tally: Tally
  /// Set where we end the session; nil where nobody is told of what that cuts.
  private let stopping: StopFlag?

  init(_ linkProtocol: LinkProtocol, tally: Tally, stopping: StopFlag? = nil) {
    decoder = linkProtocol.makeDecoder()
    self.tally = tally
    self.stopping = stopping
  }

  var statistics: LinkStatistics { decoder.statistics }

  /// Decodes what came; a hang-up or the end closes what is unfinished.
  mutating func decode(_ event: ByteEvent) -> [LinkEvent] {
    let events = events(of: event)
    let progress = decoder.progress
    tally.update {
      $0.link = statistics
      $0.follow(progress)
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

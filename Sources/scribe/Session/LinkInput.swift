import Bytes
import Images

/// The input of a session: decodes bytes to link events and accounts for them.
struct LinkInput {
  private var decoder: any LinkDecoder
  private let tally: Tally
  /// Set when this program ends the session; nil where an image cut by that is not reported.
  private let stopping: StopFlag?

  init(_ linkProtocol: LinkProtocol, tally: Tally, stopping: StopFlag? = nil) {
    decoder = linkProtocol.makeDecoder()
    self.tally = tally
    self.stopping = stopping
  }

  var statistics: LinkStatistics { decoder.statistics }

  /// Decodes the bytes of an event; a hang-up or the end closes unfinished images.
  mutating func decode(_ event: ByteEvent) -> [LinkEvent] {
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
    // An image cut by the program's own end is no damage to show.
    case .ended: stopping?.isSet == true ? [] : decoder.finish()
    }
  }
}

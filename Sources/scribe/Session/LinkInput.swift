import Bytes
import Images

/// How the bytes of a link are to be understood.
struct LinkChoice: Sendable {
  var linkProtocol: LinkProtocol
  /// Whether the user named it; another may be taken for text of a JPEG otherwise.
  var isGiven = true
  var dump = TextDumpChoice.automatic

  func makeDecoder() -> any LinkDecoder {
    TextDumpDecoder(linkProtocol, isGiven: isGiven, choice: dump)
  }
}

/// The near end of a session: bytes to link events, and the account of them.
struct LinkInput {
  private var decoder: any LinkDecoder
  private let tally: Tally
  /// Set where we end the session; nil where nobody is told of what that cuts.
  private let stopping: StopFlag?

  init(_ link: LinkChoice, tally: Tally, stopping: StopFlag? = nil) {
    decoder = link.makeDecoder()
    self.tally = tally
    self.stopping = stopping
  }

  var statistics: LinkStatistics { decoder.statistics }

  /// Decodes what came; a hang-up or the end closes what is unfinished.
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
    // The image that our own end cuts is no damage to show.
    case .ended: stopping?.isSet == true ? [] : decoder.finish()
    }
  }
}

import Bytes
import Sinks

/// The end of a session: readings to the sink, messages and the changing line to the display, and
/// the account of both.
struct SessionOutput: Sendable {
  let sink: any ReadingSink
  /// Fusion of successive images; nil where each is read for itself.
  let fuser: SharedFuser?
  let display: StatusDisplay
  let tally: Tally
  /// The name of the source, told with all that is shown; nil where there is one.
  let source: String?
  /// Readings to show before the session ends by itself.
  let limit: Int?
  /// The changing line.
  let status: @Sendable () -> String

  /// Whether as many readings are shown as were wanted.
  var isComplete: Bool { limit.map { tally.current.imagesRead >= $0 } ?? false }

  func show(_ message: Message) {
    display.message(
      source.map { "\(Terminal.escaped($0)): \(message.text)" } ?? message.text,
      style: message.style)
  }

  /// - Throws: `SinkError`.
  func show(_ outcome: Outcome) throws(SinkError) {
    switch outcome {
    case .unreadable(let number, let reason):
      tally.update { $0.imagesUnreadable += 1 }
      show(Message("image \(number) cannot be read: \(reason)", .yellow))
    case .read(let report, let shape, let damage):
      guard !isComplete else { return }
      if let damage {
        if !damage.isKnown { tally.update { $0.imagesTorn += 1 } }
        show(report.message(ofDamagedRows: damage.rows))
      }
      if let shown = fuser.map({ $0.fuse(report) }) ?? report {
        try display.aside { () throws(SinkError) in try sink.write(shown) }
      }
      tally.update {
        $0.imagesRead += 1
        $0.shape = shape
      }
    }
  }

  func showStatus() { display.status(status()) }
}

extension ImageReport {
  /// Tells of rows that couldn't be decoded.
  func message(ofDamagedRows rows: Int) -> Message {
    let name =
      switch image {
      case .number(let number): "image \(number)"
      case .path(let path): Terminal.escaped(path)
      }
    return Message("\(name) is damaged: \(rows) of \(height) rows couldn't be decoded", .yellow)
  }
}

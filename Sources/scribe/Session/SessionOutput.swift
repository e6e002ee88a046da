import Bytes
import Sinks

/// The output of a session: readings to the sink, messages and the status line to the display, and
/// the tally of both.
struct SessionOutput: Sendable {
  let sink: any ReadingSink
  /// Fusion of successive images; nil where each is read on its own.
  let fuser: SharedFuser?
  let display: StatusDisplay
  let tally: Tally
  /// The name of the source, shown with all its output; nil where there is only one source.
  let source: String?
  /// Readings to show before the session ends by itself.
  let limit: Int?
  /// The text of the status line.
  let status: @Sendable () -> String

  /// Whether as many readings have been shown as were asked for.
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
    case .read(let report, let shape):
      guard !isComplete else { return }
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

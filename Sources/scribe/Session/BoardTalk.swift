import Bytes
import Control
import Images
import Sinks

/// Says to the board what `BoardControl` has to say. For one thread.
final class BoardTalk {
  private var control: BoardControl
  private let source: ByteSource
  private let display: StatusDisplay
  private let tally: Tally
  /// Keeps what is said, too.
  private let recorder: Recorder?
  /// A line that took nothing is left alone until then.
  private var silentUntil: UInt64 = 0

  /// Milliseconds that the line may take nothing: what comes in must not wait for what goes out.
  private static let patience = 20

  init(
    _ control: BoardControl, source: ByteSource, display: StatusDisplay, tally: Tally,
    recorder: Recorder?
  ) {
    self.recorder = recorder
    self.control = control
    self.source = source
    self.display = display
    self.tally = tally
  }

  /// - Parameters:
  ///   - event: what happened at the board's end.
  ///   - decoded: what that told.
  ///   - statistics: of the decoder, with it.
  func answer(_ event: ByteEvent, _ decoded: [LinkEvent], _ statistics: LinkStatistics) {
    let now = WallClock.nanoseconds()
    var bytes: [UInt8]
    switch event {
    case .connected: bytes = control.connected(at: now)
    case .idle, .silent: bytes = control.idle(at: now)
    case .skipped, .disconnected, .ended: return
    case .bytes(let received, _):
      let notices: [BoardControl.Notice]
      (bytes, notices) = control.received(
        received.count, telling: decoded, statistics, at: now)
      for notice in notices { show(notice) }
      tally.update {
        $0.roundTrip = control.roundTrip
        $0.packetSize = control.packetSize
      }
    }
    guard !bytes.isEmpty, now >= silentUntil else { return }
    do throws(PortError) {
      try source.write(bytes, milliseconds: Self.patience)
    } catch {
      // All of it is said again, or outdated soon.
      silentUntil = now + 2_000_000_000
      return
    }
    recorder?.record(sent: bytes)
  }

  private func show(_ notice: BoardControl.Notice) {
    switch notice {
    case .done(let command): display.message("the board agrees: \(command)")
    case .refused(let command, let status):
      display.message("the board refuses: \(command): \(status)", style: .yellow)
    case .unanswered(let command):
      display.message("the board does not answer: \(command)", style: .yellow)
    case .unheeded(let command):
      display.message(
        "the board takes no commands, so it goes on as it would: \(command)", style: .yellow)
    }
  }
}

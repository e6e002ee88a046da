import Bytes
import Control
import Images
import Sinks

/// Sends the messages of `BoardControl` to the board. For one thread.
final class BoardTalk {
  private var control: BoardControl
  private let source: ByteSource
  private let display: StatusDisplay
  private let tally: Tally
  /// Records the bytes that are sent, too.
  private let recorder: Recorder?
  /// Time until which nothing is sent, after the port took nothing.
  private var silentUntil: UInt64 = 0

  /// Milliseconds that the port may take nothing: received bytes must not wait for sent ones.
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
  ///   - event: the event of the connection.
  ///   - decoded: the events decoded from it.
  ///   - statistics: those of the decoder, after it.
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
      // All of it is repeated later, or soon outdated.
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

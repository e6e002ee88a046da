import Bytes
import Control
import Images
import Sinks

/// Sends the messages of `BoardControl` and `BoardAsking` to the board. For one thread.
final class BoardTalk {
  /// Nil where the protocol has no way back.
  private var control: BoardControl?
  /// Nil where the board needn't be asked.
  private let asker: Asker?
  private let voice: BoardVoice
  private let display: StatusDisplay
  private let tally: Tally
  /// What is wished while the session runs; nil where nobody does.
  private let wishes: BoardWishes?
  /// Time until which nothing is sent, after the port took nothing.
  private var silentUntil: UInt64 = 0

  init(
    _ control: BoardControl?, _ asking: BoardAsking?, voice: BoardVoice, display: StatusDisplay,
    tally: Tally, wishes: BoardWishes? = nil
  ) {
    self.control = control
    self.voice = voice
    self.display = display
    self.tally = tally
    self.wishes = wishes
    asker = asking.map { Asker($0, voice: voice) }
    wishes?.setAsker(asker)
  }

  /// Asks the board also while nothing comes, until the task is cancelled.
  func startAsking() -> Task<Void, Never>? {
    asker.map { asker in Task.detached { await asker.run() } }
  }

  /// - Parameters:
  ///   - event: the event of the connection.
  ///   - decoded: the events decoded from it.
  ///   - statistics: those of the decoder, after it.
  func answer(_ event: ByteEvent, _ decoded: [LinkEvent], _ statistics: LinkStatistics) {
    asker?.hear(event, decoded)
    guard var control else { return }
    defer { self.control = control }
    for command in wishes?.take() ?? [] { control.wish(command) }
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
    // All of it is repeated later, or soon outdated.
    if !voice.say(bytes) { silentUntil = now + 2_000_000_000 }
  }

  private func show(_ notice: BoardControl.Notice) {
    display.message(notice.words, style: notice.isDone ? nil : .yellow)
    wishes?.tell(notice.words)
  }
}

extension BoardControl.Notice {
  fileprivate var words: String {
    switch self {
    case .done(let command): "the board agrees: \(command)"
    case .refused(let command, let status): "the board refuses: \(command): \(status)"
    case .unanswered(let command): "the board does not answer: \(command)"
    case .unheeded(let command):
      "the board takes no commands, so it goes on as it would: \(command)"
    }
  }

  fileprivate var isDone: Bool { if case .done = self { true } else { false } }
}

import Bytes
import Control
import Images
import Synchronization

/// Sends the requests of `BoardAsking`, also while nothing comes.
final class Asker: Sendable {
  private let asking: Mutex<BoardAsking>
  private let voice: BoardVoice

  /// A quarter of the shortest time that people notice.
  private static let tick = Duration.milliseconds(25)

  init(_ asking: BoardAsking, voice: BoardVoice) {
    self.asking = Mutex(asking)
    self.voice = voice
  }

  /// Takes an event of the connection, with the link events decoded from it.
  func hear(_ event: ByteEvent, _ decoded: [LinkEvent]) {
    let now = WallClock.nanoseconds()
    let images = decoded.count { event in
      switch event {
      case .image, .damagedImage, .imagesLost, .text: true
      default: false
      }
    }
    asking.withLock { asking in
      switch event {
      case .connected: say(asking.connected(at: now))
      case .bytes(let bytes, _): say(asking.received(bytes, images: images, at: now))
      case .disconnected, .ended: asking.disconnected()
      case .idle, .silent, .skipped:
        if images > 0 { say(asking.received([], images: images, at: now)) }
      }
    }
  }

  /// Asks once more, whenever the user wants it.
  func askNow() {
    asking.withLock { say($0.askNow(at: WallClock.nanoseconds())) }
  }

  /// Lets time pass, until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      asking.withLock { say($0.tick(at: WallClock.nanoseconds())) }
      try? await Task.sleep(for: Self.tick)
    }
  }

  private func say(_ bytes: [UInt8]) {
    // A request that isn't taken is sent again, if the user wants that.
    if !bytes.isEmpty { _ = voice.say(bytes) }
  }
}

/// The way to a board for all who send to it, one after the other. The recorder keeps all of it.
final class BoardVoice: Sendable {
  private let source: ByteSource
  /// Takes the bytes that were sent, to record them, too.
  private let sent: (@Sendable ([UInt8]) -> Void)?
  private let turn = Mutex(())

  /// Milliseconds to wait for a line that takes nothing: bytes that come in must not wait for those
  /// that go out.
  private static let patience = 20

  init(_ source: ByteSource, sent: (@Sendable ([UInt8]) -> Void)?) {
    self.source = source
    self.sent = sent
  }

  /// Whether the line took the bytes.
  func say(_ bytes: [UInt8]) -> Bool {
    turn.withLock { _ in
      do throws(PortError) {
        try source.write(bytes, milliseconds: Self.patience)
      } catch {
        return false
      }
      sent?(bytes)
      return true
    }
  }
}

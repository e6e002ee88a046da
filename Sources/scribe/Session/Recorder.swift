import Bytes
import Dispatch
import Glibc
import Recording
import Synchronization

/// Records the events of a connection.
///
/// Hang-ups, silences and the program's own end are noted, too: they decide the fate of an
/// unfinished image, so a replay must repeat them to get the same images.
///
/// Writing has a queue of its own, so that a slow disk does not delay reading the port, and a slow
/// reader of the texts does not delay the recording.
final class Recorder: Sendable {
  /// The texts of the notes in a recording.
  enum Note {
    static let idle = "idle"
    static let silent = "silent"
    static let connected = "connected"
    static let disconnected = "disconnected"
    static let stopped = "stopped"
  }

  /// Bytes that may wait for the disk: minutes of any serial link. Beyond them, the thread that
  /// reads the port waits, too, and the kernel holds as much as it can.
  private static let limit = 64 << 20

  let path: String
  private let queue = DispatchQueue(label: "recording")
  private let content: Mutex<Content>
  private let waiting = Atomic(0)

  private struct Content: ~Copyable {
    var writer: RecordingWriter?
    var failure: RecordingError?
    var onFailure: (@Sendable () -> Void)?
  }

  init(
    path: String, overwrites: Bool, header: RecordingHeader, decodesPackets: Bool
  ) throws(RecordingError) {
    self.path = path
    content = Mutex(
      Content(
        writer: try RecordingWriter(
          path: path, header: header, overwrites: overwrites, decodesPackets: decodesPackets)))
  }

  /// Refuses a file that is there already, before the port is waited for.
  ///
  /// - Throws: `exists`.
  static func refuse(_ path: String, overwrites: Bool) throws(RecordingError) {
    if !overwrites, path != "-", access(path, F_OK) == 0 { throw .exists(path) }
  }

  /// Calls `stop` once if writing fails; `finish` tells the reason.
  func onFailure(_ stop: @escaping @Sendable () -> Void) {
    content.withLock { $0.onFailure = stop }
  }

  /// Takes an event to be written; may be called from any thread, and waits only if too much is
  /// still to be written.
  ///
  /// - Parameters:
  ///   - event: the event of the connection.
  ///   - stopped: whether this program ends the connection.
  func record(_ event: ByteEvent, stopped: Bool) {
    let note: String
    switch event {
    case .bytes(let bytes, let time):
      let before = waiting.add(bytes.count, ordering: .relaxed).oldValue
      queue.async { [self] in
        write { writer throws(RecordingError) in
          try writer.append(bytes, direction: .received, at: time)
        }
        waiting.subtract(bytes.count, ordering: .relaxed)
      }
      if before > Self.limit { queue.sync {} }
      return
    case .idle: note = Note.idle
    case .silent(let seconds): note = "\(Note.silent): \(seconds) s"
    case .connected(let name): note = "\(Note.connected): \(name)"
    case .disconnected(let reason): note = "\(Note.disconnected): \(reason)"
    case .ended:
      guard stopped else { return }
      note = Note.stopped
    // Skipped bytes are in the recording already.
    case .skipped: return
    }
    let time = WallClock.nanoseconds()
    let breaks = if case .disconnected = event { true } else { false }
    queue.async { [self] in
      write { writer throws(RecordingError) in
        try writer.append(note: note, at: time)
        if breaks { writer.breakStream() }
      }
    }
  }

  /// Records bytes just sent to the board.
  func record(sent bytes: [UInt8]) {
    let time = WallClock.nanoseconds()
    queue.async { [self] in
      write { writer throws(RecordingError) in
        try writer.append(bytes, direction: .sent, at: time)
      }
    }
  }

  /// Waits until everything is written.
  func flush() { queue.sync {} }

  /// Writes the rest and closes the file.
  ///
  /// - Throws: `RecordingError.writeFailed`, also where it failed earlier.
  func finish() throws(RecordingError) {
    flush()
    // The two locks are taken one after the other: an error thrown inside would lose its type.
    let failure = content.withLock { $0.failure }
    let writer = content.withLock { $0.writer.take() }
    if let failure { throw failure }
    if let writer { try writer.finish() }
  }

  private func write(_ body: (inout RecordingWriter) throws(RecordingError) -> Void) {
    let fail: (@Sendable () -> Void)? = content.withLock { content in
      guard content.failure == nil, var writer = content.writer.take() else { return nil }
      do throws(RecordingError) {
        try body(&writer)
      } catch {
        content.failure = error
      }
      content.writer = consume writer
      return content.failure == nil ? nil : content.onFailure
    }
    fail?()
  }
}

import Bytes
import Dispatch
import Glibc
import Recording
import Synchronization

/// Puts what happens on a line into a recording.
///
/// Hang-ups, silences and our own end are noted too: they decide what becomes of an unfinished
/// image, so a replay must tell of them again to come to the same images.
///
/// It has a queue of its own, so that neither a slow disk holds up who reads the line, nor a slow
/// reader of the texts the recording.
final class Recorder: Sendable {
  /// What the notes in a recording say.
  enum Note {
    static let idle = "idle"
    static let silent = "silent"
    static let connected = "connected"
    static let disconnected = "disconnected"
    static let stopped = "stopped"
  }

  /// Bytes that may wait for the disk; minutes of any serial line. Beyond them who reads the line
  /// waits too, and the kernel holds what it can.
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

  /// Refuses a file that is there already, before a wait for what is to be recorded.
  ///
  /// - Throws: `exists`.
  static func refuse(_ path: String, overwrites: Bool) throws(RecordingError) {
    if !overwrites, path != "-", access(path, F_OK) == 0 { throw .exists(path) }
  }

  /// Has something done, once, when writing fails; `finish` tells why it did.
  func onFailure(_ stop: @escaping @Sendable () -> Void) {
    content.withLock { $0.onFailure = stop }
  }

  /// Takes an event to be written; may be called from any thread, and waits only if very much is
  /// still to be written.
  ///
  /// - Parameters:
  ///   - event: what happened at the board's end.
  ///   - stopped: whether it is us who end the line.
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
    // They are in the recording.
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

  /// What was sent to the board just now.
  func record(sent bytes: [UInt8]) {
    let time = WallClock.nanoseconds()
    queue.async { [self] in
      write { writer throws(RecordingError) in
        try writer.append(bytes, direction: .sent, at: time)
      }
    }
  }

  /// Waits until all is written.
  func flush() { queue.sync {} }

  /// Writes what is left and closes the file.
  ///
  /// - Throws: `RecordingError.writeFailed`, also where it failed earlier.
  func finish() throws(RecordingError) {
    flush()
    // One lock after the other: what throws inside could not tell its type.
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

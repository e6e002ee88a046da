import Bytes
import Recording

/// Puts what happens on a line into a recording.
///
/// Hang-ups, silences and our own end are noted too: they decide what becomes of an unfinished
/// image, so a replay must tell of them again to come to the same images.
final class Recorder {
  /// What the notes in a recording say.
  enum Note {
    static let idle = "idle"
    static let connected = "connected"
    static let disconnected = "disconnected"
    static let stopped = "stopped"
  }

  let path: String
  private var writer: RecordingWriter?

  init(path: String, overwrites: Bool, header: RecordingHeader) throws(RecordingError) {
    self.path = path
    writer = try RecordingWriter(path: path, header: header, overwrites: overwrites)
  }

  /// The recording's length so far, in bytes.
  var count: UInt64 { writer?.count ?? 0 }

  /// - Parameters:
  ///   - event: what happened at the board's end.
  ///   - stopped: whether it is us who end the line.
  /// - Throws: `RecordingError.writeFailed`.
  func record(_ event: ByteEvent, stopped: Bool) throws(RecordingError) {
    switch event {
    case .bytes(let bytes, let time):
      try writer?.append(bytes, direction: .received, at: time)
    case .idle: try note(Note.idle)
    case .connected(let name): try note("\(Note.connected): \(name)")
    case .disconnected(let reason): try note("\(Note.disconnected): \(reason)")
    case .ended: if stopped { try note(Note.stopped) }
    }
  }

  /// What was sent to the board.
  func record(sent bytes: [UInt8]) throws(RecordingError) {
    try writer?.append(bytes, direction: .sent, at: WallClock.nanoseconds())
  }

  func finish() throws(RecordingError) {
    if let writer = writer.take() { try writer.finish() }
  }

  private func note(_ text: String) throws(RecordingError) {
    try writer?.append(note: text, at: WallClock.nanoseconds())
  }
}

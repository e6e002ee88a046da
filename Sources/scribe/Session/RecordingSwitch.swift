import Bytes
import Recording
import Synchronization

/// A recording that can begin and end while the port is read.
final class RecordingSwitch: Sendable {
  private let recorder: Mutex<Recorder?>

  /// - Parameter recorder: the recording of the session's start; nil where there is none.
  init(_ recorder: Recorder?) { self.recorder = Mutex(recorder) }

  var current: Recorder? { recorder.withLock { $0 } }

  var isOn: Bool { recorder.withLock { $0 != nil } }

  func record(_ event: ByteEvent, stopped: Bool) {
    recorder.withLock { $0 }?.record(event, stopped: stopped)
  }

  func record(sent bytes: [UInt8]) { recorder.withLock { $0 }?.record(sent: bytes) }

  /// Begins a recording.
  ///
  /// - Throws: `RecordingError`; there is none then, as where one runs already.
  func begin(_ make: () throws(RecordingError) -> Recorder) throws(RecordingError) {
    guard !isOn else { return }
    let made = try make()
    let isFirst = recorder.withLock { recorder in
      guard recorder == nil else { return false }
      recorder = made
      return true
    }
    if !isFirst { try made.finish() }
  }

  /// Ends the recording.
  ///
  /// - Returns: its path; nil where there was none.
  func end() throws(RecordingError) -> String? {
    let recorder = recorder.withLock { recorder in
      defer { recorder = nil }
      return recorder
    }
    try recorder?.finish()
    return recorder?.path
  }

  func flush() { recorder.withLock { $0 }?.flush() }
}

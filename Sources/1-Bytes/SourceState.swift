import Glibc
import Synchronization

/// State that the reading thread shares with the source's owner and its consumer.
final class SourceState: Sendable {
  /// Bytes that may wait for the consumer before the thread stops reading.
  static let limit = 4 << 20

  private struct Content {
    var device: Device?
    var isClosed = false
    var waiting = 0
    var isPaused = false
    /// Bytes that the consumer missed since it was last told.
    var skipped = 0
  }

  private let content = Mutex(Content())
  /// A pipe: a byte in it wakes the thread out of its poll.
  private let wakeRead: CInt
  private let wakeWrite: CInt

  init(path: String) throws(PortError) {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw .system(path, operation: "making a pipe for", code: errno)
    }
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    wakeRead = ends[0]
    wakeWrite = ends[1]
  }

  deinit {
    Glibc.close(wakeRead)
    Glibc.close(wakeWrite)
  }

  var device: Device? { content.withLock { $0.device } }
  var isClosed: Bool { content.withLock { $0.isClosed } }
  var wakeDescriptor: CInt { wakeRead }

  func setDevice(_ device: Device?) { content.withLock { $0.device = device } }

  func close() {
    content.withLock { $0.isClosed = true }
    wake()
  }

  /// Counts bytes on their way to the consumer; with too many, the consumer counts as far behind.
  func sent(_ count: Int) {
    content.withLock {
      $0.waiting += count
      $0.isPaused = $0.waiting > Self.limit
    }
  }

  /// Whether bytes may go to the consumer; if the consumer is far behind, counts them as skipped.
  func admits(_ count: Int) -> Bool {
    content.withLock {
      if $0.isPaused { $0.skipped += count }
      return !$0.isPaused
    }
  }

  /// Bytes skipped since the last call.
  func takeSkipped() -> Int {
    content.withLock { content in
      defer { content.skipped = 0 }
      return content.skipped
    }
  }

  var isPaused: Bool { content.withLock { $0.isPaused } }

  func consumed(_ count: Int) {
    let resumes = content.withLock {
      $0.waiting -= count
      guard $0.isPaused, $0.waiting <= Self.limit / 2 else { return false }
      $0.isPaused = false
      return true
    }
    if resumes { wake() }
  }

  /// Empties the pipe after it woke the thread.
  func drainWake() {
    var buffer = [UInt8](repeating: 0, count: 64)
    while read(wakeRead, &buffer, buffer.count) > 0 {}
  }

  private func wake() {
    var byte: UInt8 = 1
    // A full pipe wakes the thread as well.
    _ = write(wakeWrite, &byte, 1)
  }
}

import Glibc
import Synchronization

/// Reasons why output can't be written.
public enum SinkError: Error, Equatable, CustomStringConvertible {
  /// The reader of the output has gone, as `head` does: no reason for a complaint.
  case closed
  case failed(code: Int32)

  public var description: String {
    switch self {
    case .closed: "the output was closed"
    case .failed(let code):
      "writing the output failed: \(strerror(code).map { String(cString: $0) } ?? "error \(code)")"
    }
  }
}

/// Writes lines to a file descriptor, each of them whole and at once.
///
/// A program that uses it must ignore SIGPIPE to see `SinkError.closed`.
public struct TextOutput: Sendable {
  public let descriptor: Int32

  public init(descriptor: Int32) { self.descriptor = descriptor }

  /// The output for readings.
  public static let standard = TextOutput(descriptor: STDOUT_FILENO)
  /// The output for everything else.
  public static let errors = TextOutput(descriptor: STDERR_FILENO)

  /// Writes `text`, all of it.
  ///
  /// - Parameter text: the text, with its newlines.
  /// - Throws: `SinkError` where the descriptor takes no more.
  public func write(_ text: String) throws(SinkError) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest.removeFirst(count)
      } else if errno == EAGAIN {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&entry, 1, 100)
      } else if errno == EPIPE {
        throw .closed
      } else if errno != EINTR {
        throw .failed(code: errno)
      }
    }
  }
}

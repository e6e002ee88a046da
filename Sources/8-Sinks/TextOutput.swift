import Glibc
import Synchronization

/// Why output could not be written.
public enum SinkError: Error, Equatable, CustomStringConvertible {
  /// Whoever read the output has gone, as `head` does: no reason for a complaint.
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

/// Lines to a file descriptor, each written whole and at once.
///
/// A program that uses it must ignore SIGPIPE to see `SinkError.closed`.
public struct TextOutput: Sendable {
  public let descriptor: Int32

  public init(descriptor: Int32) { self.descriptor = descriptor }

  /// Where readings go.
  public static let standard = TextOutput(descriptor: STDOUT_FILENO)
  /// Where everything else goes.
  public static let errors = TextOutput(descriptor: STDERR_FILENO)

  /// Writes `text`, all of it.
  ///
  /// - Parameter text: what to write, with its newlines.
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

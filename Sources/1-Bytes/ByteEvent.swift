/// Events of a connection to a board.
public enum ByteEvent: Sendable, Equatable {
  /// The port is open and can be read; `name` says which it is.
  case connected(name: String)
  /// The bytes of one read, never empty. `at` counts nanoseconds since 1970 and never goes back.
  case bytes([UInt8], at: UInt64)
  /// Nothing has come for a while. Sent once per silence.
  case idle
  /// The port is open, but nothing has come for so long; see
  /// `PortConfiguration.watchdogMilliseconds`. Sent once per silence.
  case silent(seconds: Int)
  /// Bytes that the consumer missed because it was far behind; an observer got them.
  case skipped(bytes: Int)
  /// The other end hung up. A source that reconnects goes on with `connected`, others with `ended`.
  case disconnected(DisconnectReason)
  /// Nothing more will come: end of the file, or the source was closed. Always the last event.
  case ended
}

/// Why a connection ended.
public enum DisconnectReason: Sendable, Equatable, CustomStringConvertible {
  /// The cable was pulled, the radio link was lost, or the other side of a pseudo-terminal closed.
  case hangUp
  /// The last writer of a FIFO closed it.
  case writerClosed
  /// Nothing came for so long that the port is opened anew: a module or USB adapter may be stuck.
  case silence(seconds: Int)
  /// Reading failed with this errno.
  case readFailed(code: CInt)

  public var description: String {
    switch self {
    case .hangUp: "the device hung up"
    case .writerClosed: "the writer closed the pipe"
    case .silence(let seconds): "nothing came for \(seconds) s, so the port is opened anew"
    case .readFailed(let code): "reading failed: \(systemMessage(code))"
    }
  }
}

import Glibc

/// Reads a recording from a file, piece by piece.
public struct RecordingReader: ~Copyable {
  public let path: String
  private let descriptor: CInt
  private var decoder = PcapngDecoder()
  private var pending: [RecordingEvent] = []
  private var next = 0
  private var isAtEnd = false
  private var count = 0
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)

  /// How far to look for the first block before the file counts as something else.
  private static let patience = 1 << 20

  /// Opens the file.
  ///
  /// - Parameter path: a recording, or `-` for standard input.
  /// - Throws: `cannotOpen`.
  public init(path: String) throws(RecordingError) {
    self.path = path
    guard path != "-" else {
      descriptor = STDIN_FILENO
      return
    }
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotOpen(path, reason: message(errno)) }
  }

  deinit {
    if path != "-" { close(descriptor) }
  }

  /// The next event, or nil at the end.
  ///
  /// - Returns: events in file order; damage is one of them.
  /// - Throws: `notARecording` where no block is found at all, `readFailed`.
  public mutating func nextEvent() throws(RecordingError) -> RecordingEvent? {
    while true {
      if next < pending.count {
        defer { next += 1 }
        return pending[next]
      }
      if isAtEnd { return nil }
      let result = read(descriptor, &buffer, buffer.count)
      if result < 0 {
        if errno == EINTR { continue }
        throw .readFailed(path, reason: message(errno))
      }
      isAtEnd = result == 0
      count += result
      pending = isAtEnd ? decoder.finish() : decoder.push(buffer[..<result])
      next = 0
      if !decoder.hasFoundBlocks, isAtEnd || count > Self.patience { throw .notARecording(path) }
    }
  }
}

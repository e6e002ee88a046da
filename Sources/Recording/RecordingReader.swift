import Glibc

/// Reads a recording, or a dump of bare bytes, from a file, piece by piece.
public struct RecordingReader: ~Copyable {
  public let path: String
  /// Whether the file turned out to be no recording and is read as received bytes; known from the
  /// first event on.
  public private(set) var isDump = false
  /// Bytes of the file that were read.
  public private(set) var count: UInt64 = 0
  private let descriptor: CInt
  private var decoder = PcapngDecoder()
  private var pending: [RecordingEvent] = []
  private var next = 0
  private var isAtEnd = false
  /// The times of a dump; nil where a file that is no recording is an error.
  private var clock: DumpClock?
  /// All bytes read before the first block was found, in case there is none.
  private var head: [UInt8] = []
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)

  /// Bytes to search for the first block before the file counts as something else.
  private static let patience = 1 << 20

  /// Opens the file.
  ///
  /// - Parameters:
  ///   - path: a recording, or `-` for standard input.
  ///   - dumpBaud: the baud rate of a file without any block of a recording: it is taken as
  ///     received bytes, whose times follow from this rate and the file's last change. Nil makes it
  ///     an error.
  /// - Throws: `cannotOpen`.
  public init(path: String, dumpBaud: Int? = nil) throws(RecordingError) {
    self.path = path
    if path == "-" {
      descriptor = STDIN_FILENO
    } else {
      descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .cannotOpen(path, reason: message(errno)) }
    }
    clock = dumpBaud.map { DumpClock(baud: $0, descriptor: descriptor) }
  }

  /// The size of the file that `count` is a part of, where it is known.
  public var size: UInt64? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return UInt64(max(status.st_size, 0))
  }

  /// Whether `path` names the very file that is read.
  public func isSame(as path: String) -> Bool {
    var other = stat()
    var own = stat()
    guard stat(path, &other) == 0, fstat(descriptor, &own) == 0 else { return false }
    return own.st_mode & S_IFMT == S_IFREG && own.st_dev == other.st_dev
      && own.st_ino == other.st_ino
  }

  deinit {
    if path != "-" { close(descriptor) }
  }

  /// The next event, or nil at the end.
  ///
  /// - Returns: events in file order; damage is one of them.
  /// - Throws: `notARecording` where no block is found at all and dumps aren't taken, `readFailed`.
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
      count += UInt64(result)
      next = 0
      if isDump {
        pending = clock?.events(buffer[..<result]) ?? []
        continue
      }
      if !decoder.hasFoundBlocks { head += buffer[..<result] }
      pending = isAtEnd ? decoder.finish() : decoder.push(buffer[..<result])
      if decoder.hasFoundBlocks {
        head = []
      } else if isAtEnd || count > Self.patience {
        guard let events = clock?.events(head[...]), !head.isEmpty else {
          throw .notARecording(path)
        }
        isDump = true
        pending = events
        head = []
      }
    }
  }
}

/// The times at which the bytes of a dump would have come.
private struct DumpClock {
  private let baud: UInt64
  /// Nanoseconds since 1970 of the first bit.
  private let start: UInt64
  private var bytes: UInt64 = 0

  /// Lets a regular file end at its last change; others start now.
  init(baud: Int, descriptor: CInt) {
    self.baud = UInt64(max(baud, 1))
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var status = stat()
    var length: UInt64 = 0
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
      now = status.st_mtim
      length = UInt64(max(status.st_size, 0))
    }
    let end = UInt64(max(now.tv_sec, 0)) &* 1_000_000_000 &+ UInt64(max(now.tv_nsec, 0))
    start = end &- min(end, Self.nanoseconds(length, baud: self.baud))
  }

  /// Time of so many bytes, at ten bits each.
  private static func nanoseconds(_ bytes: UInt64, baud: UInt64) -> UInt64 {
    let (seconds, rest) = (bytes &* 10).quotientAndRemainder(dividingBy: baud)
    // The remainder is below the baud rate, which has 32 bits at most.
    return seconds &* 1_000_000_000 &+ rest &* 1_000_000_000 / baud
  }

  /// Splits bytes into pieces of 20 ms, each with the time of its last byte.
  mutating func events(_ content: ArraySlice<UInt8>) -> [RecordingEvent] {
    let most = Int(max(64, min(baud / 500, 1 << 16)))
    var events: [RecordingEvent] = []
    var rest = content
    while !rest.isEmpty {
      let piece = rest.prefix(most)
      rest = rest.dropFirst(most)
      bytes += UInt64(piece.count)
      let time = start &+ Self.nanoseconds(bytes, baud: baud)
      events.append(.bytes(Array(piece), direction: .received, at: time))
    }
    return events
  }
}

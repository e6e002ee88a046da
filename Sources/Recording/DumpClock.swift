import Glibc

/// The times at which the bytes of a dump would have come.
struct DumpClock {
  private let baud: UInt64
  /// The time of the first bit, in nanoseconds since 1970.
  private let start: UInt64
  private var bytes: UInt64 = 0

  /// Lets a regular file end at its last change, or start at it if it is compressed; others start
  /// now.
  init(baud: Int, descriptor: CInt, isPacked: Bool) {
    self.baud = UInt64(max(baud, 1))
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var status = stat()
    var length: UInt64 = 0
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
      now = status.st_mtim
      length = isPacked ? 0 : UInt64(max(status.st_size, 0))
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

/// A Bluetooth module behind the board's UART: it carries a fixed number of bytes a second,
/// whatever the baud rate, and silently drops bytes that it has no room for. Does no input or
/// output.
struct BluetoothModule {
  /// Bytes that had no room.
  private(set) var dropped = 0

  private let buffer: Int
  private var pace: LinePace
  private var queue: [UInt8] = []

  /// - Parameters:
  ///   - bytesPerSecond: the rate of the radio.
  ///   - buffer: bytes that may wait for the radio.
  ///   - now: nanoseconds of the clock of `release`.
  init(bytesPerSecond: Int, buffer: Int, at now: UInt64) {
    self.buffer = buffer
    // About one packet of the radio at a time.
    pace = LinePace(baud: 10 * bytesPerSecond, startingAt: now, slack: 10_000_000)
  }

  var waiting: Int { queue.count }

  mutating func accept(_ bytes: [UInt8]) {
    let taken = bytes.prefix(max(0, buffer - queue.count))
    queue += taken
    dropped += bytes.count - taken.count
  }

  /// The bytes that have come out by `now`.
  mutating func release(at now: UInt64) -> [UInt8] {
    let count = min(queue.count, pace.allowance(at: now))
    guard count > 0 else { return [] }
    pace.spend(count)
    defer { queue.removeFirst(count) }
    return Array(queue[..<count])
  }
}

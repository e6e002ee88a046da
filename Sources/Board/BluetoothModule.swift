/// A Bluetooth module behind the board's UART: it carries so many bytes a second, whatever the baud,
/// and drops without a word what it has no room for. Does no input or output.
struct BluetoothModule {
  /// Bytes that had no room.
  private(set) var dropped = 0

  private let buffer: Int
  private var pace: LinePace
  private var queue: [UInt8] = []

  /// - Parameters:
  ///   - bytesPerSecond: what the radio carries.
  ///   - buffer: bytes that may wait for it.
  ///   - now: nanoseconds of the clock of `release`.
  init(bytesPerSecond: Int, buffer: Int, at now: UInt64) {
    self.buffer = buffer
    // A packet of the radio at a time, about.
    pace = LinePace(baud: 10 * bytesPerSecond, startingAt: now, slack: 10_000_000)
  }

  var waiting: Int { queue.count }

  mutating func accept(_ bytes: [UInt8]) {
    let taken = bytes.prefix(max(0, buffer - queue.count))
    queue += taken
    dropped += bytes.count - taken.count
  }

  /// What has come out by `now`.
  mutating func release(at now: UInt64) -> [UInt8] {
    let count = min(queue.count, pace.allowance(at: now))
    guard count > 0 else { return [] }
    pace.spend(count)
    defer { queue.removeFirst(count) }
    return Array(queue[..<count])
  }
}

import Bytes
import Images
import Packets
import Sinks

/// Dropped bytes, reported once a second and not for each packet, with help for users who get
/// nothing else.
struct DropReport {
  private var pending: [DropCause: Int] = [:]
  private var lastTold: UInt64 = 0
  private var hasHinted = false

  mutating func add(_ event: LinkEvent) {
    if case .bytesDropped(let cause, let count) = event { pending[cause, default: 0] += count }
  }

  /// The message that is due now, if any.
  mutating func due(_ statistics: LinkStatistics) -> Message? {
    guard !pending.isEmpty else { return nil }
    let now = WallClock.nanoseconds()
    guard now - lastTold >= 1_000_000_000 else { return nil }
    lastTold = now
    let causes = pending.sorted { $0.key.rawValue < $1.key.rawValue }
    let text = causes.map { "dropped \($0.value) bytes: \($0.key.rawValue)" }
      .joined(separator: "\n")
    pending = [:]
    let isHopeless =
      statistics.imagesIntact + statistics.imagesDamaged == 0
      && statistics.totalDroppedBytes > max(4_000, statistics.bytesReceived / 2)
    guard isHopeless, !hasHinted else { return Message(text, .yellow) }
    hasHinted = true
    return Message(
      text + "\nno image among \(statistics.bytesReceived) bytes: \(Self.hint(statistics))", .yellow
    )
  }

  /// Advice on what to check. A packet that came whole, as a greeting does, was sent at this baud
  /// rate and by this protocol.
  private static func hint(_ statistics: LinkStatistics) -> String {
    statistics.packetsReceived == 0
      ? "do --baud and --protocol match the board?"
      : "the board is heard, \(counted(statistics.packetsReceived, "packet")) came whole, but "
        + "much is lost on the way: try shorter wires, a lower baud at both ends or less to send"
  }
}

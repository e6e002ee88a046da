/// The part of a recording that is still to be decoded, and the damage in it that is still to be
/// reported.
struct BlockBuffer: Sendable {
  private(set) var bytes: [UInt8] = []
  /// The first byte of `bytes` that is still to be decoded.
  var start = 0
  /// The file's offset of `bytes[0]`.
  private var base: UInt64 = 0
  private(set) var damage: (reason: RecordingDamage, offset: UInt64, count: UInt64)?

  /// Decoded bytes that are kept before they are dropped: to move the rest costs more than they do.
  private static let mostDecoded = 1 << 16

  /// The file's offset of the next byte.
  var offset: UInt64 { base + UInt64(start) }

  mutating func append(_ more: some Sequence<UInt8>) {
    if start > Self.mostDecoded {
      bytes.removeFirst(start)
      base += UInt64(start)
      start = 0
    }
    bytes.append(contentsOf: more)
  }

  /// Steps over one byte that starts no block.
  mutating func skip(_ reason: RecordingDamage) {
    if damage == nil { damage = (reason, offset, 0) }
    damage?.count += 1
    start += 1
  }

  /// Notes that a block follows the damage, so nothing was cut off.
  mutating func goesOn() { damage?.reason = .brokenBlock }

  mutating func reportDamage(_ events: inout [RecordingEvent]) {
    if let damage {
      events.append(.damaged(damage.reason, offset: damage.offset, count: damage.count))
    }
    damage = nil
  }
}

import Glibc

/// The rate at which packets are lost, and the packet size that lets most through.
struct LossMeter {
  /// Bytes that a packet costs beside its payload: header, checksum, COBS, delimiter.
  static let overhead = 12.0

  private var packets = 0
  private var lost = 0
  private var bytes = 0

  /// Fewer packets than this tell nothing.
  static let leastPackets = 200

  /// Counts packets since the last call.
  mutating func count(packets: Int, lost: Int, bytes: Int) {
    // Older packets count less and less.
    if self.packets + self.lost > 8 * Self.leastPackets {
      self.packets /= 2
      self.lost /= 2
      self.bytes /= 2
    }
    self.packets += packets
    self.lost += lost
    self.bytes += bytes
  }

  mutating func reset() { self = LossMeter() }

  /// The share of packets that were lost; nil as long as too little has come.
  var lossShare: Double? {
    packets + lost >= Self.leastPackets ? Double(lost) / Double(packets + lost) : nil
  }

  /// The probability that a byte is hit, from the loss of packets; nil as long as too little has
  /// come.
  var lossPerByte: Double? {
    guard let share = lossShare, bytes > 0, packets > 0 else { return nil }
    let size = Double(bytes) / Double(packets)
    return -log1p(-share) / size
  }

  /// The share of the link that is payload that arrives, in packets with `body` bytes of it.
  static func goodput(body: Double, lossPerByte: Double) -> Double {
    body / (body + overhead) * exp(-lossPerByte * (body + overhead))
  }

  /// The body at which goodput is highest: the root of d(goodput)/d(body).
  static func bestBody(lossPerByte p: Double) -> Double {
    guard p > 0 else { return .infinity }
    return (-overhead + (overhead * overhead + 4 * overhead / p).squareRoot()) / 2
  }
}

import Glibc

/// A wire that loses, damages and adds bytes: bytes in, bytes out, no I/O.
///
/// The faults follow from the seed and the position in the stream alone: the same bytes give the
/// same output, however they are split over calls.
public struct FaultyChannel: Sendable {
  /// Rates of the wire's faults. Each rate is a share of the bytes sent, 0...1.
  public struct Faults: Sendable, Equatable {
    /// Bytes that vanish.
    public var loss: Double
    /// Mean length of a run of lost bytes: UARTs and Bluetooth modules lose in runs.
    public var burst: Double
    /// Bytes in which one random bit is flipped, of those that are not lost.
    public var corrupt: Double
    /// Random bytes that are inserted, one at a time.
    public var insert: Double

    public init(loss: Double = 0, burst: Double = 1, corrupt: Double = 0, insert: Double = 0) {
      self.loss = loss
      self.burst = burst
      self.corrupt = corrupt
      self.insert = insert
    }

    public static let none = Faults()
  }

  public struct Counters: Sendable, Equatable {
    public var bytesIn = 0
    public var bytesOut = 0
    public var lost = 0
    public var lossRuns = 0
    public var corrupted = 0
    public var inserted = 0

    public init() {}
  }

  public private(set) var counters = Counters()

  private var loss: Occasions
  private var corruption: Occasions
  private var insertion: Occasions
  private let meanBurst: Double
  private var lossRandom: SplitMix64
  private var valueRandom: SplitMix64
  /// Bytes still to be lost in the current run.
  private var losing = 0

  /// - Precondition: rates are in 0...1, and `burst` is at least 1.
  public init(_ faults: Faults = .none, seed: UInt64 = 0) {
    precondition(
      [faults.loss, faults.corrupt, faults.insert].allSatisfy { (0...1).contains($0) }
        && faults.burst >= 1 && faults.burst.isFinite)
    meanBurst = faults.burst
    lossRandom = SplitMix64(seed: seed, stream: 11)
    valueRandom = SplitMix64(seed: seed, stream: 12)
    // Runs of mean length b after gaps of mean length b(1-P)/P lose the share P of all bytes.
    let start =
      faults.loss == 0 || faults.loss == 1
      ? faults.loss : 1 / (1 + faults.burst * (1 - faults.loss) / faults.loss)
    loss = Occasions(probability: start, random: SplitMix64(seed: seed, stream: 13))
    corruption = Occasions(
      probability: faults.corrupt, random: SplitMix64(seed: seed, stream: 14))
    insertion = Occasions(probability: faults.insert, random: SplitMix64(seed: seed, stream: 15))
  }

  /// The bytes that come out at the far end.
  public mutating func transmit(_ bytes: [UInt8]) -> [UInt8] {
    var out = [UInt8]()
    out.reserveCapacity(bytes.count + 8)
    for byte in bytes {
      if insertion.strikes() {
        out.append(UInt8(truncatingIfNeeded: valueRandom.next()))
        counters.inserted += 1
      }
      if losing == 0, loss.strikes() {
        losing = geometricLength()
        counters.lossRuns += 1
      }
      if losing > 0 {
        losing -= 1
        counters.lost += 1
      } else if corruption.strikes() {
        out.append(byte ^ (1 << UInt8(truncatingIfNeeded: valueRandom.next() & 7)))
        counters.corrupted += 1
      } else {
        out.append(byte)
      }
    }
    counters.bytesIn += bytes.count
    counters.bytesOut += out.count
    return out
  }

  /// Length of a run with the mean `meanBurst`, at least 1.
  private mutating func geometricLength() -> Int {
    var length = 1
    let more = 1 - 1 / meanBurst
    while length < 1 << 20, lossRandom.unit() < more { length += 1 }
    return length
  }
}

/// Independent chances, one per call, drawn as the distance to the next hit: rare events cost
/// nothing.
private struct Occasions: Sendable {
  private let probability: Double
  private var random: SplitMix64
  private var remaining: Int

  init(probability: Double, random: SplitMix64) {
    self.probability = probability
    self.random = random
    remaining = 0
    remaining = draw()
  }

  mutating func strikes() -> Bool {
    if remaining > 0 {
      remaining &-= 1
      return false
    }
    if probability == 0 { return false }
    remaining = draw()
    return true
  }

  private mutating func draw() -> Int {
    if probability >= 1 { return 0 }
    if probability <= 0 { return .max }
    // Inverse of the geometric distribution; 1 - unit() is never 0.
    let distance = log1p(-random.unit()) / log1p(-probability)
    return distance < 1e15 ? Int(distance) : .max
  }
}

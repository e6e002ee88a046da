import Board
import Testing

@Suite struct FaultyChannelTests {
  private let million = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

  @Test func aGoodLineChangesNothing() {
    var channel = FaultyChannel()
    #expect(channel.transmit(million) == million)
    #expect(channel.counters.bytesIn == 1_000_000)
    #expect(channel.counters.bytesOut == 1_000_000)
    #expect(channel.counters.lost + channel.counters.corrupted + channel.counters.inserted == 0)
  }

  /// Within five deviations of the binomial, widened by the length of runs.
  @Test(arguments: [1e-4, 1e-3, 0.02, 0.3], [1.0, 8, 50])
  func lossIsTheShareAskedFor(loss: Double, burst: Double) {
    var channel = FaultyChannel(.init(loss: loss, burst: burst), seed: 5)
    let out = channel.transmit(million)
    let counters = channel.counters
    #expect(out.count + counters.lost == 1_000_000)
    let expected = loss * 1e6
    #expect(abs(Double(counters.lost) - expected) < 5 * (expected * 2 * burst).squareRoot())
    let runs = expected / burst
    #expect(abs(Double(counters.lossRuns) - runs) < 5 * runs.squareRoot() + 1)
  }

  @Test(arguments: [1e-3, 0.05]) func corruptionTurnsOneBit(share: Double) {
    var channel = FaultyChannel(.init(corrupt: share), seed: 6)
    let out = channel.transmit(million)
    let bits = zip(million, out).map { ($0 ^ $1).nonzeroBitCount }
    #expect(out.count == million.count)
    #expect(bits.max() == 1)
    #expect(bits.count { $0 == 1 } == channel.counters.corrupted)
    let expected = share * 1e6
    #expect(abs(Double(channel.counters.corrupted) - expected) < 5 * expected.squareRoot())
  }

  @Test func insertionAddsBytes() {
    var channel = FaultyChannel(.init(insert: 0.01), seed: 7)
    let out = channel.transmit([UInt8](repeating: 0, count: 1_000_000))
    #expect(out.count == 1_000_000 + channel.counters.inserted)
    #expect(abs(channel.counters.inserted - 10_000) < 500)
    // Random values: hardly more than one of 256 is a zero, too.
    #expect(out.count { $0 != 0 } > channel.counters.inserted * 98 / 100)
  }

  @Test func theExtremes() {
    var everything = FaultyChannel(.init(loss: 1), seed: 1)
    #expect(everything.transmit(million).isEmpty)
    var every = FaultyChannel(.init(corrupt: 1, insert: 1), seed: 1)
    #expect(every.transmit([1, 2, 3]).count == 6)
    #expect(every.counters.corrupted == 3)
  }

  @Test func theSeedDecides() {
    let faults = FaultyChannel.Faults(loss: 0.01, burst: 3, corrupt: 0.01, insert: 0.01)
    var first = FaultyChannel(faults, seed: 8)
    var second = FaultyChannel(faults, seed: 8)
    var third = FaultyChannel(faults, seed: 9)
    let out = first.transmit(million)
    #expect(second.transmit(million) == out)
    #expect(second.counters == first.counters)
    #expect(third.transmit(million) != out)
  }

  @Test func anySplitGivesTheSame() {
    let faults = FaultyChannel.Faults(loss: 0.02, burst: 10, corrupt: 0.01, insert: 0.01)
    let bytes = Array(million.prefix(20_000))
    var whole = FaultyChannel(faults, seed: 10)
    let expected = whole.transmit(bytes)
    var single = FaultyChannel(faults, seed: 10)
    #expect(bytes.flatMap { single.transmit([$0]) } == expected)
    var random = SplitMix64(seed: 3)
    var pieces = FaultyChannel(faults, seed: 10)
    var out: [UInt8] = []
    var at = 0
    while at < bytes.count {
      let end = min(bytes.count, at + Int(random.next() % 400))
      out += pieces.transmit(Array(bytes[at..<end]))
      at = end
    }
    #expect(out == expected)
    #expect(pieces.counters == whole.counters)
  }
}

import Recording
import Testing

@Suite struct ThroughputTests {
  private let second = Throughput.second

  @Test func steadyBytesHaveOneRate() throws {
    var flow = Throughput()
    let start: UInt64 = 1_790_000_000_000_000_000
    for index in 0...3_000 { flow.add(100, at: start + UInt64(index) * 10_000_000) }
    #expect(flow.total == 300_100)
    #expect(flow.seconds == 30)
    #expect(flow.mean.map { abs($0 - 10_000) < 5 } == true)
    #expect(flow.peak == 10_000)
    #expect(flow.silences == 0)
    #expect(flow.bytes.reduce(0, +) == flow.total)
    #expect(flow.bytes.count <= Throughput.capacity)
    for count in [1, 2, 7, 30, 100] {
      let rates = flow.rates(count)
      #expect(rates.count == count)
      for rate in rates { #expect(abs(rate - 10_000) < 500, "\(count) columns") }
      // Nothing is lost between columns.
      let sum = rates.reduce(0, +) * flow.seconds / Double(count)
      #expect(abs(sum - 300_100) < 1)
    }
  }

  @Test func silencesAndBurstsShow() {
    var flow = Throughput()
    for millisecond in 0..<100 { flow.add(50, at: UInt64(millisecond) * 1_000_000) }
    flow.add(10, at: 10 * second)
    flow.add(10, at: 10 * second + second / 4)
    #expect(flow.silences == 1)
    #expect(flow.longestSilence == 10 * second - 99_000_000)
    #expect(flow.bestSecond == 5_000)
    let rates = flow.rates(10)
    #expect(rates[0] > 4_000 && rates[1...8].allSatisfy { $0 == 0 } && rates[9] > 0)
  }

  @Test func memoryStaysBoundedOverYears() {
    var flow = Throughput()
    var random = Seeded(2)
    var time: UInt64 = 0
    for _ in 0..<2_000 {
      flow.add(7, at: time)
      time += .random(in: 0...(second * 86_400), using: &random)
    }
    #expect(flow.bytes.count <= Throughput.capacity)
    #expect(flow.bytes.reduce(0, +) == 14_000)
    flow.add(1, at: .max)
    #expect(flow.bytes.count <= Throughput.capacity)
    #expect(flow.bytes.reduce(0, +) == 14_001)
  }

  @Test func timesThatGoBackCountAsNow() {
    var flow = Throughput()
    flow.add(1, at: 5 * second)
    flow.add(1, at: second)
    #expect(flow.seconds == 0)
    #expect(flow.mean == nil && flow.peak == nil && flow.rates(10).isEmpty)
    #expect(flow.total == 2)
  }

  @Test func nothingHasNoRate() {
    let flow = Throughput()
    #expect(flow.mean == nil && flow.peak == nil && flow.seconds == 0 && flow.rates(5).isEmpty)
  }
}

import Board
import Testing

/// All tests use a clock of numbers; nothing is timed.
@Suite struct LinePaceTests {
  private let second: UInt64 = 1_000_000_000

  @Test func noRateMeansNoLimit() {
    var pace = LinePace(baud: 0, startingAt: 5)
    #expect(pace.allowance(at: 5) == .max)
    pace.spend(1 << 40)
    #expect(pace.allowance(at: 5) == .max)
  }

  @Test(arguments: [9600, 115_200, 921_600, 3_000_000])
  func aSecondCarriesATenthOfTheBaud(baud: Int) {
    var pace = LinePace(baud: baud, startingAt: 7)
    var sent = 0
    for tick in 0...1000 as ClosedRange<UInt64> {
      let allowed = pace.allowance(at: 7 + tick * second / 1000)
      pace.spend(allowed)
      sent += allowed
    }
    #expect(sent == baud / 10)
  }

  /// However unevenly it asks, a sender is never ahead of the wire, and loses nothing as long as it
  /// is not later than the slack.
  @Test func neverAheadAndNeverBehind() {
    let baud = 115_200
    var pace = LinePace(baud: baud, startingAt: 0)
    var random = SplitMix64(seed: 1)
    var now: UInt64 = 0
    var sent = 0
    for _ in 0..<20_000 {
      now += random.next() % 19_000_000
      let allowed = pace.allowance(at: now)
      pace.spend(allowed)
      sent += allowed
      let carried = Int(Double(now) * 11_520 / 1e9)
      #expect(sent <= carried + 1)
      #expect(sent >= carried - 1)
    }
  }

  @Test func idleTimeIsNotSaved() {
    var pace = LinePace(baud: 100_000, startingAt: 0, slack: 20_000_000)
    #expect(pace.allowance(at: 60 * second) == 200)
    pace.spend(200)
    #expect(pace.allowance(at: 60 * second) == 0)
    #expect(pace.allowance(at: 60 * second + 1_000_000) == 10)
  }

  @Test func theTimeToWaitForIsTheFirstThatAllows() {
    for baud in [50, 300, 9600, 74_880, 1_382_400] {
      var pace = LinePace(baud: baud, startingAt: 1000)
      pace.spend(17)
      for count in [1, 16, LinePace.smallestBurst] {
        let time = pace.time(toSend: count)
        #expect(pace.allowance(at: time) >= count)
        #expect(pace.allowance(at: time - 1) < count)
      }
    }
  }

  @Test func hoursDoNotOverflow() {
    var pace = LinePace(baud: 100_000_000, startingAt: 0)
    var now: UInt64 = 0
    for _ in 0..<100_000 {
      now += second
      pace.spend(pace.allowance(at: now))
    }
    #expect(pace.allowance(at: now + second / 1000) == 10_000)
  }
}

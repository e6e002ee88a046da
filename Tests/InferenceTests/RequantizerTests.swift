import Inference
import Testing

@Suite struct RequantizerTests {
  /// Worked by hand: 0.5 is 2^30 in Q31 with no shift.
  @Test func scaleBecomesMultiplierAndShift() {
    func of(_ weight: Float) -> Requantizer {
      Requantizer(input: 1, weight: weight, output: 1)
    }
    #expect(of(0.5) == Requantizer(multiplier: 1 << 30, shift: 0))
    #expect(of(1) == Requantizer(multiplier: 1 << 30, shift: 1))
    #expect(of(0.25) == Requantizer(multiplier: 1 << 30, shift: -1))
    #expect(of(0.75) == Requantizer(multiplier: 3 << 29, shift: 0))
    #expect(of(0x1p-31) == Requantizer(multiplier: 1 << 30, shift: -30))
    #expect(of(0x1p-32) == Requantizer(multiplier: 1 << 30, shift: -31))
    #expect(of(0x1p-33) == Requantizer(multiplier: 0, shift: 0))
  }

  /// A mantissa that rounds up to 1 becomes 0.5 with one more shift.
  @Test func mantissaThatRoundsToOne() {
    // (1 + 2^-23) * (1 - 2^-23) = 1 - 2^-46.
    let nearlyOne = Requantizer(input: 0x1.000002p0, weight: 0x1.fffffcp-1, output: 1)
    #expect(nearlyOne == Requantizer(multiplier: 1 << 30, shift: 1))
  }

  /// A right shift by one: its halves are rounded away from 0, those of the product before it up.
  @Test(
    arguments: zip(
      [4, 5, 6, 7, -4, -5, -6, -7, 2, -2, 0] as [Int32],
      [1, 2, 2, 2, -1, -1, -2, -2, 1, -1, 0] as [Int32]))
  func quarter(sum: Int32, expected: Int32) {
    #expect(Requantizer(multiplier: 1 << 30, shift: -1).scaled(sum) == expected)
  }

  /// The first rounding is up at halves: 0.5 * 1 = 0.5 -> 1, 0.5 * -1 = -0.5 -> 0.
  @Test(
    arguments: zip(
      [1, -1, 3, -3, 2, -2] as [Int32], [1, 0, 2, -1, 1, -1] as [Int32]))
  func half(sum: Int32, expected: Int32) {
    #expect(Requantizer(multiplier: 1 << 30, shift: 0).scaled(sum) == expected)
  }

  /// Rounding once would give 1.25 -> 1 and 0.25 -> 0.
  @Test func roundsTwice() {
    #expect(Requantizer(multiplier: 1 << 30, shift: -1).scaled(5) == 2)
    #expect(Requantizer(multiplier: 1 << 30, shift: -1).scaled(1) == 1)
    #expect(Requantizer(multiplier: 1 << 30, shift: -2).scaled(5) == 1)
  }

  @Test func shiftsLeftBeforeMultiplying() {
    #expect(Requantizer(multiplier: 1 << 30, shift: 3).scaled(5) == 20)
    #expect(Requantizer(multiplier: 3 << 29, shift: 1).scaled(-5) == -7)
    #expect(Requantizer(multiplier: 3 << 29, shift: 1).scaled(5) == 8)
  }

  @Test func extremes() {
    let half = Requantizer(multiplier: 1 << 30, shift: 0)
    #expect(half.scaled(.max) == 1 << 30)
    #expect(half.scaled(.min) == -(1 << 30))
    let small = Requantizer(multiplier: .max, shift: -31)
    #expect(small.scaled(.max) == 1)
    #expect(small.scaled(.min) == -1)
    #expect(small.scaled(1 << 30) == 1)
    #expect(small.scaled(1 << 29) == 0)
    #expect(Requantizer(multiplier: 0, shift: 0).scaled(.min) == 0)
  }

  @Test func isMonotone() {
    var random = Seeded(1)
    for _ in 0..<200 {
      let requantizer = Requantizer(
        multiplier: Int32.random(in: 1 << 30...Int32.max, using: &random),
        shift: Int.random(in: -31...0, using: &random))
      let start = Int32.random(in: -1_000_000_000...1_000_000_000, using: &random)
      var last = Int32.min
      for sum in start..<start + 500 {
        let value = requantizer.scaled(sum)
        #expect(value >= last)
        last = value
      }
    }
  }
}

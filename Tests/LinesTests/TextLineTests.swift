import Lines
import Testing

@Suite struct TextLineTests {
  /// A line from `start` to `end` whose baseline passes through (0, `baseline`).
  private func place(
    _ start: Double, _ end: Double, baseline: Double, height: Double, slope: Double = 0
  ) -> TextLine {
    TextLine(
      polarity: .darkOnLight, slope: slope, baseline: baseline, height: height, start: start,
      end: end)
  }

  @Test func piecesAndGapsAreCovered() {
    let line = place(20, 220, baseline: 100, height: 20)
    #expect(line.covers(line))
    #expect(line.covers(place(40, 60, baseline: 96, height: 10)))
    // A descender.
    #expect(line.covers(place(40, 60, baseline: 105, height: 24)))
  }

  @Test func longerAndOtherLinesAreNot() {
    let line = place(20, 220, baseline: 100, height: 20)
    #expect(!line.covers(place(20, 260, baseline: 100, height: 20)))
    #expect(!line.covers(place(20, 220, baseline: 100, height: 40)))
    #expect(!line.covers(place(20, 220, baseline: 124, height: 20)))
    #expect(!line.covers(place(20, 220, baseline: 76, height: 20)))
  }

  /// The boxes overlap, but the lines lie one below the other.
  @Test func neighboursThatRiseAreNot() {
    let line = place(0, 300, baseline: 100, height: 20, slope: -0.2)
    #expect(!line.covers(place(200, 260, baseline: 126, height: 20, slope: -0.2)))
    #expect(line.covers(place(200, 260, baseline: 100, height: 16, slope: -0.2)))
  }

  @Test func whatTwoLinesShareIsAnArea() {
    let line = place(40, 140, baseline: 100, height: 20)
    #expect(line.share(of: line) == 1)
    // Half of it is below, half of that beyond the end.
    let below = place(90, 190, baseline: 110, height: 20)
    #expect(abs(line.share(of: below) - 0.25) < 1e-9)
    #expect(line.share(of: place(40, 140, baseline: 125, height: 20)) == 0)
    #expect(line.share(of: place(150, 190, baseline: 100, height: 20)) == 0)
    // The smaller line covers a quarter of the larger.
    #expect(abs(line.share(of: place(0, 200, baseline: 110, height: 40)) - 0.25) < 1e-9)
  }
}

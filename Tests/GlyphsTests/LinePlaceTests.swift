import Glyphs
import Testing

@Suite struct LinePlaceTests {
  /// A line from `start` to `end` whose baseline passes through (0, `baseline`).
  private func place(
    _ start: Double, _ end: Double, baseline: Double, height: Double, slope: Double = 0
  ) -> LinePlace {
    LinePlace(slope: slope, baseline: baseline, height: height, start: start, end: end)
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

  /// Their boxes overlap, but they lie one below the other.
  @Test func neighboursThatRiseAreNot() {
    let line = place(0, 300, baseline: 100, height: 20, slope: -0.2)
    #expect(!line.covers(place(200, 260, baseline: 126, height: 20, slope: -0.2)))
    #expect(line.covers(place(200, 260, baseline: 100, height: 16, slope: -0.2)))
  }
}

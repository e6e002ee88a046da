package import Binary

/// Where a line of text lies in the working image.
///
/// Coordinates are pixels; y grows downwards. The baseline is `y = baseline + slope * x`.
package struct TextLine: Sendable, Equatable {
  package var polarity: Polarity
  package var slope: Double
  package var baseline: Double
  /// From the baseline up to the tops of the tallest characters.
  package var height: Double
  /// Left and right end of the ink, along x.
  package var start: Double
  package var end: Double
  /// Its components, left to right.
  package var components: [Int]
  /// How much wider than its proportions it is drawn: condensed print is read better so.
  package var stretch = 1.0

  package init(
    polarity: Polarity, slope: Double, baseline: Double, height: Double, start: Double,
    end: Double, components: [Int] = [], stretch: Double = 1
  ) {
    self.polarity = polarity
    self.slope = slope
    self.baseline = baseline
    self.height = height
    self.start = start
    self.end = end
    self.components = components
    self.stretch = stretch
  }

  /// The baseline's y at column `x`.
  package func baseline(at x: Double) -> Double { baseline + slope * x }
}

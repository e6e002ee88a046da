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

  /// The baseline's y at column `x`.
  package func baseline(at x: Double) -> Double { baseline + slope * x }
}

/// A line of text in an image, in pixels from the left top corner.
package struct TextLine: Sendable, Equatable {
  package var polarity: Polarity
  /// The baseline is `y = baseline + slope * x`; y grows downwards.
  package var slope: Double
  package var baseline: Double
  /// Distance from the baseline up to the tops of capitals.
  package var height: Double
  /// Left and right end of the ink, along x.
  package var start: Double
  package var end: Double
  /// Factor by which the line is drawn wider than its proportions: condensed print is read better
  /// so.
  package var stretch: Double

  package init(
    polarity: Polarity, slope: Double, baseline: Double, height: Double, start: Double,
    end: Double, stretch: Double = 1
  ) {
    self.polarity = polarity
    self.slope = slope
    self.baseline = baseline
    self.height = height
    self.start = start
    self.end = end
    self.stretch = stretch
  }

  /// The line at another size.
  package func resized(by factor: Double) -> TextLine {
    var line = self
    line.height *= factor
    return line
  }
}

extension TextLine {
  /// Distance by which a line may reach beyond one that covers it, and how much taller it may be,
  /// in heights.
  private static let overhang = 0.15
  private static let tallest = 1.25
  private static let below = 0.3

  /// Whether all of another line lies on this one: a piece of it, or the gaps in its characters.
  package func covers(_ other: TextLine) -> Bool {
    let margin = Self.overhang * height
    guard other.start >= start - margin, other.end <= end + margin,
      other.height <= Self.tallest * height
    else { return false }
    return [other.start, other.end].allSatisfy { x in
      let below = (other.baseline + other.slope * x) - (baseline + slope * x)
      return below <= Self.below * height && below - other.height >= -Self.tallest * height
    }
  }

  /// The share of another line's area that lies on this one.
  package func share(of other: TextLine) -> Double {
    let (left, right) = (max(start, other.start), min(end, other.end))
    guard left < right, other.height > 0 else { return 0 }
    let x = (left + right) / 2
    let (base, otherBase) = (baseline + slope * x, other.baseline + other.slope * x)
    let shared = min(base, otherBase) - max(base - height, otherBase - other.height)
    return max(0, shared) * (right - left) / (other.height * (other.end - other.start))
  }
}

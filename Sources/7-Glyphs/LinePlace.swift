package import Binary

/// Where a line lies in the original image, however it was binarized.
package struct LinePlace: Sendable, Equatable {
  package var polarity: Polarity
  var slope: Double
  /// The baseline is `y = baseline + slope * x`.
  var baseline: Double
  /// From the baseline up to the tops of the tallest characters.
  var height: Double
  /// Left and right end of the ink.
  var start: Double
  var end: Double

  package init(
    polarity: Polarity, slope: Double, baseline: Double, height: Double, start: Double, end: Double
  ) {
    self.polarity = polarity
    self.slope = slope
    self.baseline = baseline
    self.height = height
    self.start = start
    self.end = end
  }

  init(_ line: TextLine, scale: Double) {
    polarity = line.polarity
    slope = line.slope
    baseline = line.baseline / scale
    height = line.height / scale
    start = line.start / scale
    end = line.end / scale
  }

  /// Whether all of another line lies on this one: a piece of it, or the gaps in its characters.
  package func covers(_ other: LinePlace) -> Bool {
    let margin = 0.15 * height
    guard other.start >= start - margin, other.end <= end + margin,
      other.height <= 1.25 * height
    else { return false }
    return [other.start, other.end].allSatisfy { x in
      let below = (other.baseline + other.slope * x) - (baseline + slope * x)
      return below <= 0.3 * height && below - other.height >= -1.25 * height
    }
  }

  /// Share of another line's area that lies on this one.
  package func share(of other: LinePlace) -> Double {
    let (left, right) = (max(start, other.start), min(end, other.end))
    guard left < right, other.height > 0 else { return 0 }
    let x = (left + right) / 2
    let (base, otherBase) = (baseline + slope * x, other.baseline + other.slope * x)
    let shared = min(base, otherBase) - max(base - height, otherBase - other.height)
    return max(0, shared) * (right - left) / (other.height * (other.end - other.start))
  }
}

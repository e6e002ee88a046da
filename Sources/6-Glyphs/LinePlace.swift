/// Where a line lies in the original image, however it was binarized.
package struct LinePlace: Sendable, Equatable {
  var slope: Double
  /// The baseline is `y = baseline + slope * x`.
  var baseline: Double
  /// From the baseline up to the tops of the tallest characters.
  var height: Double
  /// Left and right end of the ink.
  var start: Double
  var end: Double

  package init(slope: Double, baseline: Double, height: Double, start: Double, end: Double) {
    self.slope = slope
    self.baseline = baseline
    self.height = height
    self.start = start
    self.end = end
  }

  init(_ line: TextLine, scale: Double) {
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
}

package import Binary

/// Where the strip of a line lies in the working image.
package struct LinePlacement: Sendable {
  /// Strip pixels per working pixel, across the line.
  package let scale: Double
  /// The same along the line.
  package let scaleAlong: Double
  /// Columns of the strip.
  package let width: Int
  let originX: Double
  let originY: Double
  let cosine: Double
  let sine: Double

  package init(_ line: TextLine) {
    scale = (LineStrip.baseRow - LineStrip.topRow) / line.height
    scaleAlong = scale * line.stretch
    let length = (1 + line.slope * line.slope).squareRoot()
    cosine = 1 / length
    sine = line.slope / length
    let extent = (line.end - line.start) * length * scaleAlong
    width = min(LineStrip.maximumWidth, Int(extent.rounded(.up)) + 2 * LineStrip.margin)
    originX = line.start
    originY = line.baseline(at: line.start)
  }

  /// The working image's point under a strip position.
  package func imagePoint(column: Double, row: Double) -> (x: Double, y: Double) {
    let along = (column - Double(LineStrip.margin)) / scaleAlong
    let down = (row - LineStrip.baseRow) / scale
    return (originX + along * cosine - down * sine, originY + along * sine + down * cosine)
  }

  /// The upright bounds, in the working image, of some ink of the strip.
  package func imageBounds(of runs: ArraySlice<InkRun>) -> Bounds {
    var bounds = Bounds()
    // The outline of a half-covered edge runs through the middle of its pixels.
    for run in runs {
      bounds.include(imagePoint(column: Double(run.start), row: Double(run.y)))
      bounds.include(imagePoint(column: Double(run.end) - 1, row: Double(run.y)))
    }
    let half = 0.5 / scale + 0.5
    let halfAlong = 0.5 / scaleAlong + 0.5
    return Bounds(
      minX: bounds.minX - halfAlong + 0.5, minY: bounds.minY - half + 0.5,
      maxX: bounds.maxX + halfAlong + 0.5, maxY: bounds.maxY + half + 0.5)
  }
}

package import Gray

/// A line drawn from its image.
package struct DrawnLine: Sendable {
  /// The place that it was drawn from.
  package let line: TextLine
  package let image: LineImage
  /// The distance of the ink's brightness from the paper's: the logarithm of their ratio, positive.
  package let contrast: Double
}

/// Draws lines of one image.
package struct LineDrawing: Sendable {
  private let pyramid: GrayPyramid

  package init(of image: GrayImage) { pyramid = GrayPyramid(image) }

  /// Straightens a line and brings it to one size, one light and one polarity.
  package func draw(_ line: TextLine, scratch: inout LineScratch) -> DrawnLine {
    let placement = LinePlacement(line)
    let content = placement.width
    let step = LineImage.widthStep
    let width = (content + step - 1) / step * step
    LineSampler(placement: placement, width: content, height: LineImage.height)
      .draw(pyramid, into: &scratch)
    let light = LineLight(
      width: content, height: LineImage.height, isLightOnDark: line.polarity == .lightOnDark)
    var coverage = [UInt8](repeating: 0, count: width * LineImage.height)
    let contrast = coverage.withUnsafeMutableBufferPointer { p in
      light.normalize(&scratch, into: p.baseAddress.unsafelyUnwrapped, stride: width)
    }
    let corner = placement.imagePoint(column: 0, row: 0)
    let right = placement.imagePoint(column: 1, row: 0)
    let image = LineImage(
      width: width, coverage: coverage, origin: corner,
      step: (right.x - corner.x, right.y - corner.y), stretch: line.stretch)
    return DrawnLine(line: line, image: image, contrast: contrast)
  }
}

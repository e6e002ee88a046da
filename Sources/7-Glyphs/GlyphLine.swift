public import Binary
import Gray

/// A line of text that was found, straightened.
public struct GlyphLine: Sendable {
  public let polarity: Polarity
  /// The line as the line reader sees it.
  public let image: LineImage
  /// From the baseline to the tops of tall characters, in pixels of the original image.
  public let characterHeight: Double
  /// How far the ink's brightness is from the paper's: the logarithm of their ratio, positive.
  public let contrast: Double
  private let placement: LinePlacement
  private let pyramid: GrayPyramid
  private let imageScale: Double
  private let cutter: Cutter

  init(
    _ line: TextLine, pyramid: GrayPyramid, imageScale: Double, cutter: Cutter,
    scratch: inout LineScratch
  ) {
    polarity = line.polarity
    placement = LinePlacement(line)
    self.pyramid = pyramid
    self.imageScale = imageScale
    self.cutter = cutter
    characterHeight = line.height / imageScale
    (image, contrast) = LineImage.drawn(
      placement, polarity: polarity, pyramid: pyramid, imageScale: imageScale, scratch: &scratch)
  }

  /// Cuts the line between its characters, in all ways that it may be read.
  ///
  /// That takes longer than drawing the line did: ask once, and only where cuts are needed.
  public func cuts() -> LineCuts {
    var scratch = LineScratch()
    let strip = LineStrip(placement, polarity: polarity, pyramid: pyramid, scratch: &scratch)
    return cutter.cuts(through: strip, image: image, imageScale: imageScale)
  }
}

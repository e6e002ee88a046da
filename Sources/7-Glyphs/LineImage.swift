import Binary

/// A line of text as the line reader sees it: straightened, of one size, one light, one polarity.
///
/// `LineImage.height` rows of ink coverage, 0 paper and 255 ink: two thirds of the size of a
/// `LineStrip`, so that tall characters are 16 rows high. Its width is a multiple of
/// `LineImage.widthStep`, filled up with paper.
public struct LineImage: Sendable, Equatable {
  public static let height = 32
  public static let widthStep = 8
  /// Strip pixels, in which candidates' `stripBox` is, to one of these.
  package static let stripScale = 1.5

  public let width: Int
  public let coverage: [UInt8]
  /// Where column 0 and row 0 begin, in pixels of the original image.
  public let origin: (x: Double, y: Double)
  /// How far one column to the right goes there.
  public let step: (x: Double, y: Double)
  /// How much wider than its proportions it is: one row down is as far as `stretch` columns, turned.
  public let stretch: Double

  package init(
    width: Int, coverage: [UInt8], origin: (x: Double, y: Double) = (0, 0),
    step: (x: Double, y: Double) = (1, 0), stretch: Double = 1
  ) {
    precondition(coverage.count == width * Self.height)
    self.width = width
    self.coverage = coverage
    self.origin = origin
    self.step = step
    self.stretch = stretch
  }

  /// Samples a line out of the working image.
  ///
  /// - Returns: the line, and how far its ink's brightness is from its paper's: the logarithm of
  ///   their ratio, positive.
  static func drawn(
    _ placement: LinePlacement, polarity: Polarity, pyramid: GrayPyramid,
    imageScale scale: Double, scratch: inout LineScratch
  ) -> (image: LineImage, contrast: Double) {
    let content = placement.width * 2 / 3
    let width = (content + widthStep - 1) / widthStep * widthStep
    let sampler = LineSampler(
      placement: placement, pitch: stripScale, width: content, height: height)
    sampler.draw(pyramid, into: &scratch)
    let light = LineLight(
      width: content, height: height, pitch: stripScale,
      isLightOnDark: polarity == .lightOnDark)
    var coverage = [UInt8](repeating: 0, count: width * height)
    let contrast = coverage.withUnsafeMutableBufferPointer { p in
      light.normalize(&scratch, into: p.baseAddress.unsafelyUnwrapped, stride: width)
    }
    // Strip positions count from pixels' centres, these from their edges.
    let corner = placement.imagePoint(column: -0.5, row: -0.5)
    let right = placement.imagePoint(column: 1, row: -0.5)
    let image = LineImage(
      width: width, coverage: coverage,
      origin: ((corner.x + 0.5) / scale, (corner.y + 0.5) / scale),
      step: ((right.x - corner.x) / scale, (right.y - corner.y) / scale),
      stretch: placement.scaleAlong / placement.scale)
    return (image, contrast)
  }

  /// A place of the original image, in pixels, under a place of the line; both count from edges.
  public func imagePoint(column: Double, row: Double) -> (x: Double, y: Double) {
    let down = row * stretch
    return (origin.x + column * step.x - down * step.y, origin.y + column * step.y + down * step.x)
  }

  public static func == (a: LineImage, b: LineImage) -> Bool {
    a.width == b.width && a.coverage == b.coverage && a.origin == b.origin && a.step == b.step
      && a.stretch == b.stretch
  }
}

/// A line of text as networks see it: straightened, of one size, one light, one polarity.
///
/// `LineImage.height` rows of ink coverage, 0 paper and 255 ink; tall characters are `capitalRows`
/// high and stand on the upper edge of row `baseRow`. Its width is a multiple of
/// `LineImage.widthStep`, filled up with paper.
public struct LineImage: Sendable, Equatable {
  public static let height = 32
  public static let widthStep = 8
  package static let capitalRows = 16.0
  package static let baseRow = 23.0

  public let width: Int
  public let coverage: [UInt8]
  /// The place of column 0 and row 0, in pixels of the original image.
  public let origin: (x: Double, y: Double)
  /// The step from one column to the next, in pixels of the original image.
  public let step: (x: Double, y: Double)
  /// Factor by which the line is wider than its proportions: one row down is as far as `stretch`
  /// columns, turned.
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

  /// The place in the original image, in pixels, under a place of the line; both count from edges.
  public func imagePoint(column: Double, row: Double) -> (x: Double, y: Double) {
    let down = row * stretch
    return (origin.x + column * step.x - down * step.y, origin.y + column * step.y + down * step.x)
  }

  /// The column of the line over a place of the original image.
  package func column(x: Double, y: Double) -> Double {
    let squared = step.x * step.x + step.y * step.y
    return ((x - origin.x) * step.x + (y - origin.y) * step.y) / squared
  }

  public static func == (a: LineImage, b: LineImage) -> Bool {
    a.width == b.width && a.coverage == b.coverage && a.origin == b.origin && a.step == b.step
      && a.stretch == b.stretch
  }
}

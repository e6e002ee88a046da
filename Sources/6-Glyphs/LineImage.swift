import Gray

/// A line of text as the line reader sees it: straightened, of one size, one light, one polarity.
///
/// `LineImage.height` rows of ink coverage, 0 paper and 255 ink: the line's strip at two thirds of
/// its size, so that tall characters are 16 rows high. Its width is a multiple of
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
  /// How far one column to the right goes there; one row down is the same, turned.
  public let step: (x: Double, y: Double)

  package init(
    width: Int, coverage: [UInt8], origin: (x: Double, y: Double) = (0, 0),
    step: (x: Double, y: Double) = (1, 0)
  ) {
    precondition(coverage.count == width * Self.height)
    self.width = width
    self.coverage = coverage
    self.origin = origin
    self.step = step
  }

  package init(_ strip: LineStrip, imageScale scale: Double) {
    let content = strip.width * 2 / 3
    let width = (content + Self.widthStep - 1) / Self.widthStep * Self.widthStep
    var pixels = [UInt8](repeating: 0, count: width * Self.height)
    for row in 0..<Self.height {
      let v = Self.weights(row)
      for column in 0..<content {
        let h = Self.weights(column)
        var sum = 4
        for (y, wy) in [(v.first, v.a), (v.first + 1, v.b)] {
          let i = y * strip.width + h.first
          sum += wy * (h.a * Int(strip.coverage[i]) + h.b * Int(strip.coverage[i + 1]))
        }
        pixels[row * width + column] = UInt8(sum / 9)
      }
    }
    self.width = width
    coverage = pixels
    // Strip positions count from pixels' centres, these from their edges.
    let corner = strip.imagePoint(column: -0.5, row: -0.5)
    let right = strip.imagePoint(column: 1, row: -0.5)
    origin = ((corner.x + 0.5) / scale, (corner.y + 0.5) / scale)
    step = ((right.x - corner.x) / scale, (right.y - corner.y) / scale)
  }

  /// Three pixels become two.
  private static func weights(_ i: Int) -> (first: Int, a: Int, b: Int) {
    i & 1 == 0 ? (i / 2 * 3, 2, 1) : (i / 2 * 3 + 1, 1, 2)
  }

  /// A place of the original image, in pixels, under a place of the line; both count from edges.
  public func imagePoint(column: Double, row: Double) -> (x: Double, y: Double) {
    (origin.x + column * step.x - row * step.y, origin.y + column * step.y + row * step.x)
  }

  public static func == (a: LineImage, b: LineImage) -> Bool {
    a.width == b.width && a.coverage == b.coverage && a.origin == b.origin && a.step == b.step
  }
}

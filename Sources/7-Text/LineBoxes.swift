import Images
import Lines

/// Boxes for characters of which only the middles are known.
struct LineBoxes {
  private let image: LineImage
  /// Coverage from which on a pixel counts as ink.
  private let threshold: UInt8 = 100
  /// The farthest that a character reaches from its middle, in columns.
  private let reach = 12.0

  init(_ image: LineImage) { self.image = image }

  /// The ink of each character, in pixels of the line's image: the ink that is nearer to its middle
  /// than to its neighbours'.
  func ink(aroundMiddles middles: [Double]) -> [PixelBox] {
    middles.indices.map { i in
      let left = i > 0 ? (middles[i - 1] + middles[i]) / 2 : 0
      let right = i + 1 < middles.count ? (middles[i] + middles[i + 1]) / 2 : .infinity
      return ink(from: max(left, middles[i] - reach), to: min(right, middles[i] + reach))
    }
  }

  private func ink(from left: Double, to right: Double) -> PixelBox {
    let first = max(0, min(image.width - 1, Int(left.rounded())))
    let end = max(first + 1, min(image.width, Int(right.rounded())))
    guard let rows = rows(in: first..<end) else {
      return PixelBox(x: first, y: 7, width: end - first, height: 16)
    }
    var x0 = end
    var x1 = first
    for row in rows {
      for column in first..<end where image.coverage[row * image.width + column] >= threshold {
        x0 = min(x0, column)
        x1 = max(x1, column + 1)
      }
    }
    return PixelBox(x: x0, y: rows.lowerBound, width: x1 - x0, height: rows.count)
  }

  /// The rows of the line's own ink: its neighbours, above and below, may reach into its image.
  private func rows(in columns: Range<Int>) -> Range<Int>? {
    let ink = (0..<LineImage.height).map { row in
      columns.reduce(0) { sum, column in
        let coverage = image.coverage[row * image.width + column]
        return sum + (coverage >= threshold ? Int(coverage) : 0)
      }
    }
    var top: Int?
    var bottom = 0
    var row = 0
    while row < LineImage.height {
      let start = row
      while row < LineImage.height, ink[row] > 0 { row += 1 }
      if row > start, start < Self.body.upperBound, row > Self.body.lowerBound {
        top = top ?? start
        bottom = row
      }
      row += 1
    }
    guard var top else { return nil }
    // Ink that reaches the edge belongs to several lines: they are parted where there is least ink.
    if top == 0 {
      top = (1..<Self.body.lowerBound).reversed().min { ink[$0] < ink[$1] } ?? 0
    }
    if bottom == LineImage.height {
      bottom = (Self.body.upperBound..<LineImage.height).min { ink[$0] < ink[$1] } ?? bottom
    }
    return top..<bottom
  }

  /// Rows that all characters extend into, from the highest apostrophe to the underscore.
  private static let body = 6..<25

  /// The upright bounds of such a box, in pixels of the original image.
  func imageBox(_ ink: PixelBox) -> PixelBox {
    let corners = [(ink.x, ink.y), (ink.maxX, ink.y), (ink.x, ink.maxY), (ink.maxX, ink.maxY)]
      .map { image.imagePoint(column: Double($0.0), row: Double($0.1)) }
    let left = Int((corners.map(\.x).min() ?? 0).rounded())
    let top = Int((corners.map(\.y).min() ?? 0).rounded())
    let right = Int((corners.map(\.x).max() ?? 0).rounded())
    let bottom = Int((corners.map(\.y).max() ?? 0).rounded())
    return PixelBox(x: left, y: top, width: max(1, right - left), height: max(1, bottom - top))
  }
}

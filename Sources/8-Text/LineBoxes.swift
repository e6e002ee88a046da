import Glyphs
import Gray

/// Boxes for characters of which only the middles are known.
struct LineBoxes {
  private let image: LineImage
  /// Coverage from which on a pixel counts as ink.
  private let threshold: UInt8 = 100
  /// A character reaches no further than this from its middle, in columns.
  private let reach = 12.0

  init(_ image: LineImage) { self.image = image }

  /// The ink of each character, in pixels of the line's image: what lies nearer to its middle than
  /// to its neighbours'.
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
    var x0 = end
    var x1 = first
    var y0 = LineImage.height
    var y1 = 0
    // The rows next above and below belong to other lines.
    for row in 2..<LineImage.height - 2 {
      for column in first..<end where image.coverage[row * image.width + column] >= threshold {
        x0 = min(x0, column)
        x1 = max(x1, column + 1)
        y0 = min(y0, row)
        y1 = max(y1, row + 1)
      }
    }
    guard x0 < x1 else { return PixelBox(x: first, y: 7, width: end - first, height: 16) }
    return PixelBox(x: x0, y: y0, width: x1 - x0, height: y1 - y0)
  }

  /// The upright bounds of such a box in pixels of the original image.
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

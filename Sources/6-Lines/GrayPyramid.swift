import Gray

/// An image and its halves, so that large print is averaged and not skipped over.
struct GrayPyramid: Sendable {
  let levels: [GrayImage]

  private static let mostLevels = 4
  private static let leastSide = 64
  /// Pixels of a line per pixel of the image below which a smaller level is used.
  private static let leastScale = 0.4

  init(_ image: GrayImage) {
    var levels = [image]
    while levels.count < Self.mostLevels, let last = levels.last, last.width >= Self.leastSide,
      last.height >= Self.leastSide
    {
      levels.append(last.halved())
    }
    self.levels = levels
  }

  /// The smallest level that still has at least a pixel per sample.
  func level(forScale scale: Double) -> Int {
    var level = 0
    var rest = scale
    while level + 1 < levels.count, rest < Self.leastScale {
      level += 1
      rest *= 2
    }
    return level
  }
}

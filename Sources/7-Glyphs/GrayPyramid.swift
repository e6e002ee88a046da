import Binary
package import Gray

/// The working image and its halves, so that large print is averaged and not skipped over.
package struct GrayPyramid: Sendable {
  package let levels: [GrayImage]

  /// Makes the levels up to those that print of the strip scale `scale` needs.
  package init(_ image: GrayImage, forScale scale: Double) {
    var levels = [image]
    var rest = scale
    while rest < Self.leastScale, levels.count < 4, let last = levels.last, last.width >= 64,
      last.height >= 64
    {
      levels.append(last.halved())
      rest *= 2
    }
    self.levels = levels
  }

  private static let leastScale = 0.6

  /// The smallest level that still has at least a pixel a sample.
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

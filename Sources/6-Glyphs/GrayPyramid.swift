import Binary
package import Gray

/// The working image and its halves, so that large print is averaged and not skipped over.
package struct GrayPyramid: Sendable {
  package let levels: [GrayImage]

  package init(_ image: GrayImage) {
    var levels = [image]
    while levels.count < 4, let last = levels.last, last.width >= 64, last.height >= 64 {
      levels.append(last.halved())
    }
    self.levels = levels
  }

  /// The smallest level that still has at least a pixel a sample.
  func level(forScale scale: Double) -> Int {
    var level = 0
    var rest = scale
    while level + 1 < levels.count, rest < 0.6 {
      level += 1
      rest *= 2
    }
    return level
  }
}

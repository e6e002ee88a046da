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

extension GrayImage {
  /// Half the size: means of 2x2 pixels; an odd last row or column is dropped.
  func halved() -> GrayImage {
    let w = width / 2
    let h = height / 2
    var result = GrayImage(width: w, height: h)
    pixels.withUnsafeBufferPointer { p in
      result.pixels.withUnsafeMutableBufferPointer { r in
        for y in 0..<h {
          for x in 0..<w {
            let i = 2 &* y &* width &+ 2 &* x
            let sum =
              UInt16(p[i]) &+ UInt16(p[i &+ 1]) &+ UInt16(p[i &+ width])
              &+ UInt16(p[i &+ width &+ 1])
            r[y &* w &+ x] = UInt8(truncatingIfNeeded: (sum &+ 2) >> 2)
          }
        }
      }
    }
    return result
  }
}

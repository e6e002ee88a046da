package import Gray

extension GrayImage {
  /// Whether there is nothing but black and white.
  package var isBitmap: Bool { pixels.allSatisfy { $0 == 0 || $0 == 255 } }

  /// Gray for a bitmap, as far as it can be told: each pixel with a little of those around it.
  ///
  /// Boards dither edges (scribe_ink.h), so that a few pixels together still tell how much ink was
  /// there, and the networks read grays. (3 10 3)/16 in both directions: just enough for that.
  package func withoutDither() -> GrayImage {
    guard width > 0, height > 0 else { return self }
    var result = self
    pixels.withUnsafeBufferPointer { p in
      result.pixels.withUnsafeMutableBufferPointer { r in
        for y in 0..<height {
          let row = y &* width
          let above = max(y &- 1, 0) &* width
          let below = min(y &+ 1, height &- 1) &* width
          func column(_ x: Int) -> Int {
            3 &* (Int(p[above &+ x]) &+ Int(p[below &+ x])) &+ 10 &* Int(p[row &+ x])
          }
          var left = column(0)
          var here = left
          for x in 0..<width {
            let right = x &+ 1 < width ? column(x &+ 1) : here
            r[row &+ x] = UInt8(
              truncatingIfNeeded: (3 &* (left &+ right) &+ 10 &* here &+ 128) >> 8)
            left = here
            here = right
          }
        }
      }
    }
    return result
  }
}

package import Gray

extension GrayImage {
  /// Half the size: means of 2x2 pixels; an odd last row or column is dropped.
  package func halved() -> GrayImage {
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

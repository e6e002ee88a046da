extension GrayImage {
  /// Whether all pixels are black or white.
  package var isBitmap: Bool {
    pixels.withUnsafeBufferPointer { pixels in
      // A bitmap takes the longest, so pixels are checked in pieces that suit vector instructions.
      for start in stride(from: 0, to: pixels.count, by: 1024) {
        var grays: UInt8 = 0
        for i in start..<min(start &+ 1024, pixels.count) {
          // 255 and 0 are the only bytes whose successor's remainder by 256 is below 2.
          grays |= (pixels[i] &+ 1) & 254
        }
        if grays != 0 { return false }
      }
      return true
    }
  }

  /// A gray version of a bitmap: each pixel is mixed with a little of those around it.
  ///
  /// Boards dither edges (scribe_ink.h), so that a few pixels together still tell how much ink was
  /// there, and the networks read grays. (3 10 3)/16 in both directions: just enough for that.
  package func withoutDither() -> GrayImage {
    guard width > 0, height > 0 else { return self }
    let (width, height) = (width, height)
    let soft = [UInt8](unsafeUninitializedCapacity: width * height) { to, count in
      count = width * height
      var sums = [UInt16](repeating: 0, count: width + 2)
      pixels.withUnsafeBufferPointer { from in
        sums.withUnsafeMutableBufferPointer { sums in
          for y in 0..<height {
            let here = y &* width
            let above = max(0, y - 1) &* width
            let below = min(height - 1, y + 1) &* width
            for x in 0..<width {
              let sides = UInt16(from[above &+ x]) &+ UInt16(from[below &+ x])
              sums[x &+ 1] = 3 &* sides &+ 10 &* UInt16(from[here &+ x])
            }
            sums[0] = sums[1]
            sums[width + 1] = sums[width]
            for x in 0..<width {
              let sides = UInt32(sums[x]) &+ UInt32(sums[x &+ 2])
              let sum = 3 &* sides &+ 10 &* UInt32(sums[x &+ 1]) &+ 128
              to[here &+ x] = UInt8(truncatingIfNeeded: sum &>> 8)
            }
          }
        }
      }
    }
    return GrayImage(width: width, height: height, pixels: soft)
  }
}

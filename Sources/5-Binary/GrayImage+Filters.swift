package import Gray

extension GrayImage {
  /// Standard deviation of the pixel noise, in gray levels.
  ///
  /// Immerkaer's estimate, from the response to a mask that cancels constant and linear shading.
  /// The median response takes the place of the mean, so that print does not count as noise.
  package func noise() -> Double {
    guard width > 2, height > 2 else { return 0 }
    var histogram = [Int](repeating: 0, count: 4096)
    var count = 0
    pixels.withUnsafeBufferPointer { p in
      for y in stride(from: 1, to: height &- 1, by: 2) {
        let row = y &* width
        for x in 1..<(width &- 1) {
          let i = row &+ x
          let corners =
            Int(p[i &- width &- 1]) &+ Int(p[i &- width &+ 1]) &+ Int(p[i &+ width &- 1])
            &+ Int(p[i &+ width &+ 1])
          let edges = Int(p[i &- width]) &+ Int(p[i &+ width]) &+ Int(p[i &- 1]) &+ Int(p[i &+ 1])
          histogram[abs(corners &- 2 &* edges &+ 4 &* Int(p[i]))] &+= 1
          count &+= 1
        }
      }
    }
    var seen = 0
    for (value, n) in histogram.enumerated() {
      seen += n
      // The mask multiplies the deviation by 6; the median of |normal| is 0.6745 of it.
      if 2 * seen >= count { return Double(value) / (6 * 0.6745) }
    }
    return 0
  }

  /// The image after the 3x3 binomial filter (1 2 1)/4 in both directions.
  package func smoothed() -> GrayImage {
    guard width > 2, height > 2 else { return self }
    let width = width
    let height = height
    var result = self
    var across = [UInt16](repeating: 0, count: width * height)
    pixels.withUnsafeBufferPointer { p in
      across.withUnsafeMutableBufferPointer { a in
        for y in 0..<height {
          let row = y &* width
          a[row] = 3 &* UInt16(p[row]) &+ UInt16(p[row &+ 1])
          for i in (row &+ 1)..<(row &+ width &- 1) {
            a[i] = UInt16(p[i &- 1]) &+ 2 &* UInt16(p[i]) &+ UInt16(p[i &+ 1])
          }
          let last = row &+ width &- 1
          a[last] = 3 &* UInt16(p[last]) &+ UInt16(p[last &- 1])
        }
        result.pixels.withUnsafeMutableBufferPointer { r in
          for y in 0..<height {
            let row = y &* width
            let above = (y == 0 ? y : y &- 1) &* width
            let below = (y == height &- 1 ? y : y &+ 1) &* width
            for x in 0..<width {
              let sum = a[above &+ x] &+ 2 &* a[row &+ x] &+ a[below &+ x] &+ 8
              r[row &+ x] = UInt8(truncatingIfNeeded: sum >> 4)
            }
          }
        }
      }
    }
    return result
  }

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

  /// Twice the size, bilinear: sample (x, y) lands on (2x + 1/2, 2y + 1/2).
  package func doubled() -> GrayImage {
    let w = width
    let h = height
    guard w > 0, h > 0 else { return self }
    var rows = [UInt16](repeating: 0, count: 2 * w * h)
    var result = GrayImage(width: 2 * w, height: 2 * h)
    pixels.withUnsafeBufferPointer { p in
      rows.withUnsafeMutableBufferPointer { a in
        for y in 0..<h {
          for x in 0..<w {
            let here = UInt16(p[y &* w &+ x]) &* 3
            let left = UInt16(p[y &* w &+ max(0, x &- 1)])
            let right = UInt16(p[y &* w &+ min(w &- 1, x &+ 1)])
            a[2 &* (y &* w &+ x)] = here &+ left
            a[2 &* (y &* w &+ x) &+ 1] = here &+ right
          }
        }
        result.pixels.withUnsafeMutableBufferPointer { r in
          for y in 0..<(2 &* h) {
            let near = y >> 1
            let far = min(h &- 1, max(0, y & 1 == 0 ? near &- 1 : near &+ 1))
            for x in 0..<(2 &* w) {
              let sum = 3 &* a[near &* 2 &* w &+ x] &+ a[far &* 2 &* w &+ x] &+ 8
              r[y &* 2 &* w &+ x] = UInt8(truncatingIfNeeded: sum >> 4)
            }
          }
        }
      }
    }
    return result
  }

  /// Maximum over a square window, or minimum: gray dilation or erosion.
  ///
  /// The window is `2 * radius + 1` pixels wide, clipped at the borders. van Herk and Gil-Werman:
  /// three comparisons a pixel and direction, whatever the window.
  package func extremum(radius: Int, maximum: Bool) -> GrayImage {
    guard radius > 0, width > 0, height > 0 else { return self }
    // Erosion is dilation of the complement.
    let flip: UInt8 = maximum ? 0 : 255
    var result = self
    let width = width
    let height = height
    let window = 2 * radius + 1
    result.pixels.withUnsafeMutableBufferPointer { r in
      if flip != 0 { for i in r.indices { r[i] = ~r[i] } }
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * (width + 2 * window)) { scratch in
        let length = (width + 2 * radius + window - 1) / window * window
        let forward = scratch.baseAddress.unsafelyUnwrapped
        let backward = forward + length
        for y in 0..<height {
          let row = r.baseAddress.unsafelyUnwrapped + y &* width
          for block in stride(from: 0, to: length, by: window) {
            var best: UInt8 = 0
            for j in block..<(block &+ window) {
              let x = j &- radius
              if x >= 0, x < width { best = max(best, row[x]) }
              forward[j] = best
            }
            best = 0
            var j = block &+ window &- 1
            while j >= block {
              let x = j &- radius
              if x >= 0, x < width { best = max(best, row[x]) }
              backward[j] = best
              j &-= 1
            }
          }
          for x in 0..<width { row[x] = max(backward[x], forward[x &+ window &- 1]) }
        }
      }
      // Down the columns, whole rows at a time so that the loop runs along memory.
      let length = (height + 2 * radius + window - 1) / window * window
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * length * width) { scratch in
        let forward = scratch.baseAddress.unsafelyUnwrapped
        let backward = forward + length * width
        let base = r.baseAddress.unsafelyUnwrapped
        for block in stride(from: 0, to: length, by: window) {
          for j in block..<(block &+ window) {
            let y = j &- radius
            let out = forward + j &* width
            let inside = y >= 0 && y < height
            for x in 0..<width {
              let before = j == block ? 0 : (out - width)[x]
              out[x] = max(before, inside ? base[y &* width &+ x] : 0)
            }
          }
          var j = block &+ window &- 1
          while j >= block {
            let y = j &- radius
            let out = backward + j &* width
            let inside = y >= 0 && y < height
            let first = j == block &+ window &- 1
            for x in 0..<width {
              let before = first ? 0 : (out + width)[x]
              out[x] = max(before, inside ? base[y &* width &+ x] : 0)
            }
            j &-= 1
          }
        }
        for y in 0..<height {
          let up = backward + y &* width
          let down = forward + (y &+ window &- 1) &* width
          for x in 0..<width { base[y &* width &+ x] = max(up[x], down[x]) }
        }
      }
      if flip != 0 { for i in r.indices { r[i] = ~r[i] } }
    }
    return result
  }
}

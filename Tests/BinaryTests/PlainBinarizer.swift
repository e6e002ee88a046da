import Binary
import Foundation
import Gray

/// What `Binarizer` computes, statement by statement, as its definitions say it: slow and plain.
struct PlainBinarizer {
  var binarizer = Binarizer()

  func binarize(_ gray: GrayImage, halvings: Int = 0) -> (
    gray: GrayImage, noise: Double, dark: BinaryImage, light: BinaryImage
  ) {
    let gray = (0..<halvings).reduce(gray) { image, _ in image.halved() }
    let small = halvings == 0 && gray.width <= binarizer.doubledWidth
    var working = small ? gray.doubled() : gray
    let noise = gray.noise()
    if noise > 0.8 { working = working.smoothed() }
    for _ in 0..<binarizer.extraSmoothing { working = working.smoothed() }
    let base = noise > 5 ? working.smoothed() : working
    let radius = binarizer.strokeRadius
    let closed = base.extremum(radius: radius, maximum: true)
      .extremum(radius: radius, maximum: false)
    let opened = base.extremum(radius: radius, maximum: false)
      .extremum(radius: radius, maximum: true)
    return (working, noise, ink(low: base, high: closed), ink(low: opened, high: base))
  }

  private func ink(low: GrayImage, high: GrayImage) -> BinaryImage {
    var quotient = low
    for i in quotient.pixels.indices {
      quotient.pixels[i] = UInt8(255 * (Int(low.pixels[i]) + 8) / (Int(high.pixels[i]) + 8))
    }
    var ink = binarizer.threshold.plain(quotient)
    binarizer.hysteresis.apply(to: &ink, low: low, high: high)
    return ink
  }
}

extension LocalThreshold {
  /// The threshold from sums of whole windows.
  func plain(_ gray: GrayImage) -> BinaryImage {
    var ink = BinaryImage(width: gray.width, height: gray.height, pixels: gray.pixels)
    let radius = window / 2
    let width = gray.width
    // Sums of all pixels above and to the left of each.
    var sums = [[Int]](repeating: [Int](repeating: 0, count: width + 1), count: gray.height + 1)
    var squares = sums
    for y in 0..<gray.height {
      for x in 0..<width {
        let v = Int(gray.pixels[y * width + x])
        sums[y + 1][x + 1] = sums[y][x + 1] + sums[y + 1][x] - sums[y][x] + v
        squares[y + 1][x + 1] = squares[y][x + 1] + squares[y + 1][x] - squares[y][x] + v * v
      }
    }
    for y in 0..<gray.height {
      let top = max(0, y - radius)
      let bottom = min(gray.height, y + radius + 1)
      for x in 0..<width {
        let left = max(0, x - radius)
        let right = min(width, x + radius + 1)
        func total(_ sums: [[Int]]) -> Float {
          Float(sums[bottom][right] - sums[top][right] - sums[bottom][left] + sums[top][left])
        }
        let n = Float((bottom - top) * (right - left))
        let mean = total(sums) / n
        let deviation = max(0, total(squares) / n - mean * mean).squareRoot()
        let isInk =
          deviation >= Float(minimumDeviation)
          && Float(gray.pixels[y * width + x]) < mean - Float(k) * deviation
        ink.pixels[y * width + x] = isInk ? 1 : 0
      }
    }
    return ink
  }
}

extension Hysteresis {
  /// Removes ink pixels where the depth `high - low` says that they are noise.
  fileprivate func apply(to ink: inout BinaryImage, low: GrayImage, high: GrayImage) {
    let count = ink.pixels.count
    guard count > 0 else { return }
    var depth = [UInt8](repeating: 0, count: count)
    var histogram = [Int](repeating: 0, count: 256)
    for i in 0..<count {
      depth[i] = high.pixels[i] &- low.pixels[i]
      histogram[Int(depth[i])] &+= 1
    }
    let median = percentile(0.5, of: histogram, count: count)
    let deviation = median - percentile(0.16, of: histogram, count: count)
    let weakDepth = UInt8(min(255, median + weak * deviation))
    let strongDepth = UInt8(min(255, median + strong * deviation + margin))

    // 2 marks ink that no strong pixel has been found for yet.
    var reached: [Int] = []
    for i in 0..<count where ink.pixels[i] != 0 {
      ink.pixels[i] = depth[i] > weakDepth ? 2 : 0
      if ink.pixels[i] == 2, depth[i] >= strongDepth {
        ink.pixels[i] = 1
        reached.append(i)
      }
    }
    let width = ink.width
    while let i = reached.popLast() {
      let x = i % width
      let y = i / width
      for row in max(0, y - 1)...min(ink.height - 1, y + 1) {
        for column in max(0, x - 1)...min(width - 1, x + 1) {
          let j = row &* width &+ column
          guard ink.pixels[j] == 2 else { continue }
          ink.pixels[j] = 1
          reached.append(j)
        }
      }
    }
    for i in 0..<count where ink.pixels[i] == 2 { ink.pixels[i] = 0 }
  }

  private func percentile(_ share: Double, of histogram: [Int], count: Int) -> Double {
    let wanted = share * Double(count)
    var seen = 0.0
    for (value, n) in histogram.enumerated() {
      if seen + Double(n) >= wanted { return Double(value) + (wanted - seen) / Double(max(n, 1)) }
      seen += Double(n)
    }
    return 255
  }
}

extension GrayImage {
  /// Standard deviation of the pixel noise, in gray levels.
  ///
  /// Immerkaer's estimate, from the response to a mask that cancels constant and linear shading.
  /// The median response takes the place of the mean, so that print does not count as noise.
  func noise() -> Double {
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
  func smoothed() -> GrayImage {
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

  /// Twice the size, bilinear: sample (x, y) lands on (2x + 1/2, 2y + 1/2).
  func doubled() -> GrayImage {
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

  /// Maximum over a square window, or minimum, clipped at the borders.
  func extremum(radius: Int, maximum: Bool) -> GrayImage {
    var across = self
    for y in 0..<height {
      for x in 0..<width {
        let row = pixels[
          (y * width + max(0, x - radius))...(y * width + min(width - 1, x + radius))]
        across.pixels[y * width + x] = (maximum ? row.max() : row.min()) ?? 0
      }
    }
    var result = across
    for x in 0..<width {
      let column = stride(from: x, to: pixels.count, by: width).map { across.pixels[$0] }
      for y in 0..<height {
        let part = column[max(0, y - radius)...min(height - 1, y + radius)]
        result.pixels[y * width + x] = (maximum ? part.max() : part.min()) ?? 0
      }
    }
    return result
  }
}

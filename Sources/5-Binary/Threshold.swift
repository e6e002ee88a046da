package import Gray

/// Sauvola's local threshold with Wolf's adaptive range.
///
/// A pixel is ink where it lies below `m * (1 + k * (s / r - 1))`; `m` and `s` are mean and
/// standard deviation of the square window around it and `r` the largest `s` of the image, so that
/// faint print is judged by its own contrast. Sources: Sauvola and Pietikainen 2000; Wolf and
/// Jolion 2004. One pass with running sums, whatever the window.
package struct LocalThreshold: Sendable {
  /// Side of the window in pixels, odd.
  package var window = 31
  /// How far below the mean flat paper is cut; larger keeps less ink.
  package var k = 0.2
  /// Windows with a smaller deviation, in gray levels, hold no print.
  package var minimumDeviation = 4.0

  package init(window: Int = 31, k: Double = 0.2, minimumDeviation: Double = 4) {
    self.window = window
    self.k = k
    self.minimumDeviation = minimumDeviation
  }
}

extension LocalThreshold {
  /// Marks the pixels darker than their surroundings.
  package func binarize(_ gray: GrayImage) -> BinaryImage {
    let width = gray.width
    let height = gray.height
    var binary = BinaryImage(
      width: width, height: height, pixels: [UInt8](repeating: 0, count: width * height))
    guard width > 0, height > 0 else { return binary }
    var means = [Float](repeating: 0, count: width * height)
    var deviations = [Float](repeating: 0, count: width * height)
    localMoments(of: gray, means: &means, deviations: &deviations)

    let range = max(deviations.max() ?? 0, 1)
    let floor = Float(minimumDeviation)
    let k = Float(k)
    gray.pixels.withUnsafeBufferPointer { p in
      binary.pixels.withUnsafeMutableBufferPointer { b in
        for i in 0..<(width &* height) {
          let s = deviations[i]
          let threshold = means[i] * (1 + k * (s / range - 1))
          b[i] = s >= floor && Float(p[i]) < threshold ? 1 : 0
        }
      }
    }
    return binary
  }

  /// Mean and standard deviation of the window around each pixel, clipped at the borders.
  private func localMoments(
    of gray: GrayImage, means: inout [Float], deviations: inout [Float]
  ) {
    let width = gray.width
    let height = gray.height
    let radius = window / 2
    // Column sums over the window's rows; a row enters at the bottom as another leaves at the top.
    var sums = [UInt32](repeating: 0, count: width)
    var squares = [UInt32](repeating: 0, count: width)
    func add(row y: Int, to sums: inout [UInt32], _ squares: inout [UInt32]) {
      gray.pixels.withUnsafeBufferPointer { p in
        for x in 0..<width {
          let v = UInt32(p[y &* width &+ x])
          sums[x] &+= v
          squares[x] &+= v &* v
        }
      }
    }
    func remove(row y: Int, from sums: inout [UInt32], _ squares: inout [UInt32]) {
      gray.pixels.withUnsafeBufferPointer { p in
        for x in 0..<width {
          let v = UInt32(p[y &* width &+ x])
          sums[x] &-= v
          squares[x] &-= v &* v
        }
      }
    }
    for y in 0..<min(radius, height) { add(row: y, to: &sums, &squares) }
    for y in 0..<height {
      if y + radius < height { add(row: y + radius, to: &sums, &squares) }
      if y - radius - 1 >= 0 { remove(row: y - radius - 1, from: &sums, &squares) }
      let rows = min(height - 1, y + radius) - max(0, y - radius) + 1
      var sum: UInt64 = 0
      var square: UInt64 = 0
      for x in 0..<min(radius, width) {
        sum &+= UInt64(sums[x])
        square &+= UInt64(squares[x])
      }
      for x in 0..<width {
        if x &+ radius < width {
          sum &+= UInt64(sums[x &+ radius])
          square &+= UInt64(squares[x &+ radius])
        }
        if x &- radius &- 1 >= 0 {
          sum &-= UInt64(sums[x &- radius &- 1])
          square &-= UInt64(squares[x &- radius &- 1])
        }
        let columns = min(width &- 1, x &+ radius) &- max(0, x &- radius) &+ 1
        let n = Float(rows &* columns)
        let mean = Float(sum) / n
        means[y &* width &+ x] = mean
        deviations[y &* width &+ x] = max(0, Float(square) / n - mean * mean).squareRoot()
      }
    }
  }
}

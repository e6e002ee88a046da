package import Gray

/// A local threshold from the mean `m` and the standard deviation `s` of the window around a pixel.
///
/// Ink lies below `m - k * s`. That is Sauvola's rule `m * (1 + k * (s / r - 1))` with the range
/// `r` taken from the window instead of the whole image, as Wolf takes it from the image instead of
/// a constant: print is judged by its own contrast, however faint beside the rest. Windows without
/// any contrast are paper. Sources: Sauvola and Pietikainen 2000; Wolf and Jolion 2004. One pass
/// with running sums, whatever the window.
package struct LocalThreshold: Sendable {
  /// Side of the window in pixels, odd.
  package var window = 31
  /// Larger keeps less ink.
  package var k = 0.8
  /// Windows with a smaller deviation, in gray levels, hold no print.
  package var minimumDeviation = 1.2

  package init() {}
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

    let floor = Float(minimumDeviation)
    let k = Float(k)
    gray.pixels.withUnsafeBufferPointer { p in
      binary.pixels.withUnsafeMutableBufferPointer { b in
        for i in 0..<(width &* height) {
          let s = deviations[i]
          let threshold = means[i] - k * s
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

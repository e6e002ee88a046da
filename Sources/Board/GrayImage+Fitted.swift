import Gray
import Images

extension GrayImage {
  /// - Precondition: the box lies in the image.
  func cropped(to box: PixelBox) -> GrayImage {
    var part: [UInt8] = []
    part.reserveCapacity(box.width * box.height)
    for y in box.y..<box.y + box.height {
      part += pixels[y * width + box.x..<y * width + box.x + box.width]
    }
    return GrayImage(width: box.width, height: box.height, pixels: part)
  }

  /// The whole image scaled into the middle of an image of the given size, with its edges continued
  /// over the free space.
  ///
  /// Uses a triangle filter as wide as the scale, so that shrinking averages and doesn't skip
  /// pixels.
  func fitted(into size: ImageSize) -> GrayImage {
    let scale = min(Double(size.width) / Double(width), Double(size.height) / Double(height))
    let columns = filter(
      from: width, to: max(1, min(size.width, Int((Double(width) * scale).rounded()))),
      within: size.width)
    let rows = filter(
      from: height, to: max(1, min(size.height, Int((Double(height) * scale).rounded()))),
      within: size.height)
    var wide = [Float](repeating: 0, count: size.width * height)
    for y in 0..<height {
      for (x, taps) in columns.enumerated() {
        var sum: Float = 0
        for (k, weight) in taps.weights.enumerated() {
          sum += weight * Float(pixels[y * width + taps.first + k])
        }
        wide[y * size.width + x] = sum
      }
    }
    var result = GrayImage(width: size.width, height: size.height)
    for (y, taps) in rows.enumerated() {
      for x in 0..<size.width {
        var sum: Float = 0
        for (k, weight) in taps.weights.enumerated() {
          sum += weight * wide[(taps.first + k) * size.width + x]
        }
        result.pixels[y * size.width + x] = UInt8(min(max(sum.rounded(), 0), 255))
      }
    }
    return result
  }
}

/// The source samples that each of `total` outputs is made of. `target` outputs in the middle hold
/// the source; those before and after repeat the first and the last.
private func filter(
  from source: Int, to target: Int, within total: Int
) -> [(first: Int, weights: [Float])] {
  let step = Double(source) / Double(target)
  let radius = max(1, step)
  let offset = (total - target) / 2
  return (0..<total).map { output in
    let inside = min(max(output - offset, 0), target - 1)
    let centre = (Double(inside) + 0.5) * step
    let first = max(0, Int((centre - radius).rounded(.down)))
    let last = min(source - 1, Int((centre + radius).rounded(.up)))
    let weights = (first...last).map { max(0, 1 - abs(Double($0) + 0.5 - centre) / radius) }
    let sum = weights.reduce(0, +)
    return (first, weights.map { Float($0 / sum) })
  }
}

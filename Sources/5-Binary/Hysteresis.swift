package import Gray

/// Keeps ink that hangs together with a pixel far deeper than the paper's noise.
///
/// Most of any image is paper, so the lower half of the depths shows what noise alone makes.
package struct Hysteresis: Sendable {
  /// Shallower pixels are never ink, in deviations of the paper's depth above its median.
  package var weak = 2.0
  /// A piece of ink needs one pixel this deep.
  package var strong = 5.0
  /// Gray levels added to `strong`: an image without noise is still quantized.
  package var margin = 2.0

  package init() {}

  /// Removes ink pixels where the depth `high - low` says that they are noise.
  package func apply(to ink: inout BinaryImage, low: GrayImage, high: GrayImage) {
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

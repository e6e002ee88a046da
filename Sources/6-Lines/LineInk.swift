import Gray

/// Tells ink from paper in a drawn line, using the line alone: ink is all that a closing (for light
/// ink, an opening) slightly wider than the widest strokes takes away.
struct LineInk {
  let width: Int
  let height: Int
  let isLightOnDark: Bool

  /// Half a window that no stroke fills.
  private let reach = 5
  /// The least depth of ink, in 256ths of the paper's brightness.
  private static let leastDepth = 6

  /// Marks the ink of `scratch.samples` in `scratch.mask`: 1 for ink, 0 for the rest.
  func find(_ scratch: inout LineScratch) {
    let count = width * height
    let samples = scratch.samples.room(for: count)
    let values = scratch.values.room(for: count)
    // Light ink is turned into dark ink.
    let flip: UInt8 = isLightOnDark ? 255 : 0
    for i in 0..<count { values[i] = UInt8(min(max(samples[i], 0), 255)) ^ flip }
    let paper = scratch.paper.room(for: count)
    paper.update(from: values, count: count)
    extremum(paper, flip: 0, &scratch)
    extremum(paper, flip: 255, &scratch)
    let mask = scratch.mask.room(for: count)
    measureDepth(values, paper, into: mask)
    let least = threshold(mask, &scratch)
    for i in 0..<count { mask[i] = mask[i] > least ? 1 : 0 }
  }

  /// The amount by which each pixel is darker than its paper, in 256ths of the paper's brightness;
  /// for light ink, by which its ground is darker than the pixel.
  private func measureDepth(
    _ values: UnsafePointer<UInt8>, _ paper: UnsafePointer<UInt8>,
    into depth: UnsafeMutablePointer<UInt8>
  ) {
    for i in 0..<width * height {
      let difference = Float(paper[i] &- values[i])
      let full = isLightOnDark ? Float(~values[i]) : Float(paper[i])
      depth[i] = UInt8(difference * 255 / max(full, 4))
    }
  }

  /// The depth that best divides the line's pixels in two (Otsu's method).
  private func threshold(_ depth: UnsafePointer<UInt8>, _ scratch: inout LineScratch) -> UInt8 {
    let histogram = scratch.histogram.room(for: 256)
    histogram.update(repeating: 0, count: 256)
    for i in 0..<width * height { histogram[Int(depth[i])] &+= 1 }
    let total = Double(width * height)
    var sum = 0.0
    for bin in 0..<256 { sum += Double(bin) * Double(histogram[bin]) }
    var below = (count: 0.0, sum: 0.0)
    var best = (bin: Self.leastDepth, spread: -1.0)
    for bin in 0..<255 {
      let n = Double(histogram[bin])
      below.count += n
      below.sum += n * Double(bin)
      guard bin >= Self.leastDepth, below.count > 0, below.count < total else { continue }
      let apart = below.sum / below.count - (sum - below.sum) / (total - below.count)
      let spread = below.count * (total - below.count) * apart * apart
      if spread > best.spread { best = (bin, spread) }
    }
    return UInt8(best.bin)
  }

  /// Replaces each pixel by the greatest in its neighbourhood; with `flip` 255 by the least.
  private func extremum(
    _ plane: UnsafeMutablePointer<UInt8>, flip: UInt8, _ scratch: inout LineScratch
  ) {
    let (reach, side) = (reach, 2 * reach + 1)
    let padded = scratch.padded.room(for: width + 2 * reach)
    let tall = scratch.across.room(for: width * (height + 2 * reach))
    for row in 0..<height {
      let line = plane + row * width
      for i in 0..<width { padded[reach &+ i] = line[i] ^ flip }
      for i in 0..<reach {
        padded[i] = padded[reach]
        padded[reach &+ width &+ i] = padded[reach &+ width &- 1]
      }
      runningMaximum(padded, count: width + 2 * reach, step: 1, side: side)
      (tall + (reach + row) * width).update(from: padded, count: width)
    }
    for row in 0..<reach {
      (tall + row * width).update(from: tall + reach * width, count: width)
      (tall + (reach + height + row) * width)
        .update(from: tall + (reach + height - 1) * width, count: width)
    }
    runningMaximum(tall, count: width * (height + 2 * reach), step: width, side: side)
    for i in 0..<width * height { plane[i] = tall[i] ^ flip }
  }

  /// Replaces each value by the greatest of `side` values from it on, `step` apart.
  private func runningMaximum(
    _ values: UnsafeMutablePointer<UInt8>, count: Int, step: Int, side: Int
  ) {
    var covered = 1
    while covered < side {
      let more = min(covered, side - covered)
      PixelKernels.chosen.takeGreater(
        values, fromAhead: more * step, count: max(0, count - (covered + more - 1) * step))
      covered += more
    }
  }
}

internal import CKernels

/// Keeps ink that hangs together with a pixel far deeper than the paper's noise.
///
/// Most of any image is paper, so the lower half of the depths shows what noise alone makes.
package struct Hysteresis: Sendable {
  /// Pixels must be deeper than this to be ink, in deviations of the paper's depth above its median.
  package var weak = 2.0
  /// A piece of ink needs one pixel this deep.
  package var strong = 5.0
  /// Gray levels added to `strong`: an image without noise is still quantized.
  package var margin = 2.0

  package init() {}

  /// What may be ink by its depth alone: the bits of all pixels that hang together with a deep one,
  /// and those of the deep ones.
  ///
  /// A piece of ink that has no deep pixel is part of a piece of these without any, so that most
  /// of the noise need not be looked at again.
  func candidates(
    low: UnsafePointer<UInt8>, high: UnsafePointer<UInt8>, _ filters: PlaneFilters
  ) -> (ink: UnsafeMutablePointer<UInt64>, deep: UnsafeMutablePointer<UInt64>) {
    let plane = filters.plane
    let memory = filters.memory
    let depth = memory.plane(3)
    filters.kernels.subtract(plane, low, high, depth)
    let levels = levels(of: depth, filters)
    let (ink, weak, deep) = (memory.bits(0), memory.bits(1), memory.bits(2))
    let count = filters.words * Int(plane.height)
    if levels.weak < 255 {
      filters.kernels.compare(plane, depth, levels.weak + 1, weak)
    } else {
      weak.update(repeating: 0, count: count)
    }
    filters.kernels.compare(plane, depth, levels.strong, deep)
    ink.update(from: deep, count: count)
    InkFlood(
      words: filters.words, height: Int(plane.height), mask: weak, reached: ink,
      changes: memory.rows
    ).run()
    return (ink, deep)
  }

  /// Depths in gray levels: ink is deeper than `weak`, and a piece of it has a pixel of `strong`.
  private func levels(
    of depth: UnsafePointer<UInt8>, _ filters: PlaneFilters
  ) -> (weak: UInt8, strong: UInt8) {
    let pixels = Int(filters.plane.width) * Int(filters.plane.height)
    let bytes = Int(filters.plane.stride) * Int(filters.plane.height)
    let counts = ValueCounts(
      kernels: filters.kernels, bytes: depth, count: bytes, absent: bytes - pixels)
    let median = percentile(0.5, of: counts, pixels: pixels)
    let deviation = median - percentile(0.16, of: counts, pixels: pixels)
    return (
      UInt8(min(255, median + weak * deviation)),
      UInt8(min(255, median + strong * deviation + margin))
    )
  }

  /// Within the levels that a whole number stands for, depths are taken to be spread evenly.
  private func percentile(_ share: Double, of counts: ValueCounts, pixels: Int) -> Double {
    let wanted = share * Double(pixels)
    let (value, less, equal) = counts.least(reaching: wanted)
    return Double(value) + (wanted - Double(less)) / Double(max(equal, 1))
  }
}

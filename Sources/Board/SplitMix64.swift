/// A small seeded generator, so that a run repeats exactly on every machine.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Streams of one seed are independent of each other: one for noise, one for faults, and so on.
  public init(seed: UInt64, stream: UInt64 = 0) {
    state = seed
    if stream != 0 {
      state = next() ^ SplitMix64(seed: stream).peek()
    }
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in 0..<1, in steps of 2^-53.
  public mutating func unit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A uniform number in the range.
  mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + unit() * (range.upperBound - range.lowerBound)
  }

  /// An approximately normal number with mean 0 and deviation 1, never beyond 3.47: the sum of four
  /// uniform ones out of one draw. Integer arithmetic only, so noise is the same with every C
  /// library.
  @inline(__always)
  mutating func normal() -> Float {
    let bits = next()
    let sum =
      Int32(truncatingIfNeeded: bits & 0xFFFF)
      &+ Int32(truncatingIfNeeded: bits >> 16 & 0xFFFF)
      &+ Int32(truncatingIfNeeded: bits >> 32 & 0xFFFF)
      &+ Int32(truncatingIfNeeded: bits >> 48)
    // Four uniforms of width 2^16 have the deviation 2^16 / sqrt(3).
    return Float(sum &- 131_070) * 2.642_905_5e-05
  }

  private func peek() -> UInt64 {
    var copy = self
    return copy.next()
  }
}

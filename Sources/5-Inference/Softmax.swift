/// The last steps of a softmax in integers, equal to TensorFlow Lite Micro's and CMSIS-NN's.
///
/// Qm.n has m integer and n fractional bits of 32. `models/FORMAT.md` describes the steps.
struct Softmax {
  /// More labels could overflow the formats of the sums.
  static let mostLabels = 256

  /// 1 / (the sum scaled to 1..<2), Q0.31.
  private let factor: Int64
  /// Bits that the sum was shifted left by to fill 32.
  private let headroom: Int

  /// A power of e in Q0.31 as its share of the sum, in Q12.19.
  static func term(_ power: Int32) -> Int64 { halved(Int64(power), 12) }

  /// - Precondition: `sum` is at least 2^19, as the greatest value's term is, and less than 2^31.
  init(sum: Int64) {
    headroom = UInt32(truncatingIfNeeded: sum).leadingZeroBitCount
    // Scaled, the sum fills 32 bits: 1..<2 in units of 2^31, of which this is half, in Q0.31.
    factor = Self.reciprocal((sum << Int64(headroom)) / 2)
  }

  /// The int8 probability, zero point -128 and scale 1/256, of a power of e in Q0.31.
  func probability(_ power: Int32) -> Int {
    min(Int(Self.halved(Self.product(factor, Int64(power)), 35 - headroom)) - 128, 127)
  }

  /// 1 / (2 * half) in Q0.31 by three steps of Newton's method, from a line close to the curve.
  private static func reciprocal(_ half: Int64) -> Int64 {
    var x = 1_515_870_810 + product(half, -1_010_580_540)
    for _ in 0..<3 {
      let step = product(x, (1 << 29) - product(half, x)) << 2
      x += min(max(step, Int64(Int32.min)), Int64(Int32.max))
    }
    return min(x << 1, Int64(Int32.max))
  }

  /// The doubling high half of a product, rounded.
  private static func product(_ a: Int64, _ b: Int64) -> Int64 { (a * b + (1 << 30)) >> 31 }

  /// value / 2^bits, rounded with halves away from 0.
  private static func halved(_ value: Int64, _ bits: Int) -> Int64 {
    let mask = (Int64(1) << Int64(bits)) - 1
    let threshold = (mask >> 1) + (value < 0 ? 1 : 0)
    return (value >> Int64(bits)) + ((value & mask) > threshold ? 1 : 0)
  }
}

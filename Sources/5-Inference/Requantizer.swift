/// Scales an int32 sum of products to the next layer's scale, as TensorFlow Lite Micro and
/// CMSIS-NN do by default: rounding twice, in a doubling high product and in a right shift.
///
/// It is monotone, so the maximum of sums may be taken before it.
package struct Requantizer: Sendable, Equatable {
  /// Q31, 0 or 2^30 ... 2^31 - 1.
  package let multiplier: Int32
  /// Power of two; positive shifts left.
  package let shift: Int

  package init(multiplier: Int32, shift: Int) {
    self.multiplier = multiplier
    self.shift = shift
  }

  /// Scales by `input * weight / output`, all greater than 0.
  package init(input: Float, weight: Float, output: Float) {
    let scale = Double(input) * Double(weight) / Double(output)
    var exponent = Int(scale.exponent) + 1
    var mantissa = Int64((scale.significand / 2 * 0x1p31).rounded(.toNearestOrAwayFromZero))
    if mantissa == 1 << 31 {
      mantissa /= 2
      exponent += 1
    }
    if exponent < -31 {
      mantissa = 0
      exponent = 0
    }
    self.init(multiplier: Int32(mantissa), shift: exponent)
  }

  /// The scaled sum, before the zero point and the clamp.
  ///
  /// - Precondition: `sum` shifted left by `shift` fits 32 bits.
  package func scaled(_ sum: Int32) -> Int32 {
    let left = max(shift, 0)
    let right = max(-shift, 0)
    let product = (Int64(sum) << Int64(left)) * Int64(multiplier)
    let high = (product + (1 << 30)) >> 31
    let mask = (Int64(1) << Int64(right)) - 1
    let threshold = (mask >> 1) + (high < 0 ? 1 : 0)
    return Int32((high >> Int64(right)) + ((high & mask) > threshold ? 1 : 0))
  }
}

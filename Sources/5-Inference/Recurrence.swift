/// What an lstm has besides the weights of its input.
///
/// Gates come in the order input, forget, cell, output. Their sums are Q3.12, their values Q0.15.
package struct Recurrence: Sendable {
  package static let gates = 4
  /// Scale of the gates' sums.
  static let gateScale: Float = 0x1p-12
  /// Scale of the gates' values.
  static let valueScale: Float = 0x1p-15
  /// Bits behind the point that a cell may have: it then holds values up to 64, or up to 1.
  static let cellBits = 9...15

  /// Int8 weights of the output a column before: gate, unit, unit.
  package let weights: [Int8]
  /// One per gate and unit, of the sums over that output.
  let requantizers: [Requantizer]
  /// Bits behind the point of a cell, which is int16.
  let cellBits: Int
  /// Rescaling of the products of two gates' values: that of the input gate and of the cell gate for
  /// the cell, that of the output gate and of the cell's tanh for the output.
  let taken: Requantizer
  let shown: Requantizer
  /// 256 values of sigmoid(i / 24) in Q0.16.
  package let sigmoids: [Int32]

  init(
    weights: [Int8], requantizers: [Requantizer], cellBits: Int, outputScale: Float,
    sigmoids: [Int32]
  ) {
    (self.weights, self.requantizers) = (weights, requantizers)
    (self.cellBits, self.sigmoids) = (cellBits, sigmoids)
    taken = Requantizer(
      input: Self.valueScale, weight: Self.valueScale,
      output: Float(sign: .plus, exponent: -cellBits, significand: 1))
    shown = Requantizer(input: Self.valueScale, weight: Self.valueScale, output: outputScale)
  }
}

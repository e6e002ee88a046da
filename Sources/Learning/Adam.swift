/// Adam (Kingma and Ba 2015) for one array of numbers.
struct Adam {
  private var mean: [Float]
  private var square: [Float]
  private var steps = 0
  private static let (meanDecay, squareDecay): (Float, Float) = (0.9, 0.95)

  init(count: Int) {
    mean = [Float](repeating: 0, count: count)
    square = mean
  }

  /// Takes a step down the gradient.
  mutating func step(_ values: inout [Float], _ gradient: [Float], rate: Float) {
    steps += 1
    let meanShare = 1 - power(Self.meanDecay, steps)
    let squareShare = 1 - power(Self.squareDecay, steps)
    let rate = rate / meanShare
    let squareFactor = 1 / squareShare
    for i in values.indices {
      mean[i] = Self.meanDecay * mean[i] + (1 - Self.meanDecay) * gradient[i]
      square[i] = Self.squareDecay * square[i] + (1 - Self.squareDecay) * gradient[i] * gradient[i]
      values[i] -= rate * mean[i] / ((square[i] * squareFactor).squareRoot() + 1e-8)
    }
  }

  private func power(_ base: Float, _ exponent: Int) -> Float {
    (0..<exponent).reduce(Float(1)) { product, _ in product * base }
  }
}

extension Head.Stage {
  /// What a stage's products take of its input, kept for the way back.
  enum Input {
    /// The values under all taps, column by column.
    case columns([Float])
    /// What Winograd's algorithm makes of six columns, and of the weights.
    case tiles(Tiles, [Float], weights: [Float])
  }

  /// A gradient on its way back through a stage.
  struct Back {
    let weights: [Float]
    let biases: [Float]
    /// The gradient of the products' sums, by which that of the input is found.
    fileprivate let products: [Float]
  }

  /// The columns between taps where three lie so that Winograd's algorithm serves: it takes half
  /// the multiplications.
  private var tileStep: Int? {
    guard taps.count == 3, taps[1] == 0, taps[2] > 0, taps[0] == -taps[2],
      channels == Products.padded(channels), outputs == width
    else { return nil }
    return taps[2]
  }

  /// What the taps take at each column, zeros beyond a line's ends.
  func input(_ values: [Float], _ lines: [Range<Int>]) -> Input {
    guard let tileStep else { return .columns(gathered(values, lines)) }
    let tiles = Tiles(lines, step: tileStep)
    return .tiles(
      tiles, tiles.gathered(.inputs, values, length: channels),
      weights: Tiles.one.gathered(.weights, weights, length: channels * width))
  }

  func outputs(of input: Input, columns: Int) -> [Float] {
    switch input {
    case .columns(let input):
      var sums = Products.multiply(input, .rows, weights, m: columns, k: inputs, n: width)
      sums.withUnsafeMutableBufferPointer { sums in
        biases.withUnsafeBufferPointer { biases in
          for first in stride(from: 0, to: sums.count, by: width) {
            for i in 0..<width { sums[first + i] += biases[i] }
          }
        }
      }
      return resized(sums, rows: columns, from: width, to: outputs)
    case .tiles(let tiles, let input, let weights):
      let products = Products.multiply(
        input, .rows, weights, m: tiles.count, k: channels, n: width, times: Tiles.products)
      var sums: [Float] = []
      sums.reserveCapacity(columns * width)
      for _ in 0..<columns { sums += biases }
      tiles.scatter(.outputs, products, length: width, to: &sums)
      return sums
    }
  }

  /// The gradients of weights and biases from that of outputs.
  func backward(_ input: Input, _ gradient: [Float], columns: Int) -> Back {
    let gradient = resized(gradient, rows: columns, from: outputs, to: width)
    let biases = columnSums(gradient, columns: columns)
    switch input {
    case .columns(let input):
      let weights = Products.multiply(
        input, .columns, gradient, m: inputs, k: columns, n: width)
      return Back(weights: weights, biases: biases, products: gradient)
    case .tiles(let tiles, let input, _):
      let products = tiles.gathered(.outputs, gradient, length: width)
      let parts = Products.multiply(
        input, .columns, products, m: channels, k: tiles.count, n: width, times: Tiles.products)
      var weights = [Float](repeating: 0, count: self.weights.count)
      Tiles.one.scatter(.weights, parts, length: channels * width, to: &weights)
      return Back(weights: weights, biases: biases, products: products)
    }
  }

  /// The gradient of a stage's input.
  func inputGradient(_ back: Back, _ input: Input, _ lines: [Range<Int>]) -> [Float] {
    let columns = lines.last?.upperBound ?? 0
    switch input {
    case .columns:
      let padded = Products.padded(inputs)
      let values = Products.multiply(
        back.products, .rows, turned(weights[...], rows: inputs, to: padded), m: columns, k: width,
        n: padded)
      return scattered(resized(values, rows: columns, from: padded, to: inputs), lines)
    case .tiles(let tiles, _, let weights):
      var turned: [Float] = []
      turned.reserveCapacity(weights.count)
      for first in stride(from: 0, to: weights.count, by: channels * width) {
        turned += self.turned(
          weights[first..<first + channels * width], rows: channels, to: channels)
      }
      let products = Products.multiply(
        back.products, .rows, turned, m: tiles.count, k: width, n: channels, times: Tiles.products)
      var gradient = [Float](repeating: 0, count: columns * channels)
      tiles.scatter(.inputs, products, length: channels, to: &gradient)
      return gradient
    }
  }

  /// Rows of `width` values as columns, filled up with zeros to `padded`.
  private func turned(_ values: ArraySlice<Float>, rows: Int, to padded: Int) -> [Float] {
    var turned = [Float](repeating: 0, count: width * padded)
    turned.withUnsafeMutableBufferPointer { turned in
      values.withUnsafeBufferPointer { values in
        for i in 0..<rows {
          for output in 0..<width { turned[output * padded + i] = values[i * width + output] }
        }
      }
    }
    return turned
  }

  /// What the taps take, column by column.
  private func gathered(_ values: [Float], _ lines: [Range<Int>]) -> [Float] {
    guard taps != [0] else { return values }
    var result = [Float](repeating: 0, count: values.count * taps.count)
    values.withUnsafeBufferPointer { values in
      result.withUnsafeMutableBufferPointer { result in
        forEachTap(in: lines) { column, source, tap in
          let (from, to) = (source * channels, column * inputs + tap * channels)
          for i in 0..<channels { result[to + i] = values[from + i] }
        }
      }
    }
    return result
  }

  /// The way back of `gathered`: what was taken several times is added up.
  private func scattered(_ gathered: [Float], _ lines: [Range<Int>]) -> [Float] {
    guard taps != [0] else { return gathered }
    var result = [Float](repeating: 0, count: gathered.count / taps.count)
    gathered.withUnsafeBufferPointer { gathered in
      result.withUnsafeMutableBufferPointer { result in
        forEachTap(in: lines) { column, source, tap in
          let (from, to) = (column * inputs + tap * channels, source * channels)
          for i in 0..<channels { result[to + i] += gathered[from + i] }
        }
      }
    }
    return result
  }

  private func forEachTap(
    in lines: [Range<Int>], _ body: (_ column: Int, _ source: Int, _ tap: Int) -> Void
  ) {
    for line in lines {
      for column in line {
        for (tap, offset) in taps.enumerated() where line.contains(column + offset) {
          body(column, column + offset, tap)
        }
      }
    }
  }

  private func columnSums(_ values: [Float], columns: Int) -> [Float] {
    Products.multiply(
      [Float](repeating: 1, count: columns), .rows, values, m: 1, k: columns, n: width)
  }
}

/// Rows cut, or filled up with zeros.
private func resized(_ values: [Float], rows: Int, from old: Int, to new: Int) -> [Float] {
  guard old != new else { return values }
  var result = [Float](repeating: 0, count: rows * new)
  let kept = min(old, new)
  values.withUnsafeBufferPointer { values in
    result.withUnsafeMutableBufferPointer { result in
      for row in 0..<rows {
        for i in 0..<kept { result[row * new + i] = values[row * old + i] }
      }
    }
  }
  return result
}

extension Layer {
  /// The output of an lstm, column by column as the format's description says.
  ///
  /// - Precondition: `values.count == input.count`, and the layer is an lstm.
  func referenceColumns(of values: [Int8]) -> [Int8] {
    guard let recurrence else { preconditionFailure("\(kind) has no recurrence") }
    let units = output.channels
    var cell = [Int](repeating: 0, count: units)
    var before = [Int](repeating: 0, count: units)
    var result: [Int8] = []
    for column in 0..<input.width {
      let first = column * input.channels
      let inputs = (0..<input.channels).map {
        Int(values[first + $0]) - inputQuantization.zeroPoint
      }
      let gates = (0..<Recurrence.gates * units).map { row in
        let fromInput = Self.gate(
          Self.sum(weights, row, inputs) + Int(biases[row]), requantizers[row])
        let fromOutput = Self.gate(
          Self.sum(recurrence.weights, row, before), recurrence.requantizers[row])
        return saturated(fromInput + fromOutput)
      }
      for unit in 0..<units {
        let into = recurrence.sigmoid(gates[unit])
        let forget = recurrence.sigmoid(gates[units + unit])
        let new = recurrence.tanh(gates[2 * units + unit], bits: 12)
        let kept = Requantizer(input: Recurrence.valueScale, weight: 1, output: 1)
          .scaled(Int32(forget * cell[unit]))
        let taken = recurrence.taken.scaled(Int32(into * new))
        cell[unit] = saturated(saturated(Int(kept)) + saturated(Int(taken)))
        let shown = recurrence.sigmoid(gates[3 * units + unit])
        let seen = recurrence.tanh(cell[unit], bits: recurrence.cellBits)
        let scaled = Int(recurrence.shown.scaled(Int32(shown * seen)))
        let value = min(max(scaled + outputQuantization.zeroPoint, -128), 127)
        result.append(Int8(value))
        before[unit] = value - outputQuantization.zeroPoint
      }
    }
    return result
  }

  /// A row of weights times a column.
  private static func sum(_ weights: [Int8], _ row: Int, _ column: [Int]) -> Int {
    let first = row * column.count
    return column.indices.reduce(0) { $0 + Int(weights[first + $1]) * column[$1] }
  }

  private static func gate(_ sum: Int, _ requantizer: Requantizer) -> Int {
    saturated(Int(requantizer.scaled(Int32(sum))))
  }
}

/// Clamped to int16.
private func saturated(_ value: Int) -> Int { min(max(value, Int(Int16.min)), Int(Int16.max)) }

extension Recurrence {
  /// The sigmoid of Q3.12 in Q0.15.
  fileprivate func sigmoid(_ value: Int) -> Int {
    let place = 3 * value
    let high = between(abs(place), bits: 9)
    return (place < 0 ? 1 << 25 - high + 511 : high + 512) >> 10
  }

  /// tanh of an int16 with `bits` bits behind the point, in Q0.15: 2 sigmoid(2x) - 1.
  fileprivate func tanh(_ value: Int, bits: Int) -> Int {
    var place = 3 * value
    if bits > 12 {
      place = (place + 1 << (bits - 13)) >> (bits - 12)
    } else {
      place <<= 12 - bits
    }
    let high = abs(place) >> 8 >= 255 ? 65535 << 8 : between(abs(place), bits: 8)
    return (place < 0 ? 1 << 23 - high + 127 : high - 1 << 23 + 128) >> 8
  }

  /// The table's values, and straight lines between them, times 2^bits.
  private func between(_ place: Int, bits: Int) -> Int {
    let at = place >> bits
    let (first, second) = (Int(sigmoids[at]), Int(sigmoids[at + 1]))
    return first << bits + (place & (1 << bits - 1)) * (second - first)
  }
}

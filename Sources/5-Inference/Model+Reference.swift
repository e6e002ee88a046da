extension Model {
  /// The int8 output of every layer for one patch, computed layer by layer as the format's
  /// description says, and slowly. The kernels are tested against it.
  package func referenceOutputs(of patch: [UInt8]) -> [[Int8]] {
    precondition(patch.count == patchSize)
    let input = patch.map { Int8(bitPattern: $0 ^ 0x80) }
    return layers.reduce(into: []) { outputs, layer in
      outputs.append(
        layer.referenceOutput(of: outputs.last ?? input, beside: layer.other.map { outputs[$0] }))
    }
  }
}

extension Layer {
  /// - Precondition: `values.count == input.count`; `others` are a concatenation's.
  func referenceOutput(of values: [Int8], beside others: [Int8]?) -> [Int8] {
    let others = others ?? []
    if kind == .softmax { return referenceSoftmax(of: values) }
    if kind == .lstm { return referenceColumns(of: values) }
    var result: [Int8] = []
    result.reserveCapacity(output.count)
    for y in 0..<output.height {
      for x in 0..<output.width {
        for c in 0..<output.channels {
          switch kind {
          case .maxPool, .averagePool:
            result.append(pooled(values, y, x, c))
          case .upsample:
            result.append(values[(y / 2 * input.width + x / 2) * input.channels + c])
          case .concatenation:
            let place = y * input.width + x
            let (mine, its) = (input.channels, output.channels - input.channels)
            result.append(
              c < mine ? values[place * mine + c] : others[place * its + c - mine])
          case .table:
            let value = values[(y * input.width + x) * input.channels + c]
            result.append(Int8(results[Int(value) + 128]))
          default:
            let sum = biases[c] + Int32(products(values, y, x, c))
            let scaled = Int(requantizers[c].scaled(sum)) + outputQuantization.zeroPoint
            result.append(
              Int8(min(max(scaled, outputRange.lowerBound), outputRange.upperBound)))
          }
        }
      }
    }
    return result
  }

  private func referenceSoftmax(of values: [Int8]) -> [Int8] {
    (0..<input.height * input.width).flatMap { place -> [Int8] in
      let first = place * input.channels
      let place = values[first..<first + input.channels]
      let greatest = place.max() ?? 0
      let powers = place.map { results[Int(greatest) - Int($0)] }
      let softmax = Softmax(sum: powers.reduce(0) { $0 + Softmax.term($1) })
      return powers.map { Int8(softmax.probability($0)) }
    }
  }

  /// Visits the inputs under the kernel, without padding, as (input row, column, kernel index).
  private func window(_ y: Int, _ x: Int, _ visit: (Int, Int, Int) -> Void) {
    for ky in 0..<kernel.height {
      for kx in 0..<kernel.width {
        let row = y * stride.height - paddingTop + ky * dilation.height
        let column = x * stride.width - paddingLeft + kx * dilation.width
        guard row >= 0, row < input.height, column >= 0, column < input.width else { continue }
        visit(row, column, ky * kernel.width + kx)
      }
    }
  }

  private func products(_ values: [Int8], _ y: Int, _ x: Int, _ c: Int) -> Int {
    let zeroPoint = inputQuantization.zeroPoint
    var sum = 0
    if kind == .dense {
      for i in 0..<input.count {
        sum += Int(weights[c * input.count + i]) * (Int(values[i]) - zeroPoint)
      }
      return sum
    }
    let taps = kernel.height * kernel.width
    window(y, x) { row, column, tap in
      let at = (row * input.width + column) * input.channels
      if kind == .depthwise {
        sum += Int(weights[tap * input.channels + c]) * (Int(values[at + c]) - zeroPoint)
      } else {
        for i in 0..<input.channels {
          let weight = weights[(c * taps + tap) * input.channels + i]
          sum += Int(weight) * (Int(values[at + i]) - zeroPoint)
        }
      }
    }
    return sum
  }

  private func pooled(_ values: [Int8], _ y: Int, _ x: Int, _ c: Int) -> Int8 {
    var greatest = Int8.min
    var sum = 0
    var count = 0
    window(y, x) { row, column, _ in
      let value = values[(row * input.width + column) * input.channels + c]
      greatest = max(greatest, value)
      sum += Int(value)
      count += 1
    }
    return kind == .maxPool ? greatest : Int8(roundedMean(sum, count))
  }
}

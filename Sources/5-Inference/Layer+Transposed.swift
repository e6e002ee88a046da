extension Layer {
  /// The layer of the same network for inputs whose rows and columns are exchanged.
  package func transposed() -> Layer {
    Layer(
      kind: kind, input: input.transposed(), output: output.transposed(),
      inputQuantization: inputQuantization, outputQuantization: outputQuantization,
      kernel: kernel.transposed(), stride: stride.transposed(), dilation: dilation.transposed(),
      padding: padding, activation: activation, weights: transposedWeights(), biases: biases,
      requantizers: requantizers, results: results, other: other)
  }

  /// The layer with another input shape, for an upsampling that is computed along with it.
  package func fed(_ input: TensorShape) -> Layer {
    Layer(
      kind: kind, input: input, output: output, inputQuantization: inputQuantization,
      outputQuantization: outputQuantization, kernel: kernel, stride: stride, dilation: dilation,
      padding: padding, activation: activation, weights: weights, biases: biases,
      requantizers: requantizers, results: results, other: other)
  }

  /// Weights with the kernel's rows and columns exchanged.
  private func transposedWeights() -> [Int8] {
    // Outer filters, then the kernel, then the values of one tap.
    let taps = kernel.height * kernel.width
    let (filters, values) =
      switch kind {
      case .convolution: (output.channels, input.channels)
      case .depthwise: (1, output.channels)
      case .dense, .maxPool, .averagePool, .table, .softmax, .upsample, .concatenation, .lstm:
        (0, 0)
      }
    guard filters > 0 else { return weights }
    var turned: [Int8] = []
    turned.reserveCapacity(weights.count)
    for filter in 0..<filters {
      for x in 0..<kernel.width {
        for y in 0..<kernel.height {
          let first = (filter * taps + y * kernel.width + x) * values
          turned += weights[first..<first + values]
        }
      }
    }
    return turned
  }
}

extension TensorShape {
  /// The shape with height and width exchanged.
  package func transposed() -> TensorShape {
    TensorShape(height: width, width: height, channels: channels)
  }

  /// Values of this shape with rows and columns exchanged.
  package func transposed<Value>(_ values: [Value]) -> [Value] {
    precondition(values.count == count)
    var turned: [Value] = []
    turned.reserveCapacity(count)
    for x in 0..<width {
      for y in 0..<height {
        let first = (y * width + x) * channels
        turned += values[first..<first + channels]
      }
    }
    return turned
  }
}

extension Layer.Window {
  fileprivate func transposed() -> Layer.Window { Layer.Window(height: width, width: height) }
}

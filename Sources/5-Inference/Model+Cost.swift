extension Model {
  /// Bytes that a board stores: weights, and for each output channel a bias, a multiplier (four
  /// bytes each) and a shift (one byte); tables. An lstm has one multiplier and shift a matrix.
  public var flashBytes: Int {
    layers.reduce(0) { sum, layer in
      if let recurrence = layer.recurrence {
        return sum + layer.weights.count + recurrence.weights.count + 4 * layer.biases.count
          + 2 * Recurrence.gates * 5 + 2 * recurrence.sigmoids.count
      }
      let tables = layer.kind == .softmax ? 4 * layer.results.count : layer.results.count
      return sum + layer.weights.count + 9 * layer.biases.count + tables
    }
  }

  /// Bytes of activations on a board that keeps them in two buffers and fuses nothing: of the
  /// largest input and output of one layer together, and of earlier outputs that later layers take.
  /// A table works in place. An lstm has its cells, and a column's gates, besides.
  public var activationBytes: Int {
    layers.indices.map { i in
      let layer = layers[i]
      let kept = Set(layers[i...].compactMap(\.other)).filter { $0 < i - 1 }
      let inPlace = layer.kind == .table || layer.kind == .softmax
      let units = layer.recurrence == nil ? 0 : layer.output.channels
      return layer.input.count + (inPlace ? 0 : layer.output.count)
        + 2 * units * (1 + Recurrence.gates)
        + kept.reduce(0) { $0 + layers[$1].output.count }
    }.max() ?? 0
  }

  /// The methods of the kernels, step by step; fused pools are no step.
  package var methods: [String] { plan.choices.map { "\($0.method)" } }
}

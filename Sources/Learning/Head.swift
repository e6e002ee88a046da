package import Inference

/// The last layers of a network in floating point, as they learn: columns of int8 features in,
/// columns of logits out.
package struct Head: Sendable {
  /// A layer: a column's output from inputs of some columns around it.
  struct Stage: Sendable {
    /// Columns, relative to the output's, whose values are taken.
    let taps: [Int]
    /// Values of one column.
    let channels: Int
    let outputs: Int
    /// Top of the values behind a ReLU, in 255 steps; nil for logits.
    let top: Float?
    /// [taps x channels][padded outputs].
    var weights: [Float]
    var biases: [Float]

    var inputs: Int { taps.count * channels }
    var width: Int { Products.padded(outputs) }
  }

  private(set) var stages: [Stage]
  /// What features stand for: scale * (value + 128).
  let input: Quantization
  package let labels: Int
  /// Rows of the features that make a column.
  let rows: Int
  /// Values of a column of features.
  package var channels: Int { stages[0].channels }
  /// Layers that the head stands for, from the network's end.
  package var depth: Int { stages.count }

  /// As many layers as take columns only: dense ones, and convolutions that take all rows of their
  /// input at once; the layers before them make features. Nil if the last one doesn't, or if none is
  /// left.
  package init?(of folder: ModelFolder) {
    let layers = folder.model.layers
    let depth = layers.reversed().prefix { $0.taps != nil }.count
    guard depth >= 1, depth < layers.count else { return nil }
    stages = []
    labels = folder.model.labels.count
    let first = layers[layers.count - depth]
    input = first.inputQuantization
    rows = first.kind == .dense ? 1 : first.input.height
    for number in layers.count - depth..<layers.count {
      let layer = layers[number]
      guard let values = folder.values(ofLayer: number), let taps = layer.taps,
        (layer.activation == .relu) == (number < layers.count - 1),
        layer.inputQuantization.zeroPoint == -128
      else { return nil }
      let channels = layer.weights.count / layer.output.channels / taps.count
      var stage = Stage(
        taps: taps, channels: channels, outputs: layer.output.channels,
        top: layer.activation == .relu ? 255 * layer.outputQuantization.scale : nil, weights: [],
        biases: [])
      (stage.weights, stage.biases) = Self.packed(values, stage)
      stages.append(stage)
    }
  }

  private static func packed(
    _ values: ModelFolder.FloatLayer, _ stage: Stage
  ) -> (weights: [Float], biases: [Float]) {
    var weights = [Float](repeating: 0, count: stage.inputs * stage.width)
    for output in 0..<stage.outputs {
      for i in 0..<stage.inputs {
        weights[i * stage.width + output] = values.weights[output * stage.inputs + i]
      }
    }
    let padding = [Float](repeating: 0, count: stage.width - stage.outputs)
    return (weights, values.biases + padding)
  }

  /// The weights of a stage in a layer's order.
  func values(ofStage number: Int) -> ModelFolder.FloatLayer {
    let stage = stages[number]
    var weights = [Float](repeating: 0, count: stage.outputs * stage.inputs)
    for output in 0..<stage.outputs {
      for i in 0..<stage.inputs {
        weights[output * stage.inputs + i] = stage.weights[i * stage.width + output]
      }
    }
    return ModelFolder.FloatLayer(
      weights: weights, biases: Array(stage.biases.prefix(stage.outputs)))
  }

  /// All weights and biases, one array a matrix.
  package var parameters: [[Float]] {
    get { stages.flatMap { [$0.weights, $0.biases] } }
    set {
      for i in stages.indices {
        stages[i].weights = newValue[2 * i]
        stages[i].biases = newValue[2 * i + 1]
      }
    }
  }

  /// The head on the way from another one to this, 0...1.
  package func blended(from other: Head, share: Float) -> Head {
    var blend = self
    blend.parameters = zip(parameters, other.parameters).map { mine, its in
      zip(mine, its).map { share * $0 + (1 - share) * $1 }
    }
    return blend
  }
}

extension Layer {
  /// Columns whose values make an output's, relative to it: [0] for a dense layer, as for one that
  /// takes a column alone. Nil for a layer that takes less than all rows, or passes columns over.
  fileprivate var taps: [Int]? {
    switch kind {
    case .dense: [0]
    case .convolution
    where stride.width == 1 && dilation.height == 1 && output.height == 1
      && output.width == input.width && kernel.height == input.height:
      (0..<kernel.width).map { $0 * dilation.width - paddingLeft }
    default: nil
    }
  }
}

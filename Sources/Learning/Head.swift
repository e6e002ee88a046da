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
  /// Layers that the head stands for, from the network's end.
  package var depth: Int { stages.count }

  /// Nil if the last `depth` layers aren't columns' own: dense, or convolutions of one row, of which
  /// only the first looks at neighbours.
  package init?(of folder: ModelFolder, depth: Int) {
    let layers = folder.model.layers
    guard depth >= 1, depth < layers.count else { return nil }
    stages = []
    input = layers[layers.count - depth].inputQuantization
    labels = folder.model.labels.count
    for number in layers.count - depth..<layers.count {
      let (layer, isFirst) = (layers[number], stages.isEmpty)
      guard let values = folder.values(ofLayer: number),
        let taps = layer.taps, isFirst || taps == [0],
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

/// Columns of features of one line, or the one column of a character.
package struct Features: Sendable, Equatable {
  package let values: [Int8]
  package let channels: Int
  package var columns: Int { values.count / channels }

  package init(values: [Int8], channels: Int) {
    (self.values, self.channels) = (values, channels)
  }

  /// All columns.
  package var places: [Head.Place] { (0..<columns).map { Head.Place(features: self, column: $0) } }
}

extension Head {
  /// The values of each stage for some columns, kept for the way back.
  package struct Pass {
    /// `inputs[i]` is taken by stage i.
    var inputs: [[Float]]
    /// Outputs of all stages but the last before rounding: where they lie in 0...top, they learn.
    var sums: [[Float]]
    /// `Head.labels` a column.
    package var logits: [Float]
    var columns: Int
  }

  /// A column of a line.
  package struct Place: Sendable {
    let features: Features
    let column: Int
  }

  /// The head's logits for some columns.
  package func forward(_ places: [Place]) -> Pass {
    let (first, scale) = (stages[0], input.scale)
    var input = [Float](repeating: 0, count: places.count * first.inputs)
    for (row, place) in places.enumerated() {
      for (tap, offset) in first.taps.enumerated() {
        let column = place.column + offset
        guard column >= 0, column < place.features.columns else { continue }
        let (from, to) = (column * first.channels, row * first.inputs + tap * first.channels)
        for i in 0..<first.channels {
          input[to + i] = scale * Float(Int(place.features.values[from + i]) + 128)
        }
      }
    }
    var pass = Pass(inputs: [input], sums: [], logits: [], columns: places.count)
    for (number, stage) in stages.enumerated() {
      let sums = outputs(of: stage, pass.inputs[number], columns: places.count)
      guard let top = stage.top else {
        pass.logits = trimmed(sums, stage, columns: places.count)
        continue
      }
      let values = trimmed(sums, stage, columns: places.count)
      pass.sums.append(values)
      let step = top / 255
      pass.inputs.append(values.map { min(max(($0 / step).rounded(), 0), 255) * step })
    }
    return pass
  }

  private func outputs(of stage: Stage, _ input: [Float], columns: Int) -> [Float] {
    var sums = Products.multiply(
      input, .rows, stage.weights, m: columns, k: stage.inputs, n: stage.width)
    for first in stride(from: 0, to: sums.count, by: stage.width) {
      for i in 0..<stage.width { sums[first + i] += stage.biases[i] }
    }
    return sums
  }

  /// Rows without their padding.
  private func trimmed(_ values: [Float], _ stage: Stage, columns: Int) -> [Float] {
    guard stage.width > stage.outputs else { return values }
    var rows: [Float] = []
    rows.reserveCapacity(columns * stage.outputs)
    for row in 0..<columns {
      rows += values[row * stage.width..<row * stage.width + stage.outputs]
    }
    return rows
  }

  /// The gradient of all parameters, in their order, from that of the logits.
  package func backward(_ pass: Pass, _ gradient: [Float]) -> [[Float]] {
    var result: [[Float]] = []
    var gradient = gradient
    for number in stages.indices.reversed() {
      let stage = stages[number]
      let padded = padded(gradient, stage, columns: pass.columns)
      var biases = [Float](repeating: 0, count: stage.width)
      for row in 0..<pass.columns {
        for i in 0..<stage.width { biases[i] += padded[row * stage.width + i] }
      }
      let weights = Products.multiply(
        pass.inputs[number], .columns, padded, m: stage.inputs, k: pass.columns, n: stage.width)
      result = [weights, biases] + result
      guard number > 0 else { break }
      gradient = inputGradient(of: stage, padded, columns: pass.columns)
      let top = stages[number - 1].top ?? .infinity
      let sums = pass.sums[number - 1]
      // Rounding passes gradients on; the ends of the range don't.
      for i in gradient.indices where sums[i] <= 0 || sums[i] >= top { gradient[i] = 0 }
    }
    return result
  }

  private func padded(_ values: [Float], _ stage: Stage, columns: Int) -> [Float] {
    guard stage.width > stage.outputs else { return values }
    var rows = [Float](repeating: 0, count: columns * stage.width)
    for row in 0..<columns {
      for i in 0..<stage.outputs { rows[row * stage.width + i] = values[row * stage.outputs + i] }
    }
    return rows
  }

  /// From gradients of a stage's outputs to those of its inputs.
  private func inputGradient(of stage: Stage, _ gradient: [Float], columns: Int) -> [Float] {
    let width = Products.padded(stage.inputs)
    var turned = [Float](repeating: 0, count: stage.width * width)
    for i in 0..<stage.inputs {
      for output in 0..<stage.width {
        turned[output * width + i] = stage.weights[i * stage.width + output]
      }
    }
    let values = Products.multiply(
      gradient, .rows, turned, m: columns, k: stage.width, n: width)
    guard width > stage.inputs else { return values }
    return (0..<columns).flatMap { values[$0 * width..<$0 * width + stage.inputs] }
  }
}

extension Layer {
  /// Columns whose values make an output's, relative to it: [0] for a dense layer, as for 1x1. Nil
  /// for a layer that isn't columns' own.
  fileprivate var taps: [Int]? {
    switch kind {
    case .dense: [0]
    case .convolution
    where input.height == 1 && kernel.height == 1 && stride.width == 1 && padding == .same
      || kernel.height == 1 && kernel.width == 1 && input.height == 1:
      (0..<kernel.width).map { $0 * dilation.width - paddingLeft }
    default: nil
    }
  }
}

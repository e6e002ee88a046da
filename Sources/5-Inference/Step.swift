internal import CKernels

/// One call of a kernel. Offsets point into the `weights`, `tables` and `tiles` of its plan.
struct Step: Sendable {
  /// Index in the model's layers; a fused pool follows this layer.
  let layer: Int
  let operation: Operation

  enum Operation: Sendable {
    case products(Products)
    case depthwise(Depthwise)
    case winograd(Winograd)
    case pool
    /// Results, one per value, stored as weights.
    case table(weights: Int)
    /// A table of powers of e.
    case softmax(powers: Int)
    case upsample
    /// The grid whose channels are put beside those of the one before.
    case concatenation(other: Int)
    case lstm(LSTM)
  }

  /// Conversion of int32 sums to int8, a channel at a time.
  struct Requantization: Sendable {
    let channels: Int32
    /// Clamp of the centred result.
    let low: Int32
    let high: Int32
    let bias: Int
    let multiplier: Int
    let left: Int
    let right: Int
  }

  /// Offsets of the first input and of the result of each position.
  struct Positions: Sendable {
    let sources: Int
    let targets: Int
    /// Positions of a patch.
    let count: Int
  }

  /// Sums of products: a convolution or a dense layer.
  struct Products: Sendable {
    let weights: Int
    let requantization: Requantization
    let positions: Positions
    /// Offsets of pairs of inputs.
    let offsets: Int
    let offsetCount: Int32
    /// Whether the maximum of four positions is taken.
    let pooled: Bool
  }

  struct Depthwise: Sendable {
    let weights: Int
    let requantization: Requantization
    let positions: Positions
    let taps: Int
    let tapCount: Int32
  }

  /// An lstm: what the input gives to the gates, all columns at once, then column by column what
  /// the output before gives, and the cells.
  struct LSTM: Sendable {
    let inputs: Products
    /// Of one position, whose source is each column of the output in turn.
    let outputs: Products
    let units: Int
    let cellBits: Int32
    let multiplier: Int32
    let right: Int32
    let low: Int32
    let high: Int32
    /// Sigmoids with the rise to the next, as `ScribeLSTM` has them.
    let sigmoids: Int

    /// Values of scratch memory: the gates' shares of the input and of the output before, the cells.
    static func scratch(columns: Int, units: Int) -> Int {
      (columns + 1) * Recurrence.gates * units + units
    }
  }

  /// A convolution by Winograd's algorithm, along rows only or along rows and columns; Sendable,
  /// since the pointers of its shape are nil.
  struct Winograd: @unchecked Sendable {
    let weights: Int
    let requantization: Requantization
    let tiles: Int
    /// Tiles of a patch.
    let count: Int
    /// The kernel's shape without pointers, as `ScribeWinograd` has it.
    let shape: ScribeWinograd
  }
}

extension Step.Operation {
  /// The offset of the packed weights, for steps that have any.
  var weights: Int? {
    switch self {
    case .products(let products): products.weights
    case .depthwise(let depthwise): depthwise.weights
    case .winograd(let winograd): winograd.weights
    case .table(let weights): weights
    case .lstm(let lstm): lstm.inputs.weights
    case .pool, .softmax, .upsample, .concatenation: nil
    }
  }
}

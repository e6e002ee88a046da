/// Height, width and channels of a tensor; values lie row by row, channels innermost.
public struct TensorShape: Sendable, Hashable {
  public let height: Int
  public let width: Int
  public let channels: Int

  public init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// Values in all.
  public var count: Int { height * width * channels }
}

extension TensorShape: CustomStringConvertible {
  public var description: String { "[\(height), \(width), \(channels)]" }
}

/// The meaning of an int8 value: `scale * (value - zeroPoint)`.
public struct Quantization: Sendable, Equatable {
  /// Greater than 0.
  public let scale: Float
  /// -128...127.
  public let zeroPoint: Int

  public init(scale: Float, zeroPoint: Int) {
    self.scale = scale
    self.zeroPoint = zeroPoint
  }
}

/// One validated step of a network.
package struct Layer: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case convolution = "conv2d"
    case depthwise = "depthwise_conv2d"
    case dense = "dense"
    case maxPool = "max_pool2d"
    case averagePool = "average_pool2d"
    /// Any function of one value, as its 256 results.
    case table = "table"
    case softmax = "softmax"
    /// Each value four times, as a square of 2x2.
    case upsample = "upsample2d"
    /// Channels of another layer's output behind those of the one before.
    case concatenation = "concatenate"
    /// Remembers from column to column, left to right.
    case lstm = "lstm"

    package var hasWeights: Bool {
      self == .convolution || self == .depthwise || self == .dense || self == .lstm
    }
    package var hasKernel: Bool {
      switch self {
      case .convolution, .depthwise, .maxPool, .averagePool: true
      case .dense, .table, .softmax, .upsample, .concatenation, .lstm: false
      }
    }
    /// Whether the layer may follow a dense layer, which leaves no rows and columns.
    package var takesFlat: Bool { self == .dense || self == .table || self == .softmax }
    /// Whether the layer leaves values as they are, and so the scale too.
    var keepsValues: Bool {
      switch self {
      case .maxPool, .averagePool, .upsample, .concatenation: true
      case .convolution, .depthwise, .dense, .table, .softmax, .lstm: false
      }
    }
    package var mayDilate: Bool { self == .convolution || self == .depthwise }
  }

  package enum Padding: String, Sendable, CaseIterable {
    case valid, same

    /// Output rows or columns; 0 if the kernel, which reaches over `reach`, doesn't fit.
    func size(_ input: Int, reach: Int, stride: Int) -> Int {
      switch self {
      case .same: (input + stride - 1) / stride
      case .valid: reach > input ? 0 : (input - reach) / stride + 1
      }
    }
  }

  package enum Activation: String, Sendable, CaseIterable {
    case none, relu
  }

  package struct Window: Sendable, Equatable {
    package let height: Int
    package let width: Int
    package init(height: Int, width: Int) {
      self.height = height
      self.width = width
    }
  }

  package let kind: Kind
  package let input: TensorShape
  package let output: TensorShape
  package let inputQuantization: Quantization
  package let outputQuantization: Quantization
  /// 1x1 for a dense layer, likewise `stride`.
  package let kernel: Window
  package let stride: Window
  /// Steps between the inputs under neighbouring weights; 1x1 for anything but convolutions.
  package let dilation: Window
  package let padding: Padding
  package let activation: Activation
  /// Int8 weights, output channel, row, column, input channel (OHWI); row, column, channel for
  /// depthwise; gate, unit, input channel for an lstm; empty for pooling.
  package let weights: [Int8]
  /// One bias per output channel, or per gate and unit, at scale input x weight.
  package let biases: [Int32]
  /// One per bias.
  package let requantizers: [Requantizer]
  /// For a table, the 256 results from that of -128 on, int8; for a softmax, e^-(input scale x i)
  /// in Q0.31 for i = 0...255. Empty otherwise.
  package let results: [Int32]
  /// For a concatenation, the earlier layer whose output is put behind the input.
  package var other: Int?
  /// For an lstm, what comes after the sums over its input.
  package var recurrence: Recurrence?

  /// Rows of padding above the input, as TensorFlow divides an odd number: less above.
  package var paddingTop: Int { before(input.height, output.height, reach.height, stride.height) }
  /// Columns of padding left of the input.
  package var paddingLeft: Int { before(input.width, output.width, reach.width, stride.width) }

  /// Rows and columns from a kernel's first weight to its last, dilation included.
  package var reach: Window { Self.reach(of: kernel, dilation: dilation) }

  static func reach(of kernel: Window, dilation: Window) -> Window {
    Window(
      height: (kernel.height - 1) * dilation.height + 1,
      width: (kernel.width - 1) * dilation.width + 1)
  }

  /// The input with all padding that kernels read, at each side.
  package var paddedInput: TensorShape {
    TensorShape(
      height: max((output.height - 1) * stride.height + reach.height, paddingTop + input.height),
      width: max((output.width - 1) * stride.width + reach.width, paddingLeft + input.width),
      channels: input.channels)
  }

  /// Least and greatest value of the output.
  package var outputRange: ClosedRange<Int> {
    activation == .relu ? max(-128, outputQuantization.zeroPoint)...127 : -128...127
  }

  private func before(_ input: Int, _ output: Int, _ kernel: Int, _ stride: Int) -> Int {
    padding == .valid ? 0 : max((output - 1) * stride + kernel - input, 0) / 2
  }

  /// Multiplications and additions of one inference.
  package var macs: Int {
    switch kind {
    case .convolution: output.count * kernel.height * kernel.width * input.channels
    case .depthwise: output.count * kernel.height * kernel.width
    case .dense: output.count * input.count
    // Those of the gates' sums; the few of each unit's functions don't count.
    case .lstm: output.count * 4 * (input.channels + output.channels)
    case .maxPool, .averagePool, .table, .softmax, .upsample, .concatenation: 0
    }
  }
}

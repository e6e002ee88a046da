package import Inference

/// Bias and rescaling of an output channel, as `scribe_net_channel` in `scribe_net.h`.
package struct FirmwareChannel: Sendable, Equatable {
  package var bias: Int32
  package var multiplier: Int32
  package var left: UInt8
  package var right: UInt8

  /// Padding for an odd number of channels.
  static let none = FirmwareChannel(bias: 0, multiplier: 0, left: 0, right: 1)
}

/// One step of a network on a board, as `scribe_net_layer` in `scribe_net.h`: a layer of the model,
/// or a convolution with the 2x2 maximum after it.
package struct FirmwareLayer: Sendable {
  /// The kinds by their numbers in `scribe_net.h`.
  package enum Kind: UInt8, Sendable {
    case convolution = 1
    case depthwise = 2
    case dense = 3
    case maxPool = 4
    case averagePool = 5
    case table = 6
    case softmax = 7
    /// Rows and columns doubled, and another layer's channels put behind.
    case join = 8

    /// Nil for layers that boards don't compute.
    init?(_ kind: Layer.Kind) {
      switch kind {
      case .convolution: self = .convolution
      case .depthwise: self = .depthwise
      case .dense: self = .dense
      case .maxPool: self = .maxPool
      case .averagePool: self = .averagePool
      case .table: self = .table
      case .softmax: self = .softmax
      case .concatenation: self = .join
      case .upsample, .lstm: return nil
      }
    }

    /// The name of the constant in `scribe_net.h`.
    var constant: String {
      switch self {
      case .convolution: "SCRIBE_NET_CONV2D"
      case .depthwise: "SCRIBE_NET_DEPTHWISE"
      case .dense: "SCRIBE_NET_DENSE"
      case .maxPool: "SCRIBE_NET_MAX_POOL"
      case .averagePool: "SCRIBE_NET_AVERAGE_POOL"
      case .table: "SCRIBE_NET_TABLE"
      case .softmax: "SCRIBE_NET_SOFTMAX"
      case .join: "SCRIBE_NET_JOIN"
      }
    }
  }

  package let kind: Kind
  /// "0-1 conv2d 5x5, max_pool2d 2x2": numbers as in the manifest.
  package let name: String
  /// Number of the layer in the manifest, or of the pool that ends it.
  package let number: Int
  package let pooled: Bool
  /// Whether every sum fits the DSP kernel.
  package let narrow: Bool
  package let input: TensorShape
  /// After pooling, if pooled.
  package let output: TensorShape
  /// Zero points and the least output, as activations: plus 128.
  package let inputZero: UInt8
  package let outputZero: UInt8
  package let low: UInt8
  package let kernel: Layer.Window
  package let stride: Layer.Window
  package let padTop: Int
  package let padLeft: Int
  package let dilation: Layer.Window
  /// Whether the input is padded, so that strides alone make the output smaller.
  package let isSame: Bool
  /// For a join, the place of the other layer among the exported ones.
  package internal(set) var source = 0
  package let macs: Int
  /// `[channel / 2][pair]`: the weights of two inputs for channels a and b, as halves 256 b + a.
  package let weights: [UInt32]
  /// Weights of a depthwise layer: row, column, channel.
  package let taps: [Int8]
  /// Channels, an even number or none.
  package let channels: [FirmwareChannel]
  /// For tables, the result for each of the 256 activations; else empty.
  package let table: [UInt8]
  /// For a softmax, e^-(input scale x i) in Q31 for i = 0...255; empty for other layers.
  package let powers: [Int32]
  /// Word offsets into the arena.
  package internal(set) var outputOffset = 0
  package internal(set) var scratchOffset = 0

  /// Takes a layer, and perhaps a 2x2 maximum to compute along with a convolution.
  ///
  /// - Throws: `ExportError.unsupported` for layers that `scribe_net.h` doesn't support.
  init(
    _ layer: Layer, number: Int, pool: Layer?, order: FirmwareOrder
  ) throws(ExportError) {
    try Self.check(layer, number: number, order: order)
    guard let kind = Kind(layer.kind) else {
      throw .unsupported(layer: number, what: layer.kind.rawValue)
    }
    self.kind = kind
    pooled = pool != nil
    self.number = number + (pooled ? 1 : 0)
    name = Self.name(layer, number: number, pool: pool)
    input = layer.input
    output = pool?.output ?? layer.output
    inputZero = UInt8(layer.inputQuantization.zeroPoint + 128)
    outputZero = UInt8(layer.outputQuantization.zeroPoint + 128)
    low = UInt8(layer.outputRange.lowerBound + 128)
    kernel = layer.kernel
    stride = layer.stride
    // A kernel of one weight in a direction has no gaps there, whatever the dilation.
    dilation = Layer.Window(
      height: layer.kernel.height > 1 ? layer.dilation.height : 1,
      width: layer.kernel.width > 1 ? layer.dilation.width : 1)
    isSame = layer.padding == .same
    padTop = layer.paddingTop
    padLeft = layer.paddingLeft
    macs = layer.macs
    taps = layer.kind == .depthwise ? layer.weights : []
    weights = kind == .convolution || kind == .dense ? Self.packed(layer) : []
    var channels = zip(layer.biases, layer.requantizers).map { bias, requantizer in
      // 0 stays 0 under any shift; the fast kernel needs a right shift.
      let right = requantizer.multiplier == 0 ? 1 : max(-requantizer.shift, 0)
      return FirmwareChannel(
        bias: bias, multiplier: requantizer.multiplier, left: UInt8(max(requantizer.shift, 0)),
        right: UInt8(right))
    }
    table = kind == .table ? layer.results.map { UInt8($0 + 128) } : []
    powers = kind == .softmax ? layer.results : []
    narrow = Self.isNarrow(layer, channels)
    if channels.count % 2 == 1 { channels.append(.none) }
    self.channels = channels
  }

  /// Refuses what boards don't compute in this order.
  private static func check(
    _ layer: Layer, number: Int, order: FirmwareOrder
  ) throws(ExportError) {
    let isDilated = layer.reach != layer.kernel
    let isRowsOnly = layer.kind == .convolution && layer.reach.width != layer.kernel.width
    let dilation = layer.dilation
    if isDilated, order == .atOnce || isRowsOnly {
      throw .unsupported(
        layer: number, what: "a kernel with a dilation of \(dilation.height)x\(dilation.width)")
    }
    switch layer.kind {
    case .convolution: return
    case .depthwise:
      // scribe_flow.c keeps the places of the taps on its stack.
      guard order != .atOnce, layer.kernel.height * layer.kernel.width > mostTaps else { return }
      throw .unsupported(layer: number, what: "a filter of more than \(mostTaps) weights")
    case .upsample, .concatenation:
      guard order == .byRows else {
        throw .unsupported(layer: number, what: layer.kind.rawValue)
      }
    case .lstm: throw .unsupported(layer: number, what: layer.kind.rawValue)
    case .dense, .maxPool, .averagePool, .table, .softmax:
      guard order == .atOnce else {
        throw .unsupported(layer: number, what: "\(layer.kind.rawValue), row by row,")
      }
    }
  }

  private static let mostTaps = 25

  /// Rows and columns from a kernel's first weight to its last.
  var reach: Layer.Window {
    Layer.Window(
      height: (kernel.height - 1) * dilation.height + 1,
      width: (kernel.width - 1) * dilation.width + 1)
  }

  private static func name(_ layer: Layer, number: Int, pool: Layer?) -> String {
    func described(_ layer: Layer) -> String {
      guard layer.kind.hasKernel else { return layer.kind.rawValue }
      return "\(layer.kind.rawValue) \(layer.kernel.height)x\(layer.kernel.width)"
    }
    guard let pool else { return "\(number) \(described(layer))" }
    return "\(number)-\(number + 1) \(described(layer)), \(described(pool))"
  }

  /// Whether a pool is a 2x2 maximum of whole squares, which can be taken of the sums before they
  /// are rescaled.
  static func isFusable(_ pool: Layer, after layer: Layer) -> Bool {
    let two = Layer.Window(height: 2, width: 2)
    return layer.kind == .convolution && pool.kind == .maxPool && pool.kernel == two
      && pool.stride == two && 2 * pool.output.height <= pool.input.height
      && 2 * pool.output.width <= pool.input.width
  }
}

// MARK: Packing

extension FirmwareLayer {
  /// Number of values of a kernel row, or of the whole input of a dense layer, that are paired
  /// together.
  private static func row(_ layer: Layer) -> Int {
    layer.kind == .dense ? layer.input.count : layer.kernel.width * layer.input.channels
  }

  /// The inputs of a row in the order in which the board pairs them: (0, 2) and (1, 3) of each
  /// four, as its byte unpacking yields them; of the rest (0, 1), or (0, 2) and 1 alone.
  static func pairs(_ values: Int) -> [(Int, Int?)] {
    let whole = values / 4 * 4
    var pairs: [(Int, Int?)] = Swift.stride(from: 0, to: whole, by: 4).flatMap {
      [($0, $0 + 2), ($0 + 1, $0 + 3)]
    }
    switch values % 4 {
    case 1: pairs.append((whole, nil))
    case 2: pairs.append((whole, whole + 1))
    case 3: pairs += [(whole, whole + 2), (whole + 1, nil)]
    default: break
    }
    return pairs
  }

  private static func packed(_ layer: Layer) -> [UInt32] {
    let row = row(layer)
    let rows = layer.kernel.height
    let fanIn = rows * row
    let pairs = pairs(row)
    let channels = layer.output.channels
    var words: [UInt32] = []
    words.reserveCapacity((channels + 1) / 2 * rows * pairs.count)
    for a in Swift.stride(from: 0, to: channels, by: 2) {
      for y in 0..<rows {
        func half(_ input: Int?) -> UInt32 {
          guard let input else { return 0 }
          let at = a * fanIn + y * row + input
          let b = a + 1 < channels ? Int(layer.weights[at + fanIn]) : 0
          return UInt32(UInt16(truncatingIfNeeded: 256 * b + Int(layer.weights[at])))
        }
        for (first, second) in pairs { words.append(half(first) | half(second) << 16) }
      }
    }
    return words
  }

  /// Whether the DSP kernel computes every sum exactly: each sum fits 24 bits, twice the shifted
  /// sum fits 32 bits, and a right shift follows.
  private static func isNarrow(_ layer: Layer, _ channels: [FirmwareChannel]) -> Bool {
    guard layer.kind.hasWeights else { return true }
    let count = layer.output.channels
    let fanIn = layer.weights.count / count
    let least = -128 - layer.inputQuantization.zeroPoint
    let greatest = 127 - layer.inputQuantization.zeroPoint
    for c in 0..<count {
      var low = Int(channels[c].bias)
      var high = low
      for i in 0..<fanIn {
        let at = layer.kind == .depthwise ? i * count + c : c * fanIn + i
        let weight = Int(layer.weights[at])
        low += weight * (weight > 0 ? least : greatest)
        high += weight * (weight > 0 ? greatest : least)
      }
      let reach = max(high, -low)
      guard reach < 1 << 23, reach <= Int(Int32.max) >> (Int(channels[c].left) + 1),
        channels[c].right >= 1
      else { return false }
    }
    return true
  }

  /// Inputs of one output, in pairs; 0 for layers that work channel by channel.
  var columnWords: Int {
    switch kind {
    case .convolution: kernel.height * Self.pairs(kernel.width * input.channels).count
    case .dense: Self.pairs(input.count).count
    case .depthwise, .maxPool, .averagePool, .table, .softmax, .join: 0
    }
  }

  /// As `scribe_net_scratch_words`.
  var scratchWords: Int {
    switch kind {
    case .convolution: 4 * columnWords + (isPadded ? (windowCount + 3) / 4 : 0)
    case .dense: columnWords
    case .depthwise, .maxPool, .averagePool, .table, .softmax, .join: 0
    }
  }

  /// Number of values under the kernels of one position, or of four that are pooled.
  private var windowCount: Int {
    (kernel.height + (pooled ? stride.height : 0)) * (kernel.width + (pooled ? stride.width : 0))
      * input.channels
  }

  /// Whether any kernel reaches beyond the input.
  private var isPadded: Bool {
    let size = pooled ? 2 : 1
    let bottom = (size * output.height - 1) * stride.height + kernel.height - padTop
    let right = (size * output.width - 1) * stride.width + kernel.width - padLeft
    return padTop > 0 || padLeft > 0 || bottom > input.height || right > input.width
  }

  /// Bytes of weights, biases, rescaling and tables in flash.
  package var flashBytes: Int {
    4 * (weights.count + powers.count) + taps.count + table.count + 12 * channels.count
  }

  /// As `scribe_model_layer_crc`.
  package var checksum: UInt32 {
    var digest = Digest()
    let fields = [
      Int(kind.rawValue), pooled ? 1 : 0, narrow ? 1 : 0, Int(inputZero), Int(outputZero),
      Int(low), kernel.height, kernel.width, stride.height, stride.width, padTop, padLeft,
      input.height, input.width, input.channels, output.height, output.width, output.channels,
      dilation.height, dilation.width, isSame ? 1 : 0, source, number, outputOffset, scratchOffset,
    ]
    for field in fields { digest.add(UInt32(field)) }
    for channel in channels {
      digest.add(UInt32(bitPattern: channel.bias))
      digest.add(UInt32(bitPattern: channel.multiplier))
      digest.add(UInt32(channel.left) | UInt32(channel.right) << 8)
    }
    for word in weights { digest.add(word) }
    for power in powers { digest.add(UInt32(bitPattern: power)) }
    for tap in taps { digest.add(UInt8(bitPattern: tap)) }
    for value in table { digest.add(value) }
    return digest.checksum
  }
}

/// The way that a layer is computed.
enum Method {
  case products, depthwise, pool, table, softmax, upsample, concatenation, lstm
  /// Winograd's algorithm along rows only.
  case winogradRows
  /// Winograd's algorithm along rows and columns.
  case winograd

  var isWinograd: Bool { self == .winograd || self == .winogradRows }

  /// The fastest method for a layer whose outputs are pooled or not.
  init(_ layer: Layer, pooled: Bool) {
    switch layer.kind {
    case .depthwise: self = .depthwise
    case .maxPool, .averagePool: self = .pool
    case .table: self = .table
    case .softmax: self = .softmax
    case .upsample: self = .upsample
    case .concatenation: self = .concatenation
    case .lstm: self = .lstm
    case .dense: self = .products
    case .convolution: self = Self.convolution(layer, pooled: pooled)
    }
  }

  private static func convolution(_ layer: Layer, pooled: Bool) -> Method {
    guard layer.stride.width == 1, layer.greatestSum < 1 << 25 else { return .products }
    let isPlain = layer.dilation == Layer.Window(height: 1, width: 1)
    var methods: [Method] = pooled ? [] : [.winogradRows]
    if layer.stride.height == 1, isPlain || !pooled {
      methods.append(.winograd)
    }
    return methods.min { $0.cost(layer, pooled: pooled) < $1.cost(layer, pooled: pooled) }
      .flatMap { best in
        best.cost(layer, pooled: pooled) < Method.products.cost(layer, pooled: pooled) ? best : nil
      } ?? .products
  }

  /// The cost of 16 output channels, in products of a pair for each: half a nanosecond of AVX2 at 3
  /// GHz. The cost of tiles beside their products was measured.
  private func cost(_ layer: Layer, pooled: Bool) -> Int {
    let inputs = layer.input.channels
    let kernel = layer.kernel
    guard isWinograd else {
      let row = layer.dilation.width > 1 ? 1 : kernel.width
      let pairs = kernel.height * kernel.width / row * ((row * inputs + 1) / 2)
      return layer.output.height * layer.output.width * (pairs + 5)
    }
    let tiles = Tiling(layer, isSquare: self == .winograd, pooled: pooled).count
    let (blocks, sixteens) = ((layer.output.channels + 15) / 16, (inputs + 15) / 16)
    let columns = (kernel.width + 2) / 3
    if self == .winograd {
      let squares = (kernel.height + 2) / 3 * columns
      let outputs = pooled ? 160 : 220
      return tiles
        * (36 * ((squares * inputs + 1) / 2) + outputs + 150 * squares * sixteens / blocks)
    }
    let rows = kernel.height * columns
    return tiles * (6 * ((rows * inputs + 1) / 2) + 25 + 24 * rows * sixteens / blocks)
  }
}

/// The division of a convolution's outputs, or their maxima, into tiles of Winograd's algorithm.
struct Tiling {
  /// Outputs or maxima in a tile, down and across.
  let height: Int
  let width: Int
  let outputHeight: Int
  let outputWidth: Int
  /// Distance of a tile's outputs, above 1 if the kernel is dilated.
  let rowStep: Int
  let columnStep: Int

  init(_ layer: Layer, isSquare: Bool, pooled: Bool) {
    let side = pooled ? 2 : 4
    height = isSquare ? side : 1
    width = side
    outputHeight = pooled ? layer.output.height / 2 : layer.output.height
    outputWidth = pooled ? layer.output.width / 2 : layer.output.width
    rowStep = isSquare ? layer.dilation.height : 1
    columnStep = layer.dilation.width
  }

  /// The first outputs of tiles along one side, and the number of outputs in each.
  private func starts(_ length: Int, side: Int, step: Int) -> [(first: Int, count: Int)] {
    (0..<min(step, length)).flatMap { residue in
      stride(from: residue, to: length, by: side * step).map { first in
        (first, min(side, (length - first + step - 1) / step))
      }
    }
  }

  var rows: [(first: Int, count: Int)] { starts(outputHeight, side: height, step: rowStep) }
  var columns: [(first: Int, count: Int)] { starts(outputWidth, side: width, step: columnStep) }
  var count: Int { rows.count * columns.count }
}

extension Layer {
  /// A bound on any sum of products without its bias, whatever the input.
  fileprivate var greatestSum: Int {
    let reach = max(127 - inputQuantization.zeroPoint, inputQuantization.zeroPoint + 128)
    let fanIn = weights.count / output.channels
    return weights.withUnsafeBufferPointer { weights in
      var greatest = 0
      for channel in 0..<output.channels {
        var sum = 0
        for i in channel &* fanIn..<(channel &+ 1) &* fanIn { sum &+= abs(Int(weights[i])) }
        greatest = max(greatest, sum)
      }
      return greatest * reach
    }
  }
}

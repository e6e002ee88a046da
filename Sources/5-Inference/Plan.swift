internal import CKernels

/// A network packed for the kernels: weights in the order in which they are read, geometry as
/// tables of offsets, a 2x2 maximum fused into the convolution before it.
///
/// Convolutions run patch by patch, so that activations stay in the first cache, until a layer
/// has too few positions to make up for reading its weights. From there on, and in dense layers,
/// each layer runs over `batch` patches at once.
final class Plan: Sendable {
  static let batch = 8

  /// Where the values of one tensor lie in a workspace, with the padding that its reader needs.
  struct Grid {
    let shape: TensorShape
    let top: Int
    let left: Int
    let paddedWidth: Int
    /// Values from one patch to the next.
    let slot: Int
    var offset = 0

    /// The tensor which `reader` reads, or the logits. Pools leave padding out by themselves.
    init(shape: TensorShape, reader: Layer?) {
      self.shape = shape
      guard let reader, reader.kind.hasKernel, reader.kind.hasWeights else {
        (top, left, paddedWidth) = (0, 0, shape.width)
        slot = (shape.count + 1) / 2 * 2
        return
      }
      top = reader.paddingTop
      left = reader.paddingLeft
      paddedWidth = reader.paddedInput.width
      slot = (reader.paddedInput.count + 1) / 2 * 2
    }

    /// The first channel at a place, which may lie in the padding.
    func index(_ y: Int, _ x: Int) -> Int {
      ((y + top) * paddedWidth + x + left) * shape.channels
    }

    /// Values from one row to the next.
    var row: Int { paddedWidth * shape.channels }

    /// Writes 0 around a tensor that lies at `start`.
    func clearPadding(_ start: UnsafeMutablePointer<Int16>) {
      let inside = shape.width * shape.channels
      let first = index(0, 0)
      guard slot > shape.count || first > 0 else { return }
      start.update(repeating: 0, count: first)
      for y in 0..<shape.height {
        let end = index(y, 0) + inside
        let next = y + 1 < shape.height ? index(y + 1, 0) : slot
        (start + end).update(repeating: 0, count: next - end)
      }
    }
  }

  /// What computes a step.
  enum Method {
    case products, depthwise, pool, table, softmax, upsample, concatenation
    /// Winograd's algorithm along rows only.
    case winogradRows
    /// Winograd's algorithm along rows and columns.
    case winograd

    var isWinograd: Bool { self == .winograd || self == .winogradRows }
  }

  /// One call of a kernel. Offsets point into `weights`, `tables` and `tiles`.
  struct Step {
    let method: Method
    /// Of the model's layers; the fused pool follows it.
    let layer: Int
    let pooled: Bool
    var channels: Int32 = 0
    /// Clamp of the centred result.
    var low: Int32 = 0
    var high: Int32 = 0
    /// Of a table its results, of a softmax its powers of e.
    var weights = 0
    var bias = 0
    var multiplier = 0
    var left = 0
    var right = 0
    /// Where the inputs of each position begin, and where its results go.
    var sources = 0
    var targets = 0
    /// Positions or tiles of a patch.
    var count = 0
    /// Where pairs of inputs lie, or the taps of a depthwise convolution; how many there are.
    var offsets = 0
    var offsetCount: Int32 = 0
    var tiles = 0
    /// As `ScribeWinograd` has them.
    var rows: Int32 = 0
    var columns: Int32 = 0
    var rowStep: Int32 = 0
    var columnStep: Int32 = 0
    var inputs: Int32 = 0
    var targetRowStep: Int32 = 0
    var targetColumnStep: Int32 = 0
    /// The grid that a concatenation takes besides the one before.
    var other = 0
  }

  let layers: [Layer]
  let steps: [Step]
  /// `grids[i]` is read by `steps[i]`; the last holds the centred logits.
  let grids: [Grid]
  /// Steps before this one run patch by patch.
  let firstBatched: Int
  let weights: [Int16]
  let tables: [Int32]
  let tiles: [ScribeTile]
  /// Values in a workspace, those behind the grids included that kernels read and don't use.
  let valueCount: Int
  /// Of scratch memory.
  let scratchCount: Int

  /// Packs `layers`. A network that differs from `sharing`'s in its shapes only takes its packed
  /// weights over instead.
  init(input: TensorShape, layers: [Layer], sharing other: Plan? = nil) {
    var steps: [Step] = []
    let taken = Set(layers.compactMap(\.other))
    /// The grid that holds each layer's output.
    var grid: [Int] = []
    var next = 0
    while next < layers.count {
      let layer = layers[next]
      let mayPool =
        layer.kind == .convolution && next + 1 < layers.count && !taken.contains(next)
      let pool = mayPool ? layers[next + 1] : nil
      let pooled = pool.map(Self.isFusable) ?? false
      let method = other?.steps[steps.count].method ?? Self.method(layer, pooled: pooled)
      steps.append(
        Step(method: method, layer: next, pooled: pooled, other: layer.other.map { grid[$0] } ?? 0))
      grid += Array(repeating: steps.count, count: pooled ? 2 : 1)
      next += pooled ? 2 : 1
    }
    // What layers take of earlier ones is there for one patch at a time.
    let firstBatched =
      !taken.isEmpty
      ? steps.count
      : steps.firstIndex { step in
        let layer = layers[step.layer]
        return layer.kind == .dense || step.method == .winograd && Tiling(layer, step).count < 12
      } ?? steps.count

    var grids: [Grid] = []
    var size = 0
    for i in 0...steps.count {
      let shape =
        i == 0 ? input : layers[steps[i - 1].layer + (steps[i - 1].pooled ? 1 : 0)].output
      var grid = Grid(shape: shape, reader: i < steps.count ? layers[steps[i].layer] : nil)
      grid.offset = size
      size += grid.slot * (i < firstBatched ? 1 : Self.batch)
      grids.append(grid)
    }
    var packer = Packer(layers: layers, shared: other, end: size)
    // As many as Winograd's algorithm makes of a kernel of five, other kernels fewer: to grow the
    // array would copy megabytes. What is too much is never touched.
    if other == nil {
      packer.weights.reserveCapacity(6 * layers.reduce(0) { $0 + $1.weights.count })
    }
    for i in steps.indices {
      packer.pack(
        &steps[i], number: i, patches: i < firstBatched ? 1 : Self.batch, from: grids[i],
        to: grids[i + 1])
    }
    self.layers = layers
    self.steps = steps
    self.grids = grids
    self.firstBatched = firstBatched
    weights = other?.weights ?? packer.weights
    tables = packer.tables
    tiles = packer.tiles
    valueCount = (packer.end + 31) / 16 * 16
    scratchCount = packer.scratchSize
  }

  private static func isFusable(_ pool: Layer) -> Bool {
    let two = Layer.Window(height: 2, width: 2)
    return pool.kind == .maxPool && pool.kernel == two && pool.stride == two
      && 2 * pool.output.height <= pool.input.height && 2 * pool.output.width <= pool.input.width
  }

  private static func method(_ layer: Layer, pooled: Bool) -> Method {
    switch layer.kind {
    case .depthwise: return .depthwise
    case .maxPool, .averagePool: return .pool
    case .table: return .table
    case .softmax: return .softmax
    case .upsample: return .upsample
    case .concatenation: return .concatenation
    case .dense: return .products
    case .convolution: break
    }
    guard layer.stride.width == 1, layer.greatestSum < 1 << 25 else { return .products }
    let isPlain = layer.dilation == Layer.Window(height: 1, width: 1)
    var methods: [Method] = pooled ? [] : [.winogradRows]
    if layer.stride.height == 1, isPlain || !pooled {
      methods.append(.winograd)
    }
    return methods.min { cost($0, layer, pooled: pooled) < cost($1, layer, pooled: pooled) }
      .flatMap { best in
        cost(best, layer, pooled: pooled) < cost(.products, layer, pooled: pooled) ? best : nil
      } ?? .products
  }

  /// What 16 output channels cost, in products of a pair for each: half a nanosecond of AVX2 at
  /// 3 GHz. What tiles take beside their products was measured.
  private static func cost(_ method: Method, _ layer: Layer, pooled: Bool) -> Int {
    let inputs = layer.input.channels
    let kernel = layer.kernel
    guard method.isWinograd else {
      let row = layer.dilation.width > 1 ? 1 : kernel.width
      let pairs = kernel.height * kernel.width / row * ((row * inputs + 1) / 2)
      return layer.output.height * layer.output.width * (pairs + 5)
    }
    let tiles = Tiling(layer, Step(method: method, layer: 0, pooled: pooled)).count
    let (blocks, sixteens) = ((layer.output.channels + 15) / 16, (inputs + 15) / 16)
    let columns = (kernel.width + 2) / 3
    if method == .winograd {
      let squares = (kernel.height + 2) / 3 * columns
      let outputs = pooled ? 160 : 220
      return tiles
        * (36 * ((squares * inputs + 1) / 2) + outputs + 150 * squares * sixteens / blocks)
    }
    let rows = kernel.height * columns
    return tiles * (6 * ((rows * inputs + 1) / 2) + 25 + 24 * rows * sixteens / blocks)
  }
}

/// How the outputs of a convolution, or their maxima, are divided into tiles.
private struct Tiling {
  /// Of outputs or maxima in a tile.
  let height: Int
  let width: Int
  let outputHeight: Int
  let outputWidth: Int
  /// Outputs of a tile are so far apart if the kernel is dilated.
  let rowStep: Int
  let columnStep: Int

  init(_ layer: Layer, _ step: Plan.Step) {
    let side = step.pooled ? 2 : 4
    height = step.method == .winograd ? side : 1
    width = side
    outputHeight = step.pooled ? layer.output.height / 2 : layer.output.height
    outputWidth = step.pooled ? layer.output.width / 2 : layer.output.width
    rowStep = step.method == .winograd ? layer.dilation.height : 1
    columnStep = layer.dilation.width
  }

  /// Where tiles begin along one side, and how many outputs each has.
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
  /// What no sum of products without its bias passes, whatever the input.
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

/// Builds the packed arrays of a plan.
private struct Packer {
  /// Channels whose weights lie together.
  static let block = 16

  let layers: [Layer]
  let shared: Plan?
  /// The end of the values that a kernel may read.
  var end: Int
  var weights: [Int16] = []
  var tables: [Int32] = []
  var tiles: [ScribeTile] = []
  var scratchSize = 0

  mutating func pack(
    _ step: inout Plan.Step, number: Int, patches: Int, from: Plan.Grid, to: Plan.Grid
  ) {
    let layer = layers[step.layer]
    step.weights = shared?.steps[number].weights ?? weights.count
    if step.method == .table {
      let zeroPoint = layer.outputQuantization.zeroPoint
      if shared == nil { weights += layer.results.map { Int16(Int($0) - zeroPoint) } }
    } else if step.method == .softmax {
      step.weights = table(layer.results)
    }
    guard layer.kind.hasWeights else { return }
    packRequantization(&step, layer)
    let reads: Int
    switch step.method {
    case .winograd, .winogradRows:
      packTiles(&step, layer, patches: patches, from: from, to: to)
      let rows = step.method == .winograd ? 3 * step.rows + 3 : step.rows
      reads =
        Int(3 * step.columns + 2) * Int(step.columnStep) + Int(rows - 1) * Int(step.rowStep)
        + layer.input.channels + 15
      packWinograd(step, layer)
    case .depthwise:
      packPositions(&step, layer, patches: patches, from: from, to: to)
      let taps = taps(layer, from)
      (step.offsets, step.offsetCount) = (table(taps), Int32(taps.count))
      reads = Int(taps.max() ?? 0) + layer.input.channels + 15
      if shared == nil { packDepthwise(layer) }
    default:
      packPositions(&step, layer, patches: patches, from: from, to: to)
      let rows = rows(layer, from)
      let length = layer.weights.count / layer.output.channels / rows.count
      let offsets = rows.flatMap { row in
        stride(from: 0, to: length, by: 2).map { row + Int32($0) }
      }
      (step.offsets, step.offsetCount) = (table(offsets), Int32(offsets.count))
      reads = Int(offsets.max() ?? 0) + 2
      if shared == nil { packProducts(layer, rowLength: length) }
    }
    let last =
      step.method.isWinograd
      ? tiles[step.tiles...].map(\.source).max()
      : tables[step.sources..<step.sources + step.count * patches].max()
    end = max(end, from.offset + Int(last ?? 0) + reads)
  }

  private mutating func table(_ values: [Int32]) -> Int {
    defer { tables.append(contentsOf: values) }
    return tables.count
  }

  private mutating func packRequantization(_ step: inout Plan.Step, _ layer: Layer) {
    let channels = layer.output.channels
    let padding = [Int32](repeating: 0, count: padded(channels) - channels)
    step.bias = table(layer.biases + padding)
    step.multiplier = table(layer.requantizers.map(\.multiplier) + padding)
    step.left = table(layer.requantizers.map { Int32(max($0.shift, 0)) } + padding)
    step.right = table(layer.requantizers.map { Int32(max(-$0.shift, 0)) } + padding)
    step.channels = Int32(channels)
    let zeroPoint = layer.outputQuantization.zeroPoint
    step.low = Int32(layer.outputRange.lowerBound - zeroPoint)
    step.high = Int32(layer.outputRange.upperBound - zeroPoint)
  }

  private func padded(_ channels: Int) -> Int {
    (channels + Self.block - 1) / Self.block * Self.block
  }

  /// Where the inputs of a kernel's weights lie, from that of its first.
  private func taps(_ layer: Layer, _ from: Plan.Grid) -> [Int32] {
    (0..<layer.kernel.height).flatMap { y in
      (0..<layer.kernel.width).map { x in
        let place = y * layer.dilation.height * from.paddedWidth + x * layer.dilation.width
        return Int32(place * from.shape.channels)
      }
    }
  }

  /// Where runs of neighbouring inputs with neighbouring weights begin: rows, unless dilated.
  private func rows(_ layer: Layer, _ from: Plan.Grid) -> [Int32] {
    let taps = taps(layer, from)
    guard layer.dilation.width == 1 else { return taps }
    return stride(from: 0, to: taps.count, by: layer.kernel.width).map { taps[$0] }
  }

  /// Adds `count` weights, all 0, for `fill` to set.
  private mutating func addWeights(
    _ count: Int, fill: (UnsafeMutablePointer<Int16>) -> Void
  ) {
    let first = weights.count
    weights.append(contentsOf: repeatElement(0, count: count))
    weights.withUnsafeMutableBufferPointer { weights in
      if let start = weights.baseAddress { fill(start + first) }
    }
  }

  /// [channel / 16][pair][channel % 16][2].
  private mutating func packProducts(_ layer: Layer, rowLength: Int) {
    let block = Self.block
    let channels = layer.output.channels
    let fanIn = layer.weights.count / channels
    let rowPairs = (rowLength + 1) / 2
    let pairs = fanIn / rowLength * rowPairs
    let count = padded(channels) * pairs * 2
    layer.weights.withUnsafeBufferPointer { source in
      addWeights(count) { packed in
        for c in 0..<channels {
          let to = packed + (c / block &* pairs &* block &+ c % block) &* 2
          let from = c &* fanIn
          for y in 0..<fanIn / rowLength {
            for i in 0..<rowLength {
              let pair = y &* rowPairs &+ i / 2
              to[pair &* 2 &* block &+ i % 2] = Int16(source[from &+ y &* rowLength &+ i])
            }
          }
        }
      }
    }
  }

  /// [tap][channel].
  private mutating func packDepthwise(_ layer: Layer) {
    let channels = layer.output.channels
    let taps = layer.kernel.height * layer.kernel.width
    let row = padded(channels)
    addWeights(row * taps) { packed in
      for tap in 0..<taps {
        for c in 0..<channels {
          packed[tap * row + c] = Int16(layer.weights[tap * channels + c])
        }
      }
    }
  }

  private mutating func packWinograd(_ step: Plan.Step, _ layer: Layer) {
    var winograd = ScribeWinograd(step)
    scratchSize = max(scratchSize, Int(scribe_winograd_scratch(&winograd)))
    guard shared == nil else { return }
    let count = Int(scribe_winograd_weight_count(&winograd))
    layer.weights.withUnsafeBufferPointer { source in
      addWeights(count) { packed in
        scribe_winograd_weights(
          &winograd, source.baseAddress, Int32(layer.kernel.height), Int32(layer.kernel.width),
          packed)
      }
    }
  }

  private mutating func packTiles(
    _ step: inout Plan.Step, _ layer: Layer, patches: Int, from: Plan.Grid, to: Plan.Grid
  ) {
    let tiling = Tiling(layer, step)
    let pool = step.pooled ? 2 : 1
    step.rows = Int32(
      step.method == .winograd ? (layer.kernel.height + 2) / 3 : layer.kernel.height)
    step.columns = Int32((layer.kernel.width + 2) / 3)
    step.rowStep = Int32(layer.dilation.height * from.row)
    step.columnStep = Int32(layer.dilation.width * from.shape.channels)
    step.inputs = Int32(from.shape.channels)
    step.targetRowStep = Int32(tiling.rowStep * to.row)
    step.targetColumnStep = Int32(tiling.columnStep * to.shape.channels)
    (step.tiles, step.count) = (tiles.count, tiling.count)
    for patch in 0..<patches {
      for row in tiling.rows {
        for column in tiling.columns {
          let source = source(layer, from, pool * row.first, pool * column.first)
          let target = to.index(row.first, column.first)
          tiles.append(
            ScribeTile(
              source: source + Int32(patch * from.slot), target: Int32(target + patch * to.slot),
              height: Int32(row.count), width: Int32(column.count)))
        }
      }
    }
  }

  private mutating func packPositions(
    _ step: inout Plan.Step, _ layer: Layer, patches: Int, from: Plan.Grid, to: Plan.Grid
  ) {
    var sources: [Int32] = []
    var targets: [Int32] = []
    if layer.kind == .dense {
      (sources, targets) = ([0], [0])
    } else if step.pooled {
      for y in 0..<layer.output.height / 2 {
        for x in 0..<layer.output.width / 2 {
          for (dy, dx) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            sources.append(source(layer, from, 2 * y + dy, 2 * x + dx))
          }
          targets.append(Int32(to.index(y, x)))
        }
      }
    } else {
      for y in 0..<layer.output.height {
        for x in 0..<layer.output.width {
          sources.append(source(layer, from, y, x))
          targets.append(Int32(to.index(y, x)))
        }
      }
    }
    step.count = sources.count
    step.sources = table(repeated(sources, patches, from.slot))
    step.targets = table(repeated(targets, patches, to.slot))
  }

  private func repeated(_ offsets: [Int32], _ patches: Int, _ slot: Int) -> [Int32] {
    (0..<patches).flatMap { patch in offsets.map { $0 + Int32(patch * slot) } }
  }

  /// Where the kernel's top left corner lies for an output position.
  private func source(_ layer: Layer, _ from: Plan.Grid, _ y: Int, _ x: Int) -> Int32 {
    Int32(
      from.index(
        y * layer.stride.height - layer.paddingTop, x * layer.stride.width - layer.paddingLeft))
  }
}

extension ScribeWinograd {
  /// Without pointers, for questions about sizes.
  init(_ step: Plan.Step) {
    self.init(
      weights: nil,
      requantization: ScribeRequantization(
        bias: nil, multiplier: nil, left: nil, right: nil, channels: step.channels, low: step.low,
        high: step.high),
      points: step.method == .winograd ? 36 : 6, rows: step.rows, columns: step.columns,
      rowStep: step.rowStep, columnStep: step.columnStep, inputs: step.inputs,
      targetRowStep: step.targetRowStep,
      targetColumnStep: step.targetColumnStep, pooled: step.pooled ? 1 : 0)
  }
}

internal import CKernels

/// A network packed for the kernels: weights in the order in which they are read, geometry as
/// tables of offsets, a 2x2 maximum fused into the convolution before it.
///
/// Convolutions run patch by patch, so that activations stay in the first cache; dense layers run
/// over `batch` patches at once, so that their weights are read once for all of them.
final class Plan: Sendable {
  static let batch = 8
  static let positions = 4
  static let block = 8

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
  }

  /// One call of a kernel; `weights` is a table's results if it is one. Offsets point into `weights` and `tables`.
  struct Step {
    let layer: Layer
    var pooled = false
    var weights = 0
    /// Of a softmax, its powers of e; else where each position's inputs begin.
    var sources = 0
    var bias = 0
    var multiplier = 0
    var left = 0
    var right = 0
    var targets = 0
    var taps = 0
    /// Rows of contiguous values that a position covers, each `pairs` pairs long.
    var rowOffsets = 0
    var rows = 0
    var pairs = 0
    /// Groups of positions, or positions if depthwise.
    var groups = 0
  }

  let steps: [Step]
  /// `grids[i]` is read by `steps[i]`; the last holds the centred logits.
  let grids: [Grid]
  /// Steps before this one run patch by patch.
  let firstBatched: Int
  let weights: [Int16]
  let tables: [Int32]
  /// Values in a workspace.
  let workspaceSize: Int

  /// Packs `layers`. A network that differs from `sharing`'s in its shapes only takes its packed
  /// weights over instead.
  init(input: TensorShape, layers: [Layer], sharing other: Plan? = nil) {
    var packer = Packer(shared: other)
    var steps: [Step] = []
    var rest = layers[...]
    while let layer = rest.popFirst() {
      var step = Step(layer: layer)
      if layer.kind == .convolution, let pool = rest.first, Self.isFusable(pool) {
        rest.removeFirst()
        step.pooled = true
        packer.pools[steps.count] = pool
      }
      steps.append(step)
    }
    let firstBatched = steps.firstIndex { $0.layer.kind == .dense } ?? steps.count

    var grids: [Grid] = []
    var size = 0
    for i in 0...steps.count {
      let shape =
        i == 0 ? input : packer.pools[i - 1]?.output ?? steps[i - 1].layer.output
      var grid = Grid(shape: shape, reader: i < steps.count ? steps[i].layer : nil)
      grid.offset = size
      size += grid.slot * (i < firstBatched ? 1 : Self.batch)
      grids.append(grid)
    }
    for i in steps.indices {
      packer.pack(
        &steps[i], number: i, pool: packer.pools[i], from: grids[i], to: grids[i + 1])
    }
    self.steps = steps
    self.grids = grids
    self.firstBatched = firstBatched
    weights = other?.weights ?? packer.weights
    tables = packer.tables
    // The kernels read up to seven values past the last one.
    workspaceSize = size + Self.block
  }

  private static func isFusable(_ pool: Layer) -> Bool {
    let two = Layer.Window(height: 2, width: 2)
    return pool.kind == .maxPool && pool.kernel == two && pool.stride == two
      && 2 * pool.output.height <= pool.input.height && 2 * pool.output.width <= pool.input.width
  }
}

/// Builds the packed arrays of a plan.
private struct Packer {
  let shared: Plan?
  var weights: [Int16] = []
  var tables: [Int32] = []
  /// Pools that are fused, by step.
  var pools: [Int: Layer] = [:]

  init(shared: Plan?) { self.shared = shared }

  mutating func pack(
    _ step: inout Plan.Step, number: Int, pool: Layer?, from: Plan.Grid, to: Plan.Grid
  ) {
    let layer = step.layer
    if layer.kind == .table {
      step.weights = shared?.steps[number].weights ?? weights.count
      let zeroPoint = layer.outputQuantization.zeroPoint
      if shared == nil { weights += layer.results.map { Int16(Int($0) - zeroPoint) } }
    } else if layer.kind == .softmax {
      step.sources = table(layer.results)
    }
    guard layer.kind.hasWeights else { return }
    let channels = (layer.output.channels + Plan.block - 1) / Plan.block * Plan.block
    let padding = [Int32](repeating: 0, count: channels - layer.output.channels)
    step.bias = table(layer.biases + padding)
    step.multiplier = table(layer.requantizers.map(\.multiplier) + padding)
    step.left = table(layer.requantizers.map { Int32(max($0.shift, 0)) } + padding)
    step.right = table(layer.requantizers.map { Int32(max(-$0.shift, 0)) } + padding)
    step.weights = shared?.steps[number].weights ?? weights.count
    switch layer.kind {
    case .depthwise:
      if shared == nil { packDepthwise(layer, paddedChannels: channels) }
      step.taps = table(taps(layer, from))
    default:
      // Weights that are neighbours in a row have neighbouring inputs, unless dilated.
      let offsets =
        layer.dilation.width == 1
        ? stride(from: 0, to: layer.kernel.height * layer.kernel.width, by: layer.kernel.width)
          .map { taps(layer, from)[$0] }
        : taps(layer, from)
      step.rows = offsets.count
      step.pairs = (layer.weights.count / layer.output.channels / offsets.count + 1) / 2
      step.rowOffsets = table(offsets)
      if shared == nil { packProducts(layer, rows: step.rows, paddedChannels: channels) }
    }
    packPositions(&step, pool: pool, from: from, to: to)
  }

  private mutating func table(_ values: [Int32]) -> Int {
    defer { tables.append(contentsOf: values) }
    return tables.count
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

  /// [channel / 8][row][pair][channel % 8][2].
  private mutating func packProducts(_ layer: Layer, rows: Int, paddedChannels: Int) {
    let fanIn = layer.weights.count / layer.output.channels
    let row = fanIn / rows
    let block = Plan.block
    for channel in stride(from: 0, to: paddedChannels, by: block) {
      for y in 0..<rows {
        for pair in stride(from: 0, to: row, by: 2) {
          for c in channel..<channel + block {
            for i in pair..<pair + 2 {
              let real = c < layer.output.channels && i < row
              weights.append(real ? Int16(layer.weights[c * fanIn + y * row + i]) : 0)
            }
          }
        }
      }
    }
  }

  /// [tap][channel].
  private mutating func packDepthwise(_ layer: Layer, paddedChannels: Int) {
    let channels = layer.output.channels
    for tap in 0..<layer.kernel.height * layer.kernel.width {
      for c in 0..<paddedChannels {
        weights.append(c < channels ? Int16(layer.weights[tap * channels + c]) : 0)
      }
    }
  }

  private mutating func packPositions(
    _ step: inout Plan.Step, pool: Layer?, from: Plan.Grid, to: Plan.Grid
  ) {
    let layer = step.layer
    var sources: [Int32] = []
    var targets: [Int32] = []
    if layer.kind == .dense {
      sources = (0..<Plan.batch).map { Int32($0 * from.slot) }
      targets = (0..<Plan.batch).map { Int32($0 * to.slot) }
    } else if let pool {
      for y in 0..<pool.output.height {
        for x in 0..<pool.output.width {
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
      // Doing the last position again fills its group.
      if layer.kind == .convolution, let source = sources.last, let target = targets.last {
        while sources.count % Plan.positions != 0 {
          sources.append(source)
          targets.append(target)
        }
      }
    }
    step.groups =
      layer.kind == .depthwise ? sources.count : sources.count / Plan.positions
    step.sources = table(sources)
    step.targets = table(targets)
  }

  /// Where the kernel's top left corner lies for an output position.
  private func source(_ layer: Layer, _ from: Plan.Grid, _ y: Int, _ x: Int) -> Int32 {
    Int32(
      from.index(
        y * layer.stride.height - layer.paddingTop, x * layer.stride.width - layer.paddingLeft))
  }
}

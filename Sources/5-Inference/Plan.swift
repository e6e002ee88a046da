internal import CKernels

/// A network packed for the kernels: weights in the order in which they are read, geometry as
/// tables of offsets, a 2x2 maximum fused into the convolution before it.
///
/// Convolutions run patch by patch, so that activations stay in the first cache, until a layer
/// has too few positions to make up for reading its weights. From there on, and in dense layers,
/// each layer runs over `batch` patches at once.
final class Plan: Sendable {
  static let batch = 8

  /// The decisions about a step before it is packed.
  struct Choice {
    let layer: Int
    let method: Method
    /// Whether a 2x2 maximum follows, which is fused into this step.
    let pooled: Bool
    /// The grid that a concatenation takes besides the one before.
    let other: Int?
  }

  let layers: [Layer]
  let choices: [Choice]
  let steps: [Step]
  /// `grids[i]` is read by `steps[i]`; the last holds the centred logits.
  let grids: [Grid]
  /// Steps before this one run patch by patch.
  let firstBatched: Int
  let weights: [Int16]
  let tables: [Int32]
  let tiles: [ScribeTile]
  /// Values in a workspace, including those behind the grids that kernels read and don't use.
  let valueCount: Int
  /// Values of scratch memory.
  let scratchCount: Int

  /// Packs `layers`. A network that differs from `sharing`'s only in its shapes takes over that
  /// plan's packed weights instead.
  init(input: TensorShape, layers: [Layer], sharing other: Plan? = nil) {
    let choices = Self.choices(layers, sharing: other)
    let firstBatched = Self.firstBatched(layers, choices)
    var grids: [Grid] = []
    var size = 0
    for i in 0...choices.count {
      let shape =
        i == 0 ? input : layers[choices[i - 1].layer + (choices[i - 1].pooled ? 1 : 0)].output
      var grid = Grid(shape: shape, reader: i < choices.count ? layers[choices[i].layer] : nil)
      grid.offset = size
      size += grid.slot * (i < firstBatched ? 1 : Self.batch)
      grids.append(grid)
    }
    var packer = Packer(isShared: other != nil, end: size)
    // Enough for Winograd's algorithm with a kernel of five; other kernels need less. Growing the
    // array would copy megabytes; excess capacity is never touched.
    if other == nil {
      packer.weights.reserveCapacity(6 * layers.reduce(0) { $0 + $1.weights.count })
    }
    steps = choices.indices.map { i in
      Step(
        layer: choices[i].layer,
        operation: packer.pack(
          choices[i], layers[choices[i].layer],
          sharedWeights: other.map { $0.steps[i].operation.weights ?? 0 },
          patches: i < firstBatched ? 1 : Self.batch, from: grids[i], to: grids[i + 1]))
    }
    self.layers = layers
    self.choices = choices
    self.grids = grids
    self.firstBatched = firstBatched
    weights = other?.weights ?? packer.weights
    tables = packer.tables
    tiles = packer.tiles
    valueCount = (packer.end + 31) / 16 * 16
    scratchCount = packer.scratchSize
  }

  private static func choices(_ layers: [Layer], sharing other: Plan?) -> [Choice] {
    var choices: [Choice] = []
    let taken = Set(layers.compactMap(\.other))
    /// The grid that holds each layer's output.
    var grid: [Int] = []
    var next = 0
    while next < layers.count {
      let layer = layers[next]
      let mayPool =
        layer.kind == .convolution && next + 1 < layers.count && !taken.contains(next)
      let pooled = mayPool && isFusable(layers[next + 1])
      let method = other?.choices[choices.count].method ?? Method(layer, pooled: pooled)
      choices.append(
        Choice(layer: next, method: method, pooled: pooled, other: layer.other.map { grid[$0] }))
      grid += Array(repeating: choices.count, count: pooled ? 2 : 1)
      next += pooled ? 2 : 1
    }
    return choices
  }

  private static func firstBatched(_ layers: [Layer], _ choices: [Choice]) -> Int {
    // Outputs kept for later layers are there for one patch at a time.
    guard !layers.contains(where: { $0.other != nil }) else { return choices.count }
    return choices.firstIndex { choice in
      let layer = layers[choice.layer]
      return layer.kind == .dense
        || choice.method == .winograd
          && Tiling(layer, isSquare: true, pooled: choice.pooled).count < 12
    } ?? choices.count
  }

  private static func isFusable(_ pool: Layer) -> Bool {
    let two = Layer.Window(height: 2, width: 2)
    return pool.kind == .maxPool && pool.kernel == two && pool.stride == two
      && 2 * pool.output.height <= pool.input.height && 2 * pool.output.width <= pool.input.width
  }
}

internal import CKernels

/// Builds the packed arrays of a plan.
struct Packer {
  /// Channels whose weights lie together.
  static let block = 16

  /// Whether the weights are packed already.
  let isShared: Bool
  /// The end of the values that a kernel may read.
  var end: Int
  var weights: [Int16] = []
  var tables: [Int32] = []
  var tiles: [ScribeTile] = []
  var scratchSize = 0

  /// Packs a step.
  ///
  /// - Parameters:
  ///   - choice: the decisions about the step.
  ///   - layer: the layer that the step computes.
  ///   - sharedWeights: the offset of weights that are packed already; nil to pack them.
  ///   - patches: patches that run at once.
  ///   - from: the grid that the step reads.
  ///   - to: the grid that it writes.
  /// - Returns: the operation with offsets of all that was packed.
  mutating func pack(
    _ choice: Plan.Choice, _ layer: Layer, sharedWeights: Int?, patches: Int, from: Grid, to: Grid
  ) -> Step.Operation {
    let first = sharedWeights ?? weights.count
    let geometry = Geometry(
      layer: layer, pooled: choice.pooled, patches: patches, from: from, to: to)
    switch choice.method {
    case .pool: return .pool
    case .upsample: return .upsample
    case .concatenation: return .concatenation(other: choice.other ?? 0)
    case .softmax: return .softmax(powers: table(layer.results))
    case .table:
      let zeroPoint = layer.outputQuantization.zeroPoint
      if !isShared { weights += layer.results.map { Int16(Int($0) - zeroPoint) } }
      return .table(weights: first)
    case .winograd, .winogradRows:
      return .winograd(winograd(geometry, isSquare: choice.method == .winograd, weights: first))
    case .depthwise: return .depthwise(depthwise(geometry, weights: first))
    case .products: return .products(products(geometry, weights: first))
    case .lstm:
      guard let recurrence = layer.recurrence else { return .pool }
      return .lstm(lstm(layer, recurrence, weights: first, patches: patches, from: from, to: to))
    }
  }

  private mutating func products(_ geometry: Geometry, weights: Int) -> Step.Products {
    let layer = geometry.layer
    let requantization = requantization(layer)
    let positions = positions(geometry)
    let rows = geometry.rows
    let length = layer.weights.count / layer.output.channels / rows.count
    let offsets = rows.flatMap { row in
      stride(from: 0, to: length, by: 2).map { row + Int32($0) }
    }
    if !isShared {
      packProducts(layer.weights, channels: layer.output.channels, rowLength: length)
    }
    reach(geometry, positions, reads: Int(offsets.max() ?? 0) + 2)
    return Step.Products(
      weights: weights, requantization: requantization, positions: positions,
      offsets: table(offsets), offsetCount: Int32(offsets.count), pooled: geometry.pooled)
  }

  private mutating func lstm(
    _ layer: Layer, _ recurrence: Recurrence, weights: Int, patches: Int, from: Grid, to: Grid
  ) -> Step.LSTM {
    let (columns, units) = (layer.input.width, layer.output.channels)
    let rows = Recurrence.gates * units
    func sums(
      _ weights: [Int8], _ biases: [Int32], _ requantizers: [Requantizer], depth: Int,
      at first: Int, _ positions: Step.Positions
    ) -> Step.Products {
      let requantization = requantization(
        biases, requantizers, low: Int(Int16.min), high: Int(Int16.max))
      let offsets = stride(from: 0, to: depth, by: 2).map { Int32($0) }
      if !isShared { packProducts(weights, channels: rows, rowLength: depth) }
      return Step.Products(
        weights: first, requantization: requantization, positions: positions,
        offsets: table(offsets), offsetCount: Int32(offsets.count), pooled: false)
    }
    let sources = (0..<columns).map { Int32(from.index(0, $0)) }
    let targets = (0..<columns).map { Int32($0 * rows) }
    let before = (0..<columns).map { Int32(to.index(0, $0)) }
    let inputs = sums(
      layer.weights, layer.biases, layer.requantizers, depth: layer.input.channels, at: weights,
      Step.Positions(sources: table(sources), targets: table(targets), count: columns))
    let outputs = sums(
      recurrence.weights, [Int32](repeating: 0, count: rows), recurrence.requantizers,
      depth: units, at: weights + packedCount(channels: rows, depth: layer.input.channels),
      Step.Positions(sources: table(before), targets: table([0]), count: 1))
    // A pair at the end of an odd column reaches into the next.
    end = max(end, from.offset + from.slot * patches + 1, to.offset + to.slot * patches + 1)
    scratchSize = max(scratchSize, Step.LSTM.scratch(columns: columns, units: units))
    let zeroPoint = layer.outputQuantization.zeroPoint
    let sigmoids = recurrence.sigmoids
    return Step.LSTM(
      inputs: inputs, outputs: outputs, units: units, cellBits: Int32(recurrence.cellBits),
      multiplier: recurrence.shown.multiplier, right: Int32(-recurrence.shown.shift),
      low: Int32(-128 - zeroPoint), high: Int32(127 - zeroPoint),
      sigmoids: table(
        zip(sigmoids, sigmoids.dropFirst() + [sigmoids[255]]).map { $0 << 15 | ($1 - $0) }))
  }

  private mutating func depthwise(_ geometry: Geometry, weights: Int) -> Step.Depthwise {
    let layer = geometry.layer
    let requantization = requantization(layer)
    let positions = positions(geometry)
    let taps = geometry.taps
    if !isShared { packDepthwise(layer) }
    reach(geometry, positions, reads: Int(taps.max() ?? 0) + layer.input.channels + 15)
    return Step.Depthwise(
      weights: weights, requantization: requantization, positions: positions, taps: table(taps),
      tapCount: Int32(taps.count))
  }

  private mutating func winograd(
    _ geometry: Geometry, isSquare: Bool, weights: Int
  ) -> Step.Winograd {
    let layer = geometry.layer
    let requantization = requantization(layer)
    let tiling = Tiling(layer, isSquare: isSquare, pooled: geometry.pooled)
    var shape = ScribeWinograd(geometry, tiling, requantization, isSquare: isSquare)
    let first = tiles.count
    tiles += geometry.tiles(tiling)
    scratchSize = max(scratchSize, Int(scribe_winograd_scratch(&shape)))
    if !isShared { packWinograd(&shape, layer) }
    let rows = isSquare ? 3 * shape.rows + 3 : shape.rows
    let reads =
      Int(3 * shape.columns + 2) * Int(shape.columnStep) + Int(rows - 1) * Int(shape.rowStep)
      + layer.input.channels + 15
    end = max(end, geometry.from.offset + Int(tiles[first...].map(\.source).max() ?? 0) + reads)
    return Step.Winograd(
      weights: weights, requantization: requantization, tiles: first, count: tiling.count,
      shape: shape)
  }

  /// Extends `end` by the values that a kernel reads from its last position on.
  private mutating func reach(_ geometry: Geometry, _ positions: Step.Positions, reads: Int) {
    let sources = positions.sources..<positions.sources + positions.count * geometry.patches
    end = max(end, geometry.from.offset + Int(tables[sources].max() ?? 0) + reads)
  }

  private mutating func table(_ values: [Int32]) -> Int {
    defer { tables.append(contentsOf: values) }
    return tables.count
  }

  private mutating func requantization(_ layer: Layer) -> Step.Requantization {
    let zeroPoint = layer.outputQuantization.zeroPoint
    return requantization(
      layer.biases, layer.requantizers, low: layer.outputRange.lowerBound - zeroPoint,
      high: layer.outputRange.upperBound - zeroPoint)
  }

  /// `low` and `high` are of the centred results.
  private mutating func requantization(
    _ biases: [Int32], _ requantizers: [Requantizer], low: Int, high: Int
  ) -> Step.Requantization {
    let channels = biases.count
    let padding = [Int32](repeating: 0, count: padded(channels) - channels)
    return Step.Requantization(
      channels: Int32(channels), low: Int32(low), high: Int32(high),
      bias: table(biases + padding),
      multiplier: table(requantizers.map(\.multiplier) + padding),
      left: table(requantizers.map { Int32(max($0.shift, 0)) } + padding),
      right: table(requantizers.map { Int32(max(-$0.shift, 0)) } + padding))
  }

  private mutating func positions(_ geometry: Geometry) -> Step.Positions {
    let (sources, targets) = geometry.positions
    let (from, to) = (geometry.from.slot, geometry.to.slot)
    return Step.Positions(
      sources: table(geometry.repeated(sources, slot: from)),
      targets: table(geometry.repeated(targets, slot: to)), count: sources.count)
  }

  private func padded(_ channels: Int) -> Int {
    (channels + Self.block - 1) / Self.block * Self.block
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
  private mutating func packProducts(_ weights: [Int8], channels: Int, rowLength: Int) {
    let block = Self.block
    let fanIn = weights.count / channels
    let rowPairs = (rowLength + 1) / 2
    let pairs = fanIn / rowLength * rowPairs
    let count = padded(channels) * pairs * 2
    weights.withUnsafeBufferPointer { source in
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

  /// Weights that `packProducts` makes of rows of `depth` values.
  private func packedCount(channels: Int, depth: Int) -> Int {
    padded(channels) * ((depth + 1) / 2) * 2
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

  private mutating func packWinograd(_ shape: inout ScribeWinograd, _ layer: Layer) {
    let count = Int(scribe_winograd_weight_count(&shape))
    layer.weights.withUnsafeBufferPointer { source in
      addWeights(count) { packed in
        scribe_winograd_weights(
          &shape, source.baseAddress, Int32(layer.kernel.height), Int32(layer.kernel.width),
          packed)
      }
    }
  }
}

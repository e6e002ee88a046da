internal import CKernels

/// Runs a plan on a batch of patches. Shapes and sums were checked when the model was loaded, so
/// nothing is checked here.
struct Run {
  let plan: Plan
  let values: UnsafeMutablePointer<Int16>
  let scratch: UnsafeMutablePointer<Int16>?
  // Nil for a network of nothing but pools.
  let weights: UnsafePointer<Int16>?
  let tables: UnsafePointer<Int32>?
  let tiles: UnsafePointer<ScribeTile>?
  let instructions: ScribeInstructions

  func batch(
    _ patches: UnsafePointer<UInt8>, count: Int, zeroPoint: Int, logits: UnsafeMutablePointer<Int8>
  ) {
    let patchSize = plan.grids[0].shape.count
    for patch in 0..<count {
      fill(patches + patch &* patchSize, slot: plan.firstBatched == 0 ? patch : 0)
      for i in 0..<plan.firstBatched {
        step(i, outputSlot: i &+ 1 == plan.firstBatched ? patch : 0, patches: 1)
      }
    }
    for i in plan.firstBatched..<plan.steps.count {
      step(i, outputSlot: 0, patches: count)
    }
    let last = plan.grids[plan.steps.count]
    let logitCount = last.shape.count
    for patch in 0..<count {
      let from = values + (last.offset &+ patch &* last.slot)
      let to = logits + patch &* logitCount
      for i in 0..<logitCount {
        to[i] = Int8(truncatingIfNeeded: Int(from[i]) &+ zeroPoint)
      }
    }
  }

  /// Stores pixels, which are their own centred values: x ^ 0x80 less the zero point of -128.
  private func fill(_ patch: UnsafePointer<UInt8>, slot: Int) {
    let grid = plan.grids[0]
    let row = grid.shape.width &* grid.shape.channels
    for y in 0..<grid.shape.height {
      let from = patch + y &* row
      let to = values + (grid.offset &+ slot &* grid.slot &+ grid.index(y, 0))
      for i in 0..<row { to[i] = Int16(from[i]) }
    }
  }

  private func step(_ index: Int, outputSlot: Int, patches: Int) {
    let step = plan.steps[index]
    let layer = plan.layers[step.layer]
    let from = Tensor(plan.grids[index], values)
    let to = Tensor(plan.grids[index &+ 1], values, slot: outputSlot)
    switch step.operation {
    case .products(let step): products(step, from: from, to: to, patches: patches)
    case .winograd(let step): winograd(step, from: from, to: to, patches: patches)
    case .depthwise(let step): depthwise(step, from: from, to: to, patches: patches)
    case .table(let first):
      guard let weights else { return }
      for patch in 0..<patches {
        layer.look(up: weights + first, from: from.patch(patch), to: to.patch(patch))
      }
    case .softmax(let powers):
      guard let tables else { return }
      for patch in 0..<patches {
        layer.softmax(tables + powers, from: from.patch(patch), to: to.patch(patch))
      }
    case .upsample:
      for patch in 0..<patches { from.patch(patch).upsample(to: to.patch(patch)) }
    case .concatenation(let other):
      // One patch, and the earlier output kept of it.
      from.concatenate(Tensor(plan.grids[other], values), to: to)
    case .lstm(let step):
      for patch in 0..<patches { lstm(step, from: from.patch(patch), to: to.patch(patch)) }
    case .pool:
      for patch in 0..<patches { layer.pool(from: from.patch(patch), to: to.patch(patch)) }
    }
  }

  private func products(_ step: Step.Products, from: Tensor, to: Tensor, patches: Int) {
    var layer = scribeProducts(step)
    scribe_products(
      &layer, instructions, from.values, tables.map { $0 + step.positions.sources },
      Int32(truncatingIfNeeded: step.positions.count &* patches), step.pooled ? 1 : 0, to.values,
      tables.map { $0 + step.positions.targets })
  }

  /// The first column has none before it, which gives nothing to the gates.
  private func lstm(_ step: Step.LSTM, from: Tensor, to: Tensor) {
    guard let scratch, let tables else { return }
    let rows = Recurrence.gates &* step.units
    let columns = step.inputs.positions.count
    sums(step.inputs, of: from.values, to: scratch)
    let fromOutput = scratch + columns &* rows
    let cell = fromOutput + rows
    fromOutput.update(repeating: 0, count: rows &+ step.units)
    let sigmoids = UnsafeRawPointer(tables + step.sigmoids).assumingMemoryBound(to: UInt32.self)
    var layer = ScribeLSTM(
      sigmoids: sigmoids, units: Int32(truncatingIfNeeded: step.units), cellBits: step.cellBits,
      multiplier: step.multiplier, right: step.right, low: step.low, high: step.high)
    for column in 0..<columns {
      if column > 0 { sums(step.outputs, of: to.values, from: column &- 1, to: fromOutput) }
      scribe_lstm(
        &layer, instructions, scratch + column &* rows, fromOutput, cell, to.place(0, column))
    }
  }

  /// Sums of products at all positions of one patch, or at one of the sources.
  private func sums(
    _ step: Step.Products, of values: UnsafeMutablePointer<Int16>, from source: Int = 0,
    to results: UnsafeMutablePointer<Int16>
  ) {
    var layer = scribeProducts(step)
    scribe_products(
      &layer, instructions, values, tables.map { $0 + (step.positions.sources &+ source) },
      Int32(truncatingIfNeeded: step.positions.count), 0, results,
      tables.map { $0 + step.positions.targets })
  }

  private func scribeProducts(_ step: Step.Products) -> ScribeProducts {
    ScribeProducts(
      weights: weights.map { $0 + step.weights },
      requantization: requantization(step.requantization),
      offsets: tables.map { $0 + step.offsets }, pairs: step.offsetCount)
  }

  private func winograd(_ step: Step.Winograd, from: Tensor, to: Tensor, patches: Int) {
    var layer = step.shape
    layer.weights = weights.map { $0 + step.weights }
    layer.requantization = requantization(step.requantization)
    scribe_winograd(
      &layer, instructions, from.values, tiles.map { $0 + step.tiles },
      Int32(truncatingIfNeeded: step.count &* patches), to.values, scratch)
  }

  private func depthwise(_ step: Step.Depthwise, from: Tensor, to: Tensor, patches: Int) {
    var layer = ScribeDepthwise(
      weights: weights.map { $0 + step.weights },
      requantization: requantization(step.requantization),
      taps: tables.map { $0 + step.taps }, tapCount: step.tapCount)
    scribe_depthwise(
      &layer, instructions, from.values, tables.map { $0 + step.positions.sources },
      Int32(truncatingIfNeeded: step.positions.count &* patches), to.values,
      tables.map { $0 + step.positions.targets })
  }

  private func requantization(_ step: Step.Requantization) -> ScribeRequantization {
    ScribeRequantization(
      bias: tables.map { $0 + step.bias }, multiplier: tables.map { $0 + step.multiplier },
      left: tables.map { $0 + step.left }, right: tables.map { $0 + step.right },
      channels: step.channels, low: step.low, high: step.high)
  }
}

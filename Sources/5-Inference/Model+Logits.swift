internal import CKernels

extension Model {
  /// Bytes of one patch: rows top to bottom, channels innermost.
  public var patchSize: Int { input.count }

  /// Computes the logits of `count` patches of `patchSize` bytes each, 0...255.
  ///
  /// - Returns: `count * positions * labels.count` int8 logits, patch by patch, left to right.
  /// - Precondition: `patches.count == count * patchSize`.
  public func logits(
    of patches: [UInt8], count: Int, workspace: inout Workspace
  ) -> [Int8] {
    var logits: [Int8] = []
    self.logits(of: patches, count: count, workspace: &workspace, into: &logits)
    return logits
  }

  /// The same, with the logits in place of what `logits` held. Allocates nothing if there is room
  /// in it and in the workspace.
  public func logits(
    of patches: [UInt8], count: Int, workspace: inout Workspace, into logits: inout [Int8]
  ) {
    precondition(count >= 0 && patches.count == count * patchSize)
    workspace.prepare(for: plan)
    let logitCount = positions * labels.count
    if logits.count > count * logitCount { logits.removeLast(logits.count - count * logitCount) }
    if logits.count < count * logitCount {
      logits.append(contentsOf: repeatElement(0, count: count * logitCount - logits.count))
    }
    let instructions = workspace.kernels.instructions
    logits.withUnsafeMutableBufferPointer { logits in
      workspace.lend { values, scratch in
        plan.weights.withUnsafeBufferPointer { weights in
          plan.tables.withUnsafeBufferPointer { tables in
            plan.tiles.withUnsafeBufferPointer { tiles in
              patches.withUnsafeBufferPointer { patches in
                guard let values, let patches = patches.baseAddress,
                  let logits = logits.baseAddress
                else { return }
                let run = Run(
                  plan: plan, values: values, scratch: scratch, weights: weights.baseAddress,
                  tables: tables.baseAddress, tiles: tiles.baseAddress,
                  instructions: instructions)
                for first in stride(from: 0, to: count, by: Plan.batch) {
                  let batch = min(Plan.batch, count - first)
                  run.batch(
                    patches + first * patchSize, count: batch,
                    zeroPoint: output.zeroPoint, logits: logits + first * logitCount)
                }
              }
            }
          }
        }
      }
    }
  }
}

/// Runs a plan on a batch of patches. Shapes and sums were checked when the model was loaded, so
/// nothing is checked here.
private struct Run {
  let plan: Plan
  let values: UnsafeMutablePointer<Int16>
  let scratch: UnsafeMutablePointer<Int16>?
  // A network of nothing but pools has none of these.
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

  /// Centred, a pixel is itself: x ^ 0x80 less the zero point of -128.
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
    let from = plan.grids[index]
    let to = plan.grids[index &+ 1]
    let input = values + from.offset
    let output = values + (to.offset &+ outputSlot &* to.slot)
    let count = Int32(truncatingIfNeeded: step.count &* patches)
    switch step.method {
    case .products:
      var layer = ScribeProducts(
        weights: weights.map { $0 + step.weights }, requantization: requantization(step),
        offsets: tables.map { $0 + step.offsets }, pairs: step.offsetCount)
      scribe_products(
        &layer, instructions, input, tables.map { $0 + step.sources }, count,
        step.pooled ? 1 : 0, output, tables.map { $0 + step.targets })
    case .winograd, .winogradRows:
      var layer = ScribeWinograd(step)
      layer.weights = weights.map { $0 + step.weights }
      layer.requantization = requantization(step)
      scribe_winograd(
        &layer, instructions, input, tiles.map { $0 + step.tiles }, count, output,
        scratch)
    case .depthwise:
      var layer = ScribeDepthwise(
        weights: weights.map { $0 + step.weights }, requantization: requantization(step),
        taps: tables.map { $0 + step.offsets }, tapCount: step.offsetCount)
      scribe_depthwise(
        &layer, instructions, input, tables.map { $0 + step.sources }, count, output,
        tables.map { $0 + step.targets })
    case .table:
      guard let weights else { return }
      look(
        up: weights + step.weights, for: plan.layers[step.layer], from: from, input: input,
        to: to, output: output, patches: patches)
    case .softmax:
      guard let tables else { return }
      softmax(
        tables + step.weights, plan.layers[step.layer], from: from, input: input, to: to,
        output: output, patches: patches)
    case .upsample:
      for patch in 0..<patches {
        upsample(
          from: from, input: input + patch &* from.slot, to: to, output: output + patch &* to.slot)
      }
    case .concatenation:
      // One patch, and what was kept of it.
      let other = plan.grids[step.other]
      concatenate(
        from: from, input: input, other: other, others: values + other.offset, to: to,
        output: output)
    case .pool:
      for patch in 0..<patches {
        pool(
          plan.layers[step.layer], from: from, input: input + patch &* from.slot, to: to,
          output: output + patch &* to.slot)
      }
    }
  }

  /// Replaces each value by its table's, patch by patch. `results` are centred.
  private func look(
    up results: UnsafePointer<Int16>, for layer: Layer, from: Plan.Grid,
    input: UnsafePointer<Int16>, to: Plan.Grid, output: UnsafeMutablePointer<Int16>, patches: Int
  ) {
    let row = layer.input.width &* layer.input.channels
    let offset = layer.inputQuantization.zeroPoint &+ 128
    for patch in 0..<patches {
      for y in 0..<layer.input.height {
        let source = input + (patch &* from.slot &+ from.index(y, 0))
        let target = output + (patch &* to.slot &+ to.index(y, 0))
        for i in 0..<row { target[i] = results[Int(source[i]) &+ offset] }
      }
    }
  }

  /// Only at a network's end, so neither grid has padding.
  private func softmax(
    _ powers: UnsafePointer<Int32>, _ layer: Layer, from: Plan.Grid,
    input: UnsafePointer<Int16>, to: Plan.Grid, output: UnsafeMutablePointer<Int16>, patches: Int
  ) {
    let labels = layer.input.channels
    let zeroPoint = layer.outputQuantization.zeroPoint
    for patch in 0..<patches {
      for first in stride(from: 0, to: layer.input.count, by: labels) {
        let source = input + (patch &* from.slot &+ first)
        let target = output + (patch &* to.slot &+ first)
        var greatest = Int16.min
        for i in 0..<labels { greatest = max(greatest, source[i]) }
        var sum: Int64 = 0
        for i in 0..<labels { sum &+= Softmax.term(powers[Int(greatest &- source[i])]) }
        let softmax = Softmax(sum: sum)
        for i in 0..<labels {
          let probability = softmax.probability(powers[Int(greatest &- source[i])])
          target[i] = Int16(truncatingIfNeeded: probability &- zeroPoint)
        }
      }
    }
  }

  /// Replaces each place by four; the second row is a copy of the first.
  private func upsample(
    from: Plan.Grid, input: UnsafePointer<Int16>, to: Plan.Grid,
    output: UnsafeMutablePointer<Int16>
  ) {
    let channels = from.shape.channels
    for y in 0..<from.shape.height {
      let source = input + from.index(y, 0)
      let row = output + to.index(2 &* y, 0)
      for x in 0..<from.shape.width {
        let place = source + x &* channels
        let target = row + 2 &* x &* channels
        target.update(from: place, count: channels)
        (target + channels).update(from: place, count: channels)
      }
      (output + to.index(2 &* y &+ 1, 0)).update(from: row, count: to.shape.width &* channels)
    }
  }

  private func concatenate(
    from: Plan.Grid, input: UnsafePointer<Int16>, other: Plan.Grid,
    others: UnsafePointer<Int16>, to: Plan.Grid, output: UnsafeMutablePointer<Int16>
  ) {
    let (mine, its) = (from.shape.channels, other.shape.channels)
    for y in 0..<to.shape.height {
      let (a, b) = (input + from.index(y, 0), others + other.index(y, 0))
      let target = output + to.index(y, 0)
      for x in 0..<to.shape.width {
        let place = target + x &* (mine &+ its)
        place.update(from: a + x &* mine, count: mine)
        (place + mine).update(from: b + x &* its, count: its)
      }
    }
  }

  private func requantization(_ step: Plan.Step) -> ScribeRequantization {
    ScribeRequantization(
      bias: tables.map { $0 + step.bias }, multiplier: tables.map { $0 + step.multiplier },
      left: tables.map { $0 + step.left }, right: tables.map { $0 + step.right },
      channels: step.channels, low: step.low, high: step.high)
  }

  /// A pool that isn't fused. Padding doesn't take part.
  private func pool(
    _ layer: Layer, from: Plan.Grid, input: UnsafePointer<Int16>, to: Plan.Grid,
    output: UnsafeMutablePointer<Int16>
  ) {
    let channels = layer.input.channels
    let zeroPoint = layer.inputQuantization.zeroPoint
    for y in 0..<layer.output.height {
      let top = y &* layer.stride.height &- layer.paddingTop
      let rows = max(top, 0)..<min(top &+ layer.kernel.height, layer.input.height)
      for x in 0..<layer.output.width {
        let left = x &* layer.stride.width &- layer.paddingLeft
        let columns = max(left, 0)..<min(left &+ layer.kernel.width, layer.input.width)
        let target = output + to.index(y, x)
        for c in 0..<channels {
          var greatest = Int16.min
          var sum = 0
          for row in rows {
            for column in columns {
              let value = input[from.index(row, column) &+ c]
              greatest = max(greatest, value)
              sum &+= Int(value)
            }
          }
          if layer.kind == .averagePool {
            let count = rows.count &* columns.count
            greatest = Int16(roundedMean(sum &+ count &* zeroPoint, count) &- zeroPoint)
          }
          target[c] = greatest
        }
      }
    }
  }
}

/// The mean of int8 values as TensorFlow Lite Micro rounds it: halves away from 0.
func roundedMean(_ sum: Int, _ count: Int) -> Int {
  (sum > 0 ? sum + count / 2 : sum - count / 2) / count
}

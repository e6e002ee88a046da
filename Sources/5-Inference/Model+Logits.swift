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

  /// The same, with the logits replacing the contents of `logits`. Allocates nothing if there is
  /// room in it and in the workspace.
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

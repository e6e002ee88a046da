/// Memory that inference needs, kept from call to call; one for each thread that infers.
///
/// It adapts to the model that it is used with and grows to the largest.
public struct Workspace: Sendable {
  /// The instructions that run.
  public let kernels: Kernels
  var plan: Plan?
  var values: [Int16] = []

  /// - Precondition: `kernels` are among `Kernels.available`.
  public init(kernels: Kernels = .chosen) {
    precondition(Kernels.available.contains(kernels), "\(kernels) don't run here")
    self.kernels = kernels
  }

  /// A workspace that uses the portable kernels even where better ones run.
  package static var portable: Workspace { Workspace(kernels: .portable) }

  /// Memory that kernels use while they run. Kept out of `values`, where another model would find
  /// numbers that are no network's.
  var scratch: [Int16] = []

  /// Values and scratch memory, for as long as `body` runs.
  mutating func lend(
    _ body: (UnsafeMutablePointer<Int16>?, UnsafeMutablePointer<Int16>?) -> Void
  ) {
    values.withUnsafeMutableBufferPointer { values in
      scratch.withUnsafeMutableBufferPointer { scratch in
        body(values.baseAddress, scratch.baseAddress)
      }
    }
  }

  /// Writes padding each time that the model changes: kernels write only values inside it.
  mutating func prepare(for plan: Plan) {
    guard self.plan !== plan else { return }
    self.plan = plan
    if values.count < plan.valueCount {
      values.append(contentsOf: repeatElement(0, count: plan.valueCount - values.count))
    }
    if scratch.count < plan.scratchCount {
      scratch = [Int16](repeating: 0, count: plan.scratchCount)
    }
    values.withUnsafeMutableBufferPointer { values in
      guard let start = values.baseAddress else { return }
      for (i, grid) in plan.grids.enumerated() {
        let slots = i < plan.firstBatched ? 1 : Plan.batch
        for slot in 0..<slots { grid.clearPadding(start + (grid.offset + slot * grid.slot)) }
      }
    }
  }
}

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

  /// Padding is written here, once a model: kernels write only what is not padding.
  mutating func prepare(for plan: Plan) {
    guard self.plan !== plan else { return }
    self.plan = plan
    let count = min(values.count, plan.scratch)
    values.withUnsafeMutableBufferPointer { $0[..<count].update(repeating: 0) }
    if values.count < plan.workspaceSize {
      values.append(contentsOf: repeatElement(0, count: plan.workspaceSize - values.count))
    }
  }
}

internal import CKernels

/// Memory that inference needs, kept from call to call; one for each thread that infers.
///
/// It adapts to the model that it is used with.
public struct Workspace: Sendable {
  var plan: Plan?
  var values: [Int16] = []
  var instructions: ScribeInstructions

  public init() {
    instructions = scribe_best_instructions()
  }

  /// A workspace that uses the portable kernels even where better ones run.
  package static var portable: Workspace {
    var workspace = Workspace()
    workspace.instructions = SCRIBE_PORTABLE
    return workspace
  }

  /// Padding is written here, once: kernels write only what is not padding.
  mutating func prepare(for plan: Plan) {
    guard self.plan !== plan else { return }
    self.plan = plan
    values = [Int16](repeating: 0, count: plan.workspaceSize)
  }
}

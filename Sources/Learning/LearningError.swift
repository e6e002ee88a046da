/// Reasons why nothing can be learned.
package enum LearningError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The replayed lines are missing or damaged.
  case replay(path: String, reason: String)
  /// No line of the corrections can be learned from.
  case nothing(pictures: Int)
  /// One picture can't be checked by another.
  case onePicture
  /// The network's last layers can't learn so.
  case unfit(model: String)

  package var description: String {
    switch self {
    case .replay(let path, let reason): "\(path): \(reason)"
    case .nothing(let pictures):
      "nothing to learn from in \(pictures) corrected picture\(pictures == 1 ? "" : "s")"
    case .onePicture:
      "one picture teaches nothing that another could check: correct a second one"
    case .unfit(let model):
      "model \(model) can't be taught: its last layers look at more than columns"
    }
  }
}

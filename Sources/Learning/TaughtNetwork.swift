package import Inference

/// A network whose last layers learned, and what that was worth.
package struct TaughtNetwork: Sendable {
  package let name: String
  package let folder: ModelFolder
  package let verdict: Verdict

  /// Figures, all of the integer network.
  package struct Verdict: Sendable {
    /// The corrections, by networks that learned from other pictures only.
    package var leftOut = Change()
    /// The corrections themselves, which the network learned from.
    package var taught = Change()
    /// Known print that was not replayed.
    package var replayed = Change()
    package var steps = 0
    /// Share of the way from the old weights to the new ones that was gone.
    package var share = 0.0
    /// Pictures and lines, or characters, that were learned from.
    package var pictures = 0
    package var samples = 0

    package init() {}

    /// Points of replayed error that learning may cost.
    package static let mostForgotten = 0.001

    /// Whether the network may take the old one's place.
    package var outcome: Outcome {
      guard leftOut.before.count > 0 else { return .nothingToLearn }
      guard !forgets else { return .forgets }
      guard leftOut.after.count < leftOut.before.count else { return .notBetter }
      return .learned
    }

    var forgets: Bool { replayed.after.rate > replayed.before.rate + Self.mostForgotten }
  }

  /// Mistakes before and after.
  package struct Change: Sendable, Equatable {
    package var before = Mistakes()
    package var after = Mistakes()

    package init(before: Mistakes = Mistakes(), after: Mistakes = Mistakes()) {
      (self.before, self.after) = (before, after)
    }
  }

  package enum Outcome: String, Sendable {
    case learned
    /// All that was corrected is read rightly already.
    case nothingToLearn = "nothing to learn"
    case notBetter = "not better on pictures left out"
    case forgets = "forgets known print"
  }
}

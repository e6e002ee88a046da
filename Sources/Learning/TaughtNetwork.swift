package import Inference

/// A network whose last layers learned, and what that was worth.
package struct TaughtNetwork: Sendable {
  package let name: String
  /// Layers that learned, and whether from characters.
  let depth: Int
  package let isOfCharacters: Bool
  package let folder: ModelFolder
  package let verdict: Verdict

  /// The network with its record, SHA-256 of what it learned from included, and test vectors, as it
  /// is written.
  ///
  /// - Throws: `ModelError` if the outcome isn't a model.
  package func finished(dataHash: String) throws(ModelError) -> ModelFolder {
    var folder = folder
    try folder.finish(
      recipe: "teach", dataHash: dataHash,
      floatAccuracy: max(0, 1 - verdict.leftOutInFloat.rate),
      int8Accuracy: max(0, 1 - verdict.leftOut.after.rate))
    return folder
  }

  /// Figures, all of the integer network.
  package struct Verdict: Sendable {
    /// Corrections left out, by a network that learned from the others only.
    package var leftOut = Change()
    /// Of their lines, or characters: mistakes that went, of those with fewer, and that came.
    package private(set) var mended = 0
    package private(set) var broken = 0
    /// The same after learning, in floating point.
    package var leftOutInFloat = Mistakes()
    /// The corrections themselves, which the network learned from.
    package var taught = Change()
    /// Known print that was not replayed.
    package var replayed = Change()
    /// Steps by which the network learned.
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
      guard taught.before.count > 0 else { return .nothingToLearn }
      guard !forgets else { return .forgets }
      guard isBetter else { return .notBetter }
      return .learned
    }

    /// Takes up corrections left out, before and after.
    package mutating func compare(_ before: [Mistakes], _ after: [Mistakes]) {
      leftOut.after = leftOut.after + after.sum
      for (before, after) in zip(before, after) {
        mended += max(0, before.count - after.count)
        broken += max(0, after.count - before.count)
      }
    }

    /// Whether there are fewer mistakes on pictures left out, by more than chance would make: by a
    /// standard deviation of what changed, as if each mistake came or went by chance (McNemar 1947).
    private var isBetter: Bool {
      let gain = mended - broken
      return gain > 0 && gain * gain >= mended + broken
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

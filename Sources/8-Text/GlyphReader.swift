import Glyphs
import Gray
import Inference

/// Reads a line character by character, as a board does: a network takes every cut that may be a
/// character, and the likeliest way through them is the text.
struct GlyphReader {
  let model: Model
  private let lattice: Lattice
  private let agreement: Agreement
  private let pattern: Pattern?
  private let spacing = Spacing()
  private var workspace = Workspace()

  init(model: Model, alphabet: Alphabet, pattern: Pattern?) {
    self.model = model
    self.pattern = pattern
    lattice = Lattice(labels: model.labels, isAllowed: alphabet.allows)
    agreement = Agreement(labels: model.labels, isAllowed: alphabet.allows)
  }

  mutating func read(_ line: GlyphLine) -> Transcript {
    let line = line.cuts()
    let logits = model.logits(
      of: line.patches(), count: line.candidates.count, workspace: &workspace)
    let probabilities = model.probabilities(of: logits)
    let count = model.labels.count
    func row(_ candidate: Int) -> ArraySlice<Float> {
      probabilities[candidate * count..<(candidate + 1) * count]
    }
    let chosen = lattice.bestPath(through: line, probabilities: probabilities)
      .filter { $0.label != nil }
    let boxes = chosen.map { line.candidates[$0.candidate].stripBox }
    let spaces = spacing.spaces(between: boxes)
    let glyphs = zip(chosen, zip(boxes, [false] + spaces)).map { step, place in
      Agreement.Glyph(
        probabilities: row(step.candidate), height: Double(place.0.height), startsWord: place.1)
    }
    let labelled = agreement.line(of: glyphs, pattern: pattern)
    let characters = zip(chosen[labelled.range], labelled.choices).map { step, choice in
      let confidence = Double(choice.confidence)
      let calibrated = Self.calibrated(confidence)
      let share = confidence < 1 ? (1 - calibrated) / (1 - confidence) : 1
      let others = alternatives(to: choice.label, among: row(step.candidate), labels: model.labels)
        .map { Alternative(text: $0.text, confidence: $0.confidence * share) }
      return LineJudge.Character(
        read: ReadCharacter(
          text: model.labels[choice.label], confidence: calibrated,
          box: line.candidates[step.candidate].box, alternatives: others),
        certainty: Double(step.certainty))
    }
    return Transcript(
      characters: characters, spaces: labelled.spaces, matchesPattern: labelled.matches)
  }

  /// Its training keeps the network from being sure; half the temperature makes up for that, as
  /// measured by how often it is right.
  private static func calibrated(_ confidence: Double) -> Double {
    let right = confidence * confidence
    let wrong = (1 - confidence) * (1 - confidence)
    return right / (right + wrong)
  }
}

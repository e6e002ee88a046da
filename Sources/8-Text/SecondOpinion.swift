import Foundation
import Glyphs
import Gray
import Inference

/// Asks the glyph network about single characters of a line that was read as a whole.
///
/// The line network sees neighbours and needs no cuts; the glyph network sees a character tightly
/// framed and in full resolution. They err on different characters, so where a cut fits what the
/// line network found, both are asked.
struct SecondOpinion {
  let model: Model
  /// The glyph network's index of each of the line network's labels.
  private let indices: [Int?]
  private var workspace = Workspace()
  /// What the line network is as sure of is left at that.
  var sureProbability: Float = 0.99
  /// How far a cut must cover what was found, in columns: shared over joint extent.
  var leastOverlap = 0.6
  /// Exponent of the glyph network's probabilities beside the line network's.
  var weight: Float = 0.5
  /// What a label counts at least, so that neither network alone can rule one out.
  var floor: Float = 1e-3

  init(model: Model, labels: [String]) {
    self.model = model
    indices = labels.map { label in label.isEmpty ? nil : model.labels.firstIndex(of: label) }
  }

  /// Weighs a line network's probabilities for the characters of a line.
  ///
  /// - Parameters:
  ///   - columns: a probability for each of the line network's labels, a row for each character.
  ///   - ink: where each character's ink lies, in pixels of the line's image.
  ///   - line: the line that they are of.
  /// - Returns: `columns`, changed where a cut fits.
  mutating func weigh(
    _ columns: [ArraySlice<Float>], ink: [PixelBox], in line: GlyphLine
  ) -> [ArraySlice<Float>] {
    let doubtful = columns.indices.filter { (columns[$0].max() ?? 0) < sureProbability }
    guard !doubtful.isEmpty else { return columns }
    let cuts = line.cuts()
    var asked: [(character: Int, candidate: Int)] = []
    for (i, box) in doubtful.map({ ($0, ink[$0]) }) {
      if let candidate = candidate(for: box, in: cuts.candidates) {
        asked.append((i, candidate))
      }
    }
    guard !asked.isEmpty else { return columns }
    let logits = model.logits(
      of: cuts.patches(of: asked.map(\.candidate)), count: asked.count, workspace: &workspace)
    let probabilities = model.probabilities(of: logits)
    var result = columns
    for (row, entry) in asked.enumerated() {
      let first = row * model.labels.count
      result[entry.character] = blend(columns[entry.character]) { index in
        probabilities[first + index]
      }
    }
    return result
  }

  private func blend(
    _ column: ArraySlice<Float>, with opinion: (Int) -> Float
  ) -> ArraySlice<Float> {
    var result = [Float](repeating: 0, count: column.count)
    var characters: Float = 0
    var sum: Float = 0
    for (k, p) in column.enumerated() {
      guard let index = indices[k] else {
        result[k] = p
        continue
      }
      characters += p
      result[k] = (p + floor * 0.01) * pow(opinion(index) + floor, weight)
      sum += result[k]
    }
    guard sum > 0 else { return column }
    for k in result.indices where indices[k] != nil { result[k] *= characters / sum }
    return result[...]
  }

  /// The cut that covers the same columns.
  private func candidate(for ink: PixelBox, in candidates: [GlyphCandidate]) -> Int? {
    let left = Double(ink.x) * LineImage.stripScale
    let right = Double(ink.maxX) * LineImage.stripScale
    var best: (index: Int, share: Double)?
    for (i, candidate) in candidates.enumerated() {
      let box = candidate.stripBox
      let shared = min(right, Double(box.maxX)) - max(left, Double(box.x))
      guard shared > 0 else { continue }
      let joint = max(right, Double(box.maxX)) - min(left, Double(box.x))
      let share = shared / joint
      if share >= leastOverlap, best.map({ share > $0.share }) ?? true { best = (i, share) }
    }
    return best?.index
  }
}

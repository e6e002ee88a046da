import Foundation
package import Glyphs
import Gray

/// The best way through the pieces of a line.
///
/// Every candidate is an edge over its pieces. It is scored by the logarithm of the probability that
/// it is a character of its best shape, once for each piece that it covers, so that few wide
/// characters and many narrow ones compete evenly. A piece may also be passed over as dirt; that
/// costs more the wider it is.
package struct Lattice {
  /// One edge of the best path.
  package struct Step: Equatable {
    /// Index of the candidate.
    package var candidate: Int
    /// nil: passed over as dirt.
    package var label: Int?
    /// How sure it is that this is a character of its label's shape, or dirt; 0...1.
    package var certainty: Float
  }

  /// Cost of passing over a piece, in units of log probability for each strip pixel of its width.
  var dirtCost: Float = 0.15
  /// Constant part of that cost.
  var dirtBase: Float = 0.2
  /// Cost of each character: of two readings of like evidence the shorter one is right.
  var characterCost: Float = 0.2

  private let shapes: [[Int]]
  private let reject: Int?
  private let allowed: [Bool]

  /// - Parameters:
  ///   - labels: what the model tells apart, "" for no character.
  ///   - isAllowed: which labels may be read.
  package init(labels: [String], isAllowed: (String) -> Bool) {
    shapes = Shapes.neighbours(of: labels)
    reject = labels.firstIndex(of: "")
    allowed = labels.map { !$0.isEmpty && isAllowed($0) }
  }

  /// Finds the best path.
  ///
  /// - Parameters:
  ///   - line: the candidates.
  ///   - probabilities: a row for each candidate, a value for each label.
  /// - Returns: the steps left to right; every piece is covered once.
  package func bestPath(through line: LineCuts, probabilities: [Float]) -> [Step] {
    let labelCount = allowed.count
    var best = [Float](repeating: -.infinity, count: line.pieceCount + 1)
    var steps = [Step?](repeating: nil, count: line.pieceCount + 1)
    best[0] = 0
    for (i, candidate) in line.candidates.enumerated() {
      let start = best[candidate.pieces.lowerBound]
      guard start > -.infinity else { continue }
      let row = i * labelCount
      let end = candidate.pieces.upperBound
      var label = -1
      var probability: Float = 0
      var total: Float = reject.map { probabilities[row + $0] } ?? 0
      for j in 0..<labelCount where allowed[j] {
        total += probabilities[row + j]
        if probabilities[row + j] > probability {
          probability = probabilities[row + j]
          label = j
        }
      }
      total = max(total, .leastNormalMagnitude)
      if label >= 0 {
        var shape: Float = 0
        for j in shapes[label] where allowed[j] { shape += probabilities[row + j] }
        let certainty = shape / total
        let evidence = Float(candidate.pieces.count) * log(max(certainty, 1e-6))
        let score = start + evidence - characterCost
        if score > best[end] {
          best[end] = score
          steps[end] = Step(candidate: i, label: label, certainty: certainty)
        }
      }
      if candidate.pieces.count == 1 {
        let dirt = reject.map { probabilities[row + $0] / total } ?? 0
        let cost = dirtBase + dirtCost * Float(candidate.stripBox.width)
        let score = start + log(max(dirt, 1e-6)) - cost
        if score > best[end] {
          best[end] = score
          steps[end] = Step(candidate: i, label: nil, certainty: dirt)
        }
      }
    }
    var path: [Step] = []
    var end = line.pieceCount
    while end > 0, let step = steps[end] {
      path.append(step)
      end = line.candidates[step.candidate].pieces.lowerBound
    }
    return path.reversed()
  }
}

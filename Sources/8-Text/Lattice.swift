import Foundation
package import Glyphs
import Gray

/// The best way through the pieces of a line.
///
/// Every candidate is an edge over its pieces, scored by the logarithm of its best character's
/// probability for each piece that it covers, so that few wide characters and many narrow ones
/// compete evenly. A piece may also be passed over as dirt; that costs more the wider it is.
package struct Lattice {
  /// One edge of the best path.
  package struct Step: Equatable {
    /// Index of the candidate.
    package var candidate: Int
    /// nil: passed over as dirt.
    package var label: Int?
    package var probability: Float
  }

  /// Cost of passing over a piece, in units of log probability for each strip pixel of its width.
  var dirtCost: Float = 0.25
  /// Constant part of that cost.
  var dirtBase: Float = 0.7

  package init() {}

  /// - Parameters:
  ///   - line: the candidates.
  ///   - probabilities: a row of `labelCount` for each candidate.
  ///   - labelCount: characters the model tells apart, "no character" included.
  ///   - reject: the index of "no character".
  ///   - allowed: which labels may be read.
  /// - Returns: the steps left to right.
  package func bestPath(
    through line: GlyphLine, probabilities: [Float], labelCount: Int, reject: Int?, allowed: [Bool]
  ) -> [Step] {
    var best = [Float](repeating: -.infinity, count: line.pieceCount + 1)
    var steps = [Step?](repeating: nil, count: line.pieceCount + 1)
    best[0] = 0
    for (i, candidate) in line.candidates.enumerated() {
      let start = best[candidate.pieces.lowerBound]
      guard start > -.infinity else { continue }
      let row = probabilities[i * labelCount..<(i + 1) * labelCount]
      var label = -1
      var probability: Float = 0
      var total: Float = 0
      for (j, p) in row.enumerated() where allowed[j] || j == reject {
        total += p
        if j != reject, p > probability {
          probability = p
          label = j
        }
      }
      let end = candidate.pieces.upperBound
      if label >= 0 {
        probability /= max(total, .leastNormalMagnitude)
        let score = start + Float(candidate.pieces.count) * log(max(probability, 1e-6))
        if score > best[end] {
          best[end] = score
          steps[end] = Step(candidate: i, label: label, probability: probability)
        }
      }
      if candidate.pieces.count == 1, let reject {
        let dirt = row[row.startIndex + reject] / max(total, .leastNormalMagnitude)
        let cost = dirtBase + dirtCost * Float(candidate.stripBox.width)
        let score = start + log(max(dirt, 1e-6)) - cost
        if score > best[end] {
          best[end] = score
          steps[end] = Step(candidate: i, label: nil, probability: dirt)
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

import Foundation

/// Reads a line's columns where there is nothing to doubt, which is most lines of clear print.
///
/// The likeliest label of each column then spells the text, and no other path through the columns
/// comes near it: no search is needed, nor another network.
package struct ClearLine {
  /// What there is to read.
  package enum Finding: Equatable {
    case nothing
    case text([CTCDecoder.Character])
    case doubtful
  }

  /// How many times likelier than the next the label of a character must be in one of its columns.
  /// Elsewhere the next may only be nothing, or the character before or behind.
  package var leastRatio = 40.0
  /// The same for nothing, in columns where there is nothing.
  var leastBlankRatio = 5.0

  private let blank: Int
  private let space: Int
  private let allowed: [Bool]

  /// Nil without a label for nothing and one for the space.
  package init?(labels: [String], isAllowed: (String) -> Bool) {
    guard let blank = labels.firstIndex(of: ""), let space = labels.firstIndex(of: " ")
    else { return nil }
    (self.blank, self.space) = (blank, space)
    allowed = labels.map { $0.isEmpty || $0 == " " || isAllowed($0) }
  }

  /// Neighbouring columns of one label.
  private struct Run {
    var label: Int
    var columns: ClosedRange<Int>
    /// The column that is surest of it, and by how much.
    var best: (column: Int, margin: Int)
  }

  /// - Parameters:
  ///   - logits: a row of them for each column.
  ///   - scale: what one of them stands for.
  /// - Returns: the text if it is all clear.
  package func read(_ logits: [Int8], scale: Float) -> Finding {
    let count = allowed.count
    let columns = logits.count / count
    let least = Int((log(leastRatio) / Double(scale)).rounded(.up))
    let leastBlank = Int((log(leastBlankRatio) / Double(scale)).rounded(.up))
    var runs: [Run] = []
    // Columns that are not clear: which run, and what else they may be.
    var unclear: [(run: Int, next: Int, margin: Int)] = []
    for column in 0..<columns {
      let (first, second, margin) = Self.best(logits, from: column * count, count: count)
      guard allowed[first] else { return .doubtful }
      if let last = runs.last, last.label == first {
        runs[runs.count - 1].columns = last.columns.lowerBound...column
        if margin > last.best.margin { runs[runs.count - 1].best = (column, margin) }
      } else {
        runs.append(Run(label: first, columns: column...column, best: (column, margin)))
      }
      if margin < least { unclear.append((runs.count - 1, second, margin)) }
    }
    for run in runs where run.label != blank && run.best.margin < least { return .doubtful }
    for (run, next, margin) in unclear {
      let label = runs[run].label
      if next == blank { continue }
      if label == blank, margin >= leastBlank, next != space { continue }
      let isNeighbour =
        run > 0 && runs[run - 1].label == next
        || run + 1 < runs.count && runs[run + 1].label == next
      // A gap is a space somewhere for certain, or nowhere.
      guard isNeighbour else { return .doubtful }
    }
    let characters = characters(of: runs)
    return characters.isEmpty ? .nothing : .text(characters)
  }

  private func characters(of runs: [Run]) -> [CTCDecoder.Character] {
    var characters: [CTCDecoder.Character] = []
    var spaced = false
    for run in runs where run.label != blank {
      if run.label == space {
        spaced = !characters.isEmpty
        continue
      }
      characters.append(
        CTCDecoder.Character(
          label: run.label, hasSpaceBefore: spaced, column: run.best.column, columns: run.columns))
      spaced = false
    }
    return characters
  }

  /// The two greatest of a row, and how far they are apart.
  private static func best(
    _ logits: [Int8], from start: Int, count: Int
  ) -> (first: Int, second: Int, margin: Int) {
    logits.withUnsafeBufferPointer { logits in
      var (first, second) = (0, -1)
      var (most, next) = (Int8.min, Int8.min)
      for k in 0..<count {
        let value = logits[start &+ k]
        if value > next || second < 0 {
          if value > most || k == 0 {
            (second, next) = (first, most)
            (first, most) = (k, value)
          } else {
            (second, next) = (k, value)
          }
        }
      }
      return (first, max(second, 0), Int(most) - Int(next))
    }
  }
}

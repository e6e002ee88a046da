import Glibc

/// Reads a line's columns where nothing is in doubt, as in most lines of clear print.
///
/// The likeliest label of each column then spells the text, and no other path through the columns
/// comes near it: neither a search nor another network is needed. Two kinds of doubt are reported,
/// since the rest of the line may settle them.
package struct ClearLine {
  /// The result of reading.
  package enum Finding: Equatable {
    case nothing
    case text([CTCDecoder.Character], Doubts)
    case doubtful
  }

  package struct Doubts: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Characters may be others of their shape, such as `O` and `0`.
    package static let shapes = Doubts(rawValue: 1)
    /// There may be a space more or less.
    package static let spaces = Doubts(rawValue: 2)
  }

  /// Least ratio of a character's probability to the next label's in one of its columns. In its
  /// other columns the next label may only be nothing, or the character before or behind.
  package var leastRatio = 60.0
  /// The same ratio for nothing, in columns without a character.
  private static let leastBlankRatio = 3.0
  /// The same ratio for a space, and for no space where there may be one.
  private static let leastSpaceRatio = 6.0

  private let blank: Int
  private let space: Int
  private let allowed: [Bool]
  /// For each label a row of one byte per label: 0 for labels of the same shape, itself included,
  /// else 255.
  private let unlike: [UInt8]
  /// The same with 255 for other labels of its shape that may be read, else 0.
  private let alike: [UInt8]

  /// Nil without a label for no character and one for the space.
  package init?(labels: [String], isAllowed: (String) -> Bool) {
    guard let blank = labels.firstIndex(of: ""), let space = labels.firstIndex(of: " ")
    else { return nil }
    (self.blank, self.space) = (blank, space)
    let allowed = labels.map { $0.isEmpty || $0 == " " || isAllowed($0) }
    let count = labels.count
    var unlike = [UInt8](repeating: 255, count: count * count)
    var alike = [UInt8](repeating: 0, count: count * count)
    for (label, neighbours) in Shapes.neighbours(of: labels).enumerated() {
      for other in neighbours {
        unlike[label * count + other] = 0
        if other != label, allowed[other] { alike[label * count + other] = 255 }
      }
    }
    (self.allowed, self.unlike, self.alike) = (allowed, unlike, alike)
  }

  /// Neighbouring columns of one label, or of labels of one shape that are in doubt.
  private struct Run {
    var label: Int
    var columns: ClosedRange<Int>
    /// The column where the shape is most certain, and its margin.
    var best: (column: Int, margin: Int)
    /// Margin of the label over the next one of its shape in that column.
    var alikeMargin: Int
    /// Whether columns name different labels of the shape.
    var isMixed = false
  }

  /// - Parameters:
  ///   - logits: a row for each column.
  ///   - scale: the scale of their quantization.
  /// - Returns: the text if it is clear, with its doubts.
  package func read(_ logits: [Int8], scale: Float) -> Finding {
    let count = allowed.count
    let least = Int((log(leastRatio) / Double(scale)).rounded(.up))
    let leastBlank = Int((log(Self.leastBlankRatio) / Double(scale)).rounded(.up))
    let leastSpace = Int((log(Self.leastSpaceRatio) / Double(scale)).rounded(.up))
    var runs: [Run] = []
    // Columns that are not clear: their run, and the label that they may have instead.
    var unclear: [(run: Int, next: Int, margin: Int)] = []
    for column in 0..<logits.count / count {
      let found = best(logits, from: column * count)
      guard allowed[found.label] else { return .doubtful }
      let last = runs.count - 1
      if last >= 0, joins(found, runs[last], least) {
        runs[last].columns = runs[last].columns.lowerBound...column
        runs[last].isMixed = runs[last].isMixed || found.label != runs[last].label
        if found.margin > runs[last].best.margin {
          runs[last].label = found.label
          runs[last].best = (column, found.margin)
          runs[last].alikeMargin = found.alikeMargin
        }
      } else {
        runs.append(
          Run(
            label: found.label, columns: column...column, best: (column, found.margin),
            alikeMargin: found.alikeMargin))
      }
      if found.margin < least {
        let next = rival(of: found.label, logits, from: column * count)
        unclear.append((runs.count - 1, next, found.margin))
      }
    }
    var doubts: Doubts = []
    for run in runs where run.label != blank {
      if run.label == space {
        if run.best.margin < leastSpace { doubts.insert(.spaces) }
      } else if run.best.margin < least {
        return .doubtful
      }
    }
    for (run, next, margin) in unclear {
      let label = runs[run].label
      if next == blank { continue }
      if label == blank, next == space {
        if margin < leastSpace { doubts.insert(.spaces) }
        continue
      }
      if label == blank, margin >= leastBlank { continue }
      let isNeighbour =
        run > 0 && areAlike(runs[run - 1].label, next)
        || run + 1 < runs.count && areAlike(runs[run + 1].label, next)
      guard isNeighbour else { return .doubtful }
    }
    let characters = characters(of: runs)
    guard !characters.isEmpty else { return .nothing }
    if runs.contains(where: { $0.isMixed || $0.alikeMargin < least }) { doubts.insert(.shapes) }
    return .text(characters, doubts)
  }

  private func areAlike(_ a: Int, _ b: Int) -> Bool { unlike[a * allowed.count + b] == 0 }

  /// Whether a column goes on with a run: two certain characters are not merged.
  private func joins(_ found: Best, _ run: Run, _ least: Int) -> Bool {
    found.label == run.label
      || areAlike(found.label, run.label) && (found.alikeMargin < least || run.alikeMargin < least)
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

  /// The greatest logit of a column.
  private struct Best {
    var label: Int
    /// Distance to the greatest logit of another shape.
    var margin: Int
    /// Distance to the greatest other logit of its shape.
    var alikeMargin: Int
  }

  private func best(_ logits: [Int8], from start: Int) -> Best {
    let count = allowed.count
    return logits.withUnsafeBufferPointer { logits in
      let row = UnsafeBufferPointer(rebasing: logits[start..<start + count])
      // As unsigned numbers, since all processors have a maximum of these; 0 is the least.
      func value(_ k: Int) -> UInt8 { UInt8(bitPattern: row[k]) ^ 128 }
      var most: UInt8 = 0
      for k in 0..<count { most = max(most, value(k)) }
      let label = value(blank) == most ? blank : (0..<count).first { value($0) == most } ?? blank
      var next: UInt8 = 0
      var nextAlike: UInt8 = 0
      unlike.withUnsafeBufferPointer { unlike in
        let mask = UnsafeBufferPointer(rebasing: unlike[label * count..<(label + 1) * count])
        for k in 0..<count { next = max(next, value(k) & mask[k]) }
      }
      alike.withUnsafeBufferPointer { alike in
        let mask = UnsafeBufferPointer(rebasing: alike[label * count..<(label + 1) * count])
        for k in 0..<count { nextAlike = max(nextAlike, value(k) & mask[k]) }
      }
      return Best(
        label: label, margin: Int(most) - Int(next), alikeMargin: Int(most) - Int(nextAlike))
    }
  }

  /// The label with the greatest logit in a column that doesn't look like `label`.
  private func rival(of label: Int, _ logits: [Int8], from start: Int) -> Int {
    allowed.indices.filter { !areAlike(label, $0) }
      .max { logits[start + $0] < logits[start + $1] } ?? blank
  }
}

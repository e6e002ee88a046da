import Glibc

/// Finds the likeliest text in a line reader's columns, by connectionist temporal classification
/// (Graves et al. 2006): each column names a character or none, repeats of a character count as
/// one, and a text's probability is the sum over all ways to spread it over the columns.
package struct CTCDecoder {
  /// A character of the text.
  package struct Character: Equatable {
    package var label: Int
    /// Whether a space stands before it.
    package var hasSpaceBefore: Bool
    /// The column with the highest probability of the character.
    package var column: Int
    /// The character's first and last column along the likeliest path.
    package var columns: ClosedRange<Int>
  }

  /// The text that was found.
  package struct Text {
    package var characters: [Character]
    /// Logarithm of the probability of exactly this text.
    package var score: Float
    /// Whether the text matches; nil without a pattern.
    package var matches: Bool?

    /// Whether a space stands before each character but the first.
    var spaces: [Bool] { characters.dropFirst().map(\.hasSpaceBefore) }
  }

  /// Share of probability for leaving a character out under a pattern: borders are read as some.
  private static let omission: Float = 0.01
  /// The most that a text may lose under a pattern, in units of log probability: a fixed amount and
  /// one for each character. A pattern chooses among possible characters, it doesn't make them up.
  private static let mostLoss: (fixed: Float, each: Float) = (1.5, 0.8)
  /// Reduction of that limit for each character that would not have been read without the pattern.
  private static let addition: Float = 4

  private let labels: [String]
  private let codes: [UInt8?]
  private let blank: Int
  private let space: Int?
  private let allowed: [Bool]
  private let pattern: Pattern?

  /// Nil if no label stands for no character.
  ///
  /// - Parameters:
  ///   - labels: the labels of a column: "" for no character, " " for the gap between words.
  ///   - isAllowed: whether a character may be read.
  ///   - pattern: the pattern of a line.
  package init?(labels: [String], isAllowed: (String) -> Bool, pattern: Pattern? = nil) {
    guard let blank = labels.firstIndex(of: "") else { return nil }
    self.labels = labels
    self.blank = blank
    space = labels.firstIndex(of: " ")
    codes = labels.map(ReadableCharacters.code)
    allowed = labels.map { $0.isEmpty || $0 == " " || isAllowed($0) }
    self.pattern = pattern
  }

  /// The probabilities of the labels that may be read, column by column.
  package func permitted(_ probabilities: [Float]) -> [Float] {
    guard allowed.contains(false) else { return probabilities }
    var result = probabilities
    for first in stride(from: 0, to: result.count, by: labels.count) {
      var sum: Float = 0
      for k in labels.indices {
        if allowed[k] { sum += result[first + k] } else { result[first + k] = 0 }
      }
      // No character is read where only forbidden ones are likely.
      if sum < 0.01 { result[first + blank] += 0.01 - sum }
      let scale = 1 / max(sum, 0.01)
      for k in labels.indices { result[first + k] *= scale }
    }
    return result
  }

  /// Decodes `permitted` probabilities.
  package func decode(_ probabilities: [Float]) -> Text {
    let free = search(probabilities, pattern: nil)
    guard let pattern else { return free ?? Text(characters: [], score: 0, matches: nil) }
    let bridged = withOmissions(probabilities)
    if var found = search(bridged, pattern: pattern), !found.characters.isEmpty {
      let count = found.characters.count
      let added = max(0, count - (free?.characters.count ?? 0))
      let limit =
        Self.mostLoss.fixed + Self.mostLoss.each * Float(count) - Self.addition * Float(added)
      if (free?.score ?? 0) - found.score <= limit {
        found.matches = true
        return found
      }
    }
    var unmatched = free ?? Text(characters: [], score: 0, matches: nil)
    unmatched.matches = false
    return unmatched
  }

  /// The same probabilities, with spaces left to the pattern, and characters that may be left out
  /// at a cost.
  private func withOmissions(_ probabilities: [Float]) -> [Float] {
    var result = probabilities
    for first in stride(from: 0, to: result.count, by: labels.count) {
      var nothing = result[first + blank]
      if let space {
        nothing += result[first + space]
        result[first + space] = 0
      }
      result[first + blank] = nothing + Self.omission * (1 - nothing)
    }
    return result
  }

  private func search(_ probabilities: [Float], pattern: Pattern?) -> Text? {
    var search = PrefixSearch(
      labelCount: labels.count, blank: blank, codes: codes, pattern: pattern)
    guard let (path, score) = search.best(probabilities) else { return nil }
    return Text(characters: place(path, in: probabilities), score: score)
  }

  /// The columns of a text's labels along its likeliest path.
  private func place(_ path: [PrefixSearch.Label], in probabilities: [Float]) -> [Character] {
    let count = labels.count
    let columns = probabilities.count / count
    guard !path.isEmpty, columns > 0 else { return [] }
    // The states are: nothing, the first label, nothing, the second, ..., nothing.
    let states = 2 * path.count + 1
    func label(_ state: Int) -> Int { state & 1 == 0 ? blank : path[state / 2].label }
    var scores = [Float](repeating: -.infinity, count: states)
    scores[0] = 0
    var origins = [UInt8](repeating: 0, count: states * columns)
    for t in 0..<columns {
      var next = [Float](repeating: -.infinity, count: states)
      for s in 0..<states {
        var best = scores[s]
        var step: UInt8 = 0
        if t > 0 || s == 1, s > 0, scores[s - 1] > best {
          best = scores[s - 1]
          step = 1
        }
        if t > 0, s > 1, s & 1 == 1, label(s) != label(s - 2), scores[s - 2] > best {
          best = scores[s - 2]
          step = 2
        }
        guard best > -.infinity else { continue }
        next[s] = best + log(max(probabilities[t * count + label(s)], 1e-9))
        origins[t * states + s] = step
      }
      scores = next
    }
    var state = scores[states - 1] >= scores[states - 2] ? states - 1 : states - 2
    var spans = [(first: Int, last: Int)](repeating: (columns, -1), count: path.count)
    for t in stride(from: columns - 1, through: 0, by: -1) {
      if state & 1 == 1 {
        spans[state / 2].first = min(spans[state / 2].first, t)
        spans[state / 2].last = max(spans[state / 2].last, t)
      }
      state -= Int(origins[t * states + state])
    }
    var characters: [Character] = []
    var isSpacePending = false
    for (node, span) in zip(path, spans) {
      guard span.first <= span.last else { continue }
      if node.label == space {
        isSpacePending = !characters.isEmpty
        continue
      }
      let peak = (span.first...span.last).max {
        probabilities[$0 * count + node.label] < probabilities[$1 * count + node.label]
      }
      characters.append(
        Character(
          label: node.label, hasSpaceBefore: node.hasSpaceBefore || isSpacePending,
          column: peak ?? span.first, columns: span.first...span.last))
      isSpacePending = false
    }
    return characters
  }
}

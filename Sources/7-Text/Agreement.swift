import Glibc

/// Decides which of several similar characters each one is, by the whole line.
///
/// A patch often leaves open whether it shows `0` or `O`, `c` or `C`. Two facts about the line
/// decide: the height of the character beside those that are certain, and the kind of the word's
/// other characters (`WordKinds`). There is no dictionary: serial numbers and words are treated
/// alike.
package struct Agreement {
  /// The facts about one character of a line.
  package struct Glyph {
    /// A probability for each label.
    package var probabilities: ArraySlice<Float>
    /// Height of the character's ink in rows of the line's image.
    package var height: Double
    /// Whether a space stands before the character.
    package var startsWord: Bool

    package init(probabilities: ArraySlice<Float>, height: Double, startsWord: Bool) {
      self.probabilities = probabilities
      self.height = height
      self.startsWord = startsWord
    }

    func probabilities(at label: Int) -> Float { probabilities[probabilities.startIndex + label] }
  }

  enum Kind { case digit, upper, lower, rare, other }

  /// Weight of a word's kind beside the look of its characters: the network has seen the neighbours
  /// already.
  private static let wordWeight: Float = 0.5
  /// Weight of a height that fits badly.
  private static let heightWeight: Float = 1
  /// Share of the most likely label's probability below which labels are not considered.
  private static let leastShare: Float = 0.005

  private let labels: [String]
  private let allowed: [Bool]
  private let kinds: [Kind]

  package init(labels: [String], isAllowed: (String) -> Bool) {
    self.labels = labels
    allowed = labels.map { !$0.isEmpty && isAllowed($0) }
    kinds = labels.map(Self.kind(of:))
  }

  private static let rare = Set(CharacterTables.rare.map(String.init))

  static func kind(of label: String) -> Kind {
    switch label {
    case "0"..."9": .digit
    case "A"..."Z": .upper
    case "a"..."z": .lower
    default: rare.contains(label) ? .rare : .other
    }
  }

  /// A character's label and its confidence, 0...1.
  package struct Choice: Equatable {
    package var label: Int
    package var confidence: Float
  }

  /// One label that a character may have.
  struct Option {
    var label: Int
    /// Logarithm of the label's probability, less the cost of its height.
    var score: Float
  }

  /// Chooses a label for each character of a line, a word at a time.
  package func choices(for glyphs: [Glyph]) -> [Choice] {
    var options = glyphs.map { likely($0.probabilities) }
    guard options.allSatisfy({ !$0.isEmpty }) else { return [] }
    let heights = Heights(glyphs, options.map { $0[0].label }, labels)
    for i in options.indices {
      for k in options[i].indices {
        let misfit = heights.misfit(of: labels[options[i][k].label], height: glyphs[i].height)
        options[i][k].score -= Self.heightWeight * misfit
      }
    }
    let starts = glyphs.indices.filter { $0 == 0 || glyphs[$0].startsWord } + [glyphs.count]
    return zip(starts, starts.dropFirst()).flatMap { start, end in
      let word = options[start..<end]
      let shares = WordKinds(weight: Self.wordWeight).probabilities(
        word.map { $0.map(\.score) }, word.map { $0.map { kinds[$0.label] } })
      return zip(start..<end, shares).map { i, shares in
        let best = shares.indices.max { shares[$0] < shares[$1] } ?? 0
        // Probability that belongs to no option, above all to "no character", stays the same.
        let covered = options[i].reduce(0) { $0 + glyphs[i].probabilities(at: $1.label) }
        return Choice(label: options[i][best].label, confidence: covered * shares[best])
      }
    }
  }

  private func likely(_ probabilities: ArraySlice<Float>) -> [Option] {
    var peak: Float = 0
    for (j, p) in probabilities.enumerated() where allowed[j] { peak = max(peak, p) }
    var options: [Option] = []
    for (j, p) in probabilities.enumerated()
    where allowed[j] && p >= Self.leastShare * peak && p > 0 {
      options.append(Option(label: j, score: log(p)))
    }
    return options.sorted { $0.score > $1.score }
  }

  /// The heights of a line's characters that can only be tall, or only be low.
  struct Heights {
    private let tall: Double?
    private let low: Double?

    private static let surelyTall = Set(CharacterTables.surelyTall.map(String.init))
    private static let surelyLow = Set(CharacterTables.surelyLow.map(String.init))
    private static let tallOnes = Set(CharacterTables.tallInDoubt.map(String.init))
    private static let lowOnes = Set(CharacterTables.lowInDoubt.map(String.init))

    init(_ glyphs: [Glyph], _ first: [Int], _ labels: [String]) {
      func median(_ set: Set<String>) -> Double? {
        let heights = zip(glyphs, first).filter { set.contains(labels[$1]) }.map(\.0.height)
        return heights.isEmpty ? nil : heights.sorted()[heights.count / 2]
      }
      let tall = median(Self.surelyTall)
      let low = median(Self.surelyLow)
      self.tall = tall ?? low.map { $0 / CharacterTables.usualXHeight }
      self.low = low ?? tall.map { $0 * CharacterTables.usualXHeight }
    }

    /// 0 where the height fits the label, rising to 4.
    func misfit(of label: String, height: Double) -> Float {
      guard let tall, let low, low < 0.92 * tall else { return 0 }
      let expected: Double
      if Self.tallOnes.contains(label) {
        expected = tall
      } else if Self.lowOnes.contains(label) {
        expected = low
      } else {
        return 0
      }
      let distance = (height - expected) / (0.1 * tall)
      return Float(min(4, distance * distance / 2))
    }
  }
}

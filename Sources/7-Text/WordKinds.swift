import Glibc

/// The kinds of characters that make up a word: a number, a word of capitals, a code ...
///
/// One change of kind tells little; but if all the others of a word are of one kind, that tells
/// much: in "P_LAR" a zero is unlikely, in "7K_3" it is not. Each kind of word gives each character
/// a probability, and the characters tell which kind the word is.
struct WordKinds {
  /// Weight of the kind beside the look of the characters.
  var weight: Float

  enum Kind: CaseIterable {
    case digits, upper, lower, capitalized, code, mixed

    /// Frequency of the kind on labels and displays.
    var frequency: Float {
      switch self {
      case .digits: 0.2
      case .upper: 0.2
      case .lower: 0.25
      case .capitalized: 0.1
      case .code: 0.15
      case .mixed: 0.1
      }
    }

    /// Probability of one character of a kind, at a place in such a word.
    func probability(of kind: Agreement.Kind, isFirst: Bool) -> Float {
      if self == .mixed { return 1 / 94 }
      switch kind {
      case .other: return 0.02
      case .rare: return 0.004
      case .digit: return self == .digits ? 0.1 : self == .code ? 1 / 36 : Self.stray
      case .upper:
        switch self {
        case .upper: return 1 / 26
        case .code: return 1 / 36
        case .capitalized: return isFirst ? 1 / 26 : Self.stray
        default: return Self.stray
        }
      case .lower:
        return self == .lower || self == .capitalized && !isFirst ? 1 / 26 : Self.stray
      }
    }

    private static let stray: Float = 1e-5
  }

  /// Weighs the options of a word's characters.
  ///
  /// - Parameters:
  ///   - scores: a logarithm of a probability for each option of each character.
  ///   - kinds: the kind of each option of each character.
  /// - Returns: a probability for each option of each character, summing to 1 a character.
  func probabilities(_ scores: [[Float]], _ kinds: [[Agreement.Kind]]) -> [[Float]] {
    var totals: [Float] = []
    var shares: [[[Float]]] = []
    for word in Kind.allCases {
      var total = weight * log(word.frequency)
      var rows: [[Float]] = []
      for i in scores.indices {
        let terms = scores[i].indices.map { k in
          scores[i][k] + weight * log(word.probability(of: kinds[i][k], isFirst: i == 0))
        }
        let peak = terms.max() ?? 0
        let sum = terms.reduce(0) { $0 + exp($1 - peak) }
        total += peak + log(sum)
        rows.append(terms.map { exp($0 - peak) / sum })
      }
      totals.append(total)
      shares.append(rows)
    }
    let peak = totals.max() ?? 0
    let sum = totals.reduce(0) { $0 + exp($1 - peak) }
    return scores.indices.map { i in
      scores[i].indices.map { k in
        zip(totals, shares).reduce(0) { $0 + exp($1.0 - peak) / sum * $1.1[i][k] }
      }
    }
  }
}

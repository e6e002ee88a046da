/// The fit of a pattern and an alphabet: the lines that can match, and the characters missing.
public enum PatternFit: Sendable, Equatable {
  /// The alphabet has all characters that the pattern names.
  case whole
  /// Lines can match, but these characters that the pattern names are never read.
  case without([Character])
  /// No line of the alphabet's characters can match. `missing` are the characters that the pattern
  /// names and the alphabet lacks, none where the pattern names no character.
  case never(missing: [Character])
}

extension Pattern {
  /// Compares the pattern with the characters that may be read.
  ///
  /// An alphabet may well narrow what `.`, `\w` or `[^0]` leave open; a character that is named and
  /// can't be read is a mistake.
  public func fit(with alphabet: Alphabet) -> PatternFit {
    guard let characters = alphabet.characters else { return .whole }
    var readable = CharacterMask()
    for code in characters.compactMap({ ReadableCharacters.code(of: $0) }) {
      readable.insert(code)
    }
    let missing = ReadableCharacters.codes.dropFirst().filter {
      named.contains($0) && !readable.contains($0)
    }.map { ReadableCharacters.character(of: $0) }
    guard Self.matchesSomeLine(of: readable, table: table, accepting: accepting) else {
      return .never(missing: missing)
    }
    return missing.isEmpty ? .whole : .without(missing)
  }

  /// Whether some text of these characters and of spaces, as lines have them, matches: see
  /// `PatternAutomaton.matchesSomeLine`.
  static func matchesSomeLine(
    of characters: CharacterMask, table: [State], accepting: [Bool]
  ) -> Bool {
    // For each state: whether it was reached by a visible character, and by a space.
    var seen = [[Bool]](repeating: [false, false], count: accepting.count)
    var waiting: [(state: Int, afterSpace: Bool)] = [(0, true)]
    while let (state, afterSpace) = waiting.popLast() {
      for column in (afterSpace ? 1 : 0)..<columns {
        let target = Int(table[state * columns + column])
        let isSpace = column == 0
        guard target >= 0, isSpace || characters.contains(UInt8(column + 0x20)) else { continue }
        if !isSpace, accepting[target] { return true }
        guard !seen[target][isSpace ? 1 : 0] else { continue }
        seen[target][isSpace ? 1 : 0] = true
        waiting.append((target, isSpace))
      }
    }
    return false
  }
}

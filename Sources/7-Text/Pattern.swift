/// The form of a line's text: a regular expression for the whole line.
///
/// Written as usual: literals; `.`; `\d \w \s` and `\D \W \S`; classes as `[A-F0-9]` and `[^0]`;
/// groups, `|`, `?`, `*`, `+`, `{m}`, `{m,n}` and `{m,}`. `^` and `$` may stand at the ends and
/// change nothing. Its characters are those that are read: printable ASCII and signs. There are no
/// back-references, lookarounds or other anchors, and no lazy or possessive repetitions.
///
/// The gaps between words are the least certain part of a line, so the pattern settles them: the
/// text has a space where the pattern has one. A space, `\s` or a class that names a space or `\s`
/// stands for one; `.`, `\D`, `\W`, `\S` and classes with `^` stand for visible characters only.
///
/// The pattern is compiled to a table, so that a step costs one look-up. Decoders carry states.
public struct Pattern: Sendable, Equatable {
  /// The state of a reader within a line; 0 is the start.
  package typealias State = Int32

  /// The expressions as given; a line may match any of them.
  public let sources: [String]

  /// A row of `Pattern.columns` entries per state; -1 where no path leads to a match.
  let table: [State]
  let accepting: [Bool]
  /// Whether a matching line may have a space.
  package let hasSpaces: Bool
  /// The characters that are named one by one or in a class: not by `.`, `\w` or `[^...]`.
  let named: CharacterMask

  /// The codes of the characters that may be read, the space first.
  package static let characters = ReadableCharacters.codes
  /// A table's entries for each state.
  static let columns = characters.count

  /// - Throws: `PatternError` with the place of the error.
  public init(_ source: String) throws(PatternError) { try self.init(anyOf: [source]) }

  /// A pattern for lines that match any of `sources`.
  ///
  /// - Throws: `PatternError`, also for no sources.
  public init(anyOf sources: [String]) throws(PatternError) {
    guard let first = sources.first else { throw PatternError(source: "", .empty) }
    var alternatives: [PatternNode] = []
    var positions = 0
    var named = CharacterMask()
    for source in sources {
      let (node, characters) = try PatternParser.parse(source)
      named = named.union(characters)
      positions += node.positions
      guard positions <= PatternAutomaton.mostPositions else {
        throw PatternError(source: source, .tooLarge)
      }
      alternatives.append(node)
    }
    guard let automaton = PatternAutomaton(.choice(alternatives)) else {
      throw PatternError(source: first, .tooLarge)
    }
    // Each source has to match some line, or a typing mistake would go unnoticed.
    for (source, node) in zip(sources, alternatives) {
      let alone = sources.count == 1 ? automaton : PatternAutomaton(node)
      guard let alone else { throw PatternError(source: source, .tooLarge) }
      guard alone.matchesSomeLine(of: .visible) else {
        throw PatternError(source: source, .neverMatches)
      }
    }
    self.sources = sources
    self.named = named
    table = automaton.table
    accepting = automaton.accepting
    hasSpaces = stride(from: 0, to: table.count, by: Self.columns).contains { [table] in
      table[$0] >= 0
    }
  }

  /// The state before the first character.
  package var start: State { 0 }

  package var stateCount: Int { accepting.count }

  /// The state after one more character; nil where no text that begins like this matches.
  ///
  /// A match can still be reached from each state that is returned.
  package func next(_ state: State, _ character: UInt8) -> State? {
    let column = Int(character) - 0x20
    guard column >= 0, column < Self.columns else { return nil }
    let target = table[Int(state) * Self.columns + column]
    return target >= 0 ? target : nil
  }

  /// Whether a text may end here.
  package func isAccepting(_ state: State) -> Bool { accepting[Int(state)] }

  /// Whether the whole of `text` matches the pattern, spaces included.
  public func matches(_ text: String) -> Bool {
    var state = start
    for scalar in text.unicodeScalars {
      guard let code = ReadableCharacters.code(of: scalar), let following = next(state, code)
      else { return false }
      state = following
    }
    return isAccepting(state)
  }

  /// Whether `text` matches with `replacement` in place of `range`.
  func matches(_ text: [UInt8], replacing range: Range<Int>, by replacement: [UInt8]) -> Bool {
    var state = start
    for part in [text[..<range.lowerBound], replacement[...], text[range.upperBound...]] {
      for byte in part {
        guard let following = next(state, byte) else { return false }
        state = following
      }
    }
    return isAccepting(state)
  }
}

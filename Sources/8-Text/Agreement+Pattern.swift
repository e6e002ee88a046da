import Foundation

extension Agreement {
  /// What a line says, with or without a pattern.
  package struct Line {
    /// The characters that belong to it: all, but for marks at the ends that a pattern leaves out.
    package var range: Range<Int>
    /// A choice for each of them.
    package var choices: [Choice]
    /// Whether a space stands before each of them but the first.
    package var spaces: [Bool]
    /// nil without a pattern.
    package var matches: Bool?
  }

  /// Chooses a label for each character of a line; so that it matches, if there is a pattern.
  ///
  /// Where nothing likely enough matches, the line reads as without a pattern.
  package func line(of glyphs: [Glyph], pattern: Pattern?) -> Line {
    if let pattern, let match = match(glyphs, pattern) { return match }
    return Line(
      range: glyphs.indices, choices: choices(for: glyphs),
      spaces: glyphs.dropFirst().map(\.startsWord), matches: pattern.map { _ in false })
  }

  /// Labels less likely than this are not considered under a pattern.
  private static var leastProbability: Float { 1e-4 }
  /// What the probability of each chosen shape must reach, and the geometric mean of all: a pattern
  /// chooses among what may be there, it doesn't make it up.
  private static var leastEvidence: Float { 0.003 }
  private static var leastMeanEvidence: Float { 0.2 }
  /// Marks that may be left out at each end, and what each costs.
  private static var mostOmitted: Int { 2 }
  private static var omissionCost: Float { 2 }
  /// How likely it must be that they are such marks.
  private static var leastBorder: Float { 0.3 }
  /// What borders and dirt at the ends of a line are read as.
  private static let borders = Set("|.,'`-_~:;^\"!\\/Il()[]{}".map(String.init))

  private func match(_ glyphs: [Glyph], _ pattern: Pattern) -> Line? {
    let options = glyphs.map { self.options(of: $0.probabilities) }
    let heights = Heights(
      glyphs, glyphs.map { glyph in likely(glyph.probabilities).first?.label ?? 0 }, labels)
    let places = glyphs.indices.map { i in
      PatternDecoder.Place(
        options: options[i].map { option in
          let misfit = heights.misfit(of: labels[option.label], height: glyphs[i].height)
          return (option.character, log(option.probability) - heightWeight * misfit)
        },
        omission: min(i, glyphs.count - 1 - i) < Self.mostOmitted
          ? omission(glyphs[i].probabilities) : nil,
        startsWord: glyphs[i].startsWord)
    }
    func transition(_ a: UInt8, _ b: UInt8, at i: Int) -> Float {
      -changeWeight
        * changeCost(
          from: Self.kind(of: a), to: Self.kind(of: b),
          atStart: i == 1 || glyphs[i - 1].startsWord)
    }
    let decoder = PatternDecoder(pattern: pattern, omissions: .atEnds)
    guard let path = decoder.decode(places, transition: transition),
      let first = path.firstIndex(where: { $0.option != nil }),
      let last = path.lastIndex(where: { $0.option != nil })
    else { return nil }
    let range = first..<last + 1
    let chosen = range.compactMap { i in path[i].option.map { options[i][$0] } }
    guard chosen.count == range.count else { return nil }
    let evidence = zip(range, chosen).map { i, option in
      shapeProbability(of: [option.label], glyphs[i])
    }
    let mean = evidence.reduce(0) { $0 + log(max($1, 1e-6)) } / Float(evidence.count)
    guard mean >= log(Self.leastMeanEvidence), evidence.allSatisfy({ $0 >= Self.leastEvidence })
    else { return nil }
    let shares = shares(places, path, range, pattern: pattern, transition: transition)
    return Line(
      range: range,
      choices: chosen.indices.map { i in
        let place = range.lowerBound + i
        // What is of no shape that would match speaks against all that would.
        let covered = shapeProbability(
          of: shares[i].rivals.map { options[place][$0].label }, glyphs[place])
        return Choice(label: chosen[i].label, confidence: covered * shares[i].share)
      },
      spaces: path[range].dropFirst().map(\.hasSpaceBefore), matches: true)
  }

  /// How likely it is that a character has the shape of one of `labels`, 0...1.
  private func shapeProbability(of labels: [Int], _ glyph: Glyph) -> Float {
    min(1, Set(labels.flatMap { shapes[$0] }).reduce(0) { $0 + glyph.probabilities(at: $1) })
  }

  /// How likely each chosen label is among those that would match in its place, 0...1, and which
  /// options these are.
  private func shares(
    _ places: [PatternDecoder.Place], _ path: [PatternDecoder.Choice], _ range: Range<Int>,
    pattern: Pattern, transition: (UInt8, UInt8, Int) -> Float
  ) -> [(share: Float, rivals: [Int])] {
    var text: [UInt8] = []
    /// Where in `text` each character stands.
    var spots: [Int] = []
    for i in range {
      guard let k = path[i].option else { continue }
      if path[i].hasSpaceBefore { text.append(0x20) }
      spots.append(text.count)
      text.append(places[i].options[k].character)
    }
    return zip(range, spots).map { i, spot in
      func score(_ option: (character: UInt8, score: Float)) -> Float {
        var score = option.score
        if spot > 0, text[spot - 1] != 0x20 {
          score += transition(text[spot - 1], option.character, i)
        }
        if spot + 1 < text.count, text[spot + 1] != 0x20 {
          score += transition(option.character, text[spot + 1], i + 1)
        }
        return score
      }
      let chosen = path[i].option.map { score(places[i].options[$0]) } ?? 0
      let rivals = places[i].options.indices.filter {
        pattern.matches(
          text, replacing: spot..<spot + 1, by: [places[i].options[$0].character])
      }
      let sum = rivals.reduce(Float(0)) { $0 + exp(score(places[i].options[$1]) - chosen) }
      return (1 / max(1, sum), rivals)
    }
  }

  /// What a character may be under a pattern.
  private func options(of probabilities: ArraySlice<Float>) -> [(
    label: Int, character: UInt8, probability: Float
  )] {
    probabilities.enumerated().compactMap { label, probability in
      guard allowed[label], probability >= Self.leastProbability,
        let code = ReadableCharacters.code(of: labels[label])
      else { return nil }
      return (label, code, probability)
    }
  }

  /// Score for being a border or dirt; nil where that is unlikely.
  private func omission(_ probabilities: ArraySlice<Float>) -> Float? {
    let border = probabilities.enumerated().reduce(Float(0)) { sum, entry in
      let isBorder = labels[entry.offset].isEmpty || Self.borders.contains(labels[entry.offset])
      return isBorder ? sum + entry.element : sum
    }
    return border >= Self.leastBorder ? log(border) - Self.omissionCost : nil
  }

  private static func kind(of character: UInt8) -> Kind {
    kind(of: String(Unicode.Scalar(character)))
  }
}

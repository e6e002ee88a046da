import Glyphs
import Gray
import Testing
import Text

/// A line of `pieces` pieces, each 10 pixels wide, with candidates of up to `span` of them.
private func line(pieces: Int, span: Int = 2) -> LineCuts {
  var candidates: [GlyphCandidate] = []
  for first in 0..<pieces {
    for end in (first + 1)...min(pieces, first + span) {
      let box = PixelBox(x: 12 * first, y: 10, width: 12 * (end - first) - 2, height: 24)
      candidates.append(GlyphCandidate(pieces: first..<end, stripBox: box, box: box))
    }
  }
  return LineCuts(
    pieceCount: pieces, candidates: candidates,
    box: PixelBox(x: 0, y: 10, width: 12 * pieces, height: 24))
}

private let labels = ["r", "n", "m", ""]

private func path(
  _ line: LineCuts, _ rows: [[Float]], allowed: Set<String> = ["r", "n", "m"]
) -> [Int?] {
  Lattice(labels: labels, isAllowed: allowed.contains)
    .bestPath(through: line, probabilities: rows.flatMap { $0 }).map(\.label)
}

@Suite struct LatticeTests {
  // Candidates of two pieces with a span of two: first, both, second.
  @Test func surePartsBeatADoubtfulWhole() {
    let rows: [[Float]] = [[0.9, 0, 0, 0.1], [0, 0, 0.4, 0.6], [0, 0.9, 0, 0.1]]
    #expect(path(line(pieces: 2), rows) == [0, 1])
  }

  @Test func aSureWholeBeatsDoubtfulParts() {
    let rows: [[Float]] = [[0.5, 0, 0, 0.5], [0, 0, 0.9, 0.1], [0, 0.5, 0, 0.5]]
    #expect(path(line(pieces: 2), rows) == [2])
  }

  @Test func whatIsNoCharacterIsPassedOver() {
    let rows: [[Float]] = [
      [0.9, 0, 0, 0.1], [0, 0, 0.01, 0.99], [0.01, 0, 0, 0.99],
    ]
    #expect(path(line(pieces: 2), rows) == [0, nil])
  }

  @Test func halvesOfACharacterAreNoDirt() {
    // Each half looks like no character; the whole does.
    let rows: [[Float]] = [[0.02, 0, 0, 0.98], [0, 0, 0.8, 0.2], [0, 0.02, 0, 0.98]]
    #expect(path(line(pieces: 2), rows) == [2])
  }

  @Test func theAlphabetIsKept() {
    let rows: [[Float]] = [[0.6, 0.3, 0, 0.1], [0, 0, 0.1, 0.9], [0, 0.9, 0, 0.1]]
    #expect(path(line(pieces: 2), rows, allowed: ["n", "m"]) == [1, 1])
  }

  @Test func everyPathCoversTheLineOnce() {
    var state: UInt32 = 3
    func uniform() -> Float {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / Float(1 << 24)
    }
    for pieces in 1...12 {
      let line = line(pieces: pieces, span: 4)
      let rows = line.candidates.map { _ -> [Float] in
        let raw = (0..<4).map { _ in uniform() }
        let sum = raw.reduce(0, +)
        return raw.map { $0 / sum }
      }
      let steps = Lattice(labels: labels, isAllowed: { _ in true })
        .bestPath(through: line, probabilities: rows.flatMap { $0 })
      let covered = steps.flatMap { Array(line.candidates[$0.candidate].pieces) }
      #expect(covered == Array(0..<pieces))
    }
  }
}

@Suite struct SpacingTests {
  private func boxes(_ spans: [(Int, Int)]) -> [PixelBox] {
    spans.map { PixelBox(x: $0.0, y: 10, width: $0.1, height: 24) }
  }

  @Test func wordsPartWhereTheGapIsWide() {
    let gaps = Spacing().spaces(between: boxes([(0, 14), (17, 12), (40, 15), (58, 9), (70, 14)]))
    #expect(gaps == [false, true, false, false])
  }

  @Test func fixedPitchHasWideGapsWithoutSpaces() {
    // 1 1 . 8 at a pitch of 16: narrow characters stand far apart.
    let centers = [8, 24, 40, 56, 72]
    let widths = [4, 4, 3, 12, 12]
    let spans = zip(centers, widths).map { ($0 - $1 / 2, $1) }
    #expect(Spacing().spaces(between: boxes(spans)) == [false, false, false, false])
  }

  @Test func fewCharactersHaveNoGaps() {
    #expect(Spacing().spaces(between: []).isEmpty)
    #expect(Spacing().spaces(between: boxes([(0, 9)])).isEmpty)
  }

  @Test func whatIsNeitherWideNorNarrowIsADoubt() {
    // Gaps of 2, 2, 7, 2 and 12 beside a limit of 7.7.
    let starts = [0, 12, 25, 42, 55, 77]
    let widths = [10, 11, 10, 11, 10, 11]
    let boxes = zip(starts, widths).map { PixelBox(x: $0, y: 0, width: $1, height: 24) }
    #expect(Spacing().spaces(between: boxes) == [false, false, false, false, true])
    #expect(Spacing().clearSpaces(between: boxes) == [false, false, nil, false, true])
  }
}

@Suite struct LineJudgeTests {
  private func entry(_ text: String, _ confidence: Double, at box: PixelBox, contrast: Double = 1)
    -> LineJudge.Entry?
  {
    let width = box.width / max(1, text.count)
    let characters = text.enumerated().map { i, character in
      LineJudge.Character(
        read: ReadCharacter(
          text: String(character), confidence: confidence,
          box: PixelBox(x: box.x + i * width, y: box.y, width: width, height: box.height)),
        certainty: confidence)
    }
    return LineJudge().entry(
      characters, spaces: [Bool](repeating: false, count: max(0, text.count - 1)),
      characterHeight: Double(box.height), contrast: contrast)
  }

  @Test func doubtfulLinesAreDropped() {
    let box = PixelBox(x: 0, y: 0, width: 60, height: 20)
    #expect(entry("ABCDEF", 0.9, at: box) != nil)
    #expect(entry("ABCDEF", 0.3, at: box) == nil)
    #expect(entry("AB", 0.6, at: box) == nil)
    #expect(entry("", 1, at: box) == nil)
  }

  @Test func marksThatStandApartAreNoText() throws {
    func texts(_ text: String, spaceAt gap: Int) -> String? {
      let characters = text.enumerated().map { i, character in
        LineJudge.Character(
          read: ReadCharacter(
            text: String(character), confidence: 0.95,
            box: PixelBox(x: 12 * i, y: 0, width: 10, height: 20)),
          certainty: 0.95)
      }
      let spaces = (1..<max(2, text.count)).map { $0 == gap }.prefix(max(0, text.count - 1))
      return LineJudge().entry(characters, spaces: Array(spaces), characterHeight: 20, contrast: 1)?
        .line.text
    }
    #expect(texts("|LOT", spaceAt: 1) == "LOT")
    #expect(texts("LOT.", spaceAt: 3) == "LOT")
    #expect(texts("LOT.", spaceAt: 9) == "LOT.")
    #expect(texts("-|.", spaceAt: 9) == nil)
    #expect(texts(".", spaceAt: 9) == nil)
  }

  @Test func theSurerOfTwoReadingsOfOnePlaceStays() throws {
    let print = try #require(
      entry("STATION", 0.95, at: PixelBox(x: 10, y: 10, width: 90, height: 20)))
    let gaps = try #require(entry("CDCUO", 0.7, at: PixelBox(x: 14, y: 8, width: 80, height: 24)))
    #expect(LineJudge().choose([gaps, print]).map(\.line.text) == ["STATION"])
  }

  @Test func faintTextureBesidePrintIsDropped() throws {
    let print = try #require(
      entry("STATION", 0.95, at: PixelBox(x: 10, y: 10, width: 90, height: 20)))
    let texture = try #require(
      entry("rnxi", 0.8, at: PixelBox(x: 10, y: 90, width: 60, height: 10), contrast: 0.2))
    let faint = try #require(
      entry("faint", 0.95, at: PixelBox(x: 10, y: 60, width: 60, height: 10), contrast: 0.2))
    #expect(LineJudge().choose([texture, faint, print]).map(\.line.text) == ["STATION", "faint"])
    #expect(LineJudge().choose([texture]).count == 1)
  }

  @Test func linesComeTopToBottomAndLeftToRight() throws {
    let boxes = [
      ("D", PixelBox(x: 0, y: 80, width: 90, height: 20)),
      ("B", PixelBox(x: 120, y: 14, width: 90, height: 20)),
      ("C", PixelBox(x: 0, y: 40, width: 90, height: 20)),
      ("A", PixelBox(x: 0, y: 10, width: 90, height: 20)),
    ]
    let entries = try boxes.map { name, box in
      try #require(entry(name + name + name, 0.9, at: box))
    }
    let texts = LineJudge().choose(entries).map(\.line.text)
    #expect(texts == ["AAA", "BBB", "CCC", "DDD"])
  }
}

@Suite struct AlphabetTests {
  @Test(arguments: ["", " ", "a b", "ä", "\n", "0\u{7F}"])
  func nonsenseIsRefused(text: String) { #expect(Alphabet(text) == nil) }

  @Test func namesAndCharacters() {
    #expect(Alphabet("digits")?.characters?.count == 10)
    #expect(Alphabet("alnum")?.characters?.count == 62)
    #expect(Alphabet("ascii") == .ascii)
    #expect(Alphabet.ascii.characters?.count == 94)
    #expect(Alphabet("°μΩm²")?.characters == ["°", "\u{B5}", "\u{3A9}", "m", "²"])
    #expect(Alphabet("ä") == nil)
    #expect(Alphabet("a b") == nil)
    #expect(Alphabet("0123.-")?.characters == ["0", "1", "2", "3", ".", "-"])
  }
}

@Suite struct AgreementTests {
  private let labels = ["0", "O", "o", "C", "c", "A", "a", "e", "7", "T", ""]

  /// Reads characters of the given heights, each with two equally likely labels.
  private func read(_ glyphs: [(String, String, Double)], wordStarts: Set<Int> = []) -> String {
    let rows = glyphs.enumerated().map { i, glyph in
      let probabilities = labels.map { label -> Float in
        label == glyph.0 ? 0.48 : label == glyph.1 ? 0.47 : 0.005
      }
      return Agreement.Glyph(
        probabilities: probabilities[...], height: glyph.2, startsWord: wordStarts.contains(i))
    }
    let agreement = Agreement(labels: labels, isAllowed: { _ in true })
    return agreement.choices(for: rows).map { labels[$0.label] }.joined()
  }

  @Test func digitsStandWithDigits() {
    #expect(read([("7", "7", 24), ("O", "0", 24), ("7", "7", 24)]) == "707")
    #expect(read([("T", "T", 24), ("0", "O", 24), ("T", "T", 24)]) == "TOT")
  }

  @Test func aWholeWordOutweighsOneCharacter() {
    /// A word with "0" in its midst, `share` times as likely as "O" by looks.
    func word(_ characters: [String], share: Float) -> String {
      let glyphs = (characters.prefix(1) + [""] + characters.dropFirst()).map { character in
        let row = labels.map { label -> Float in
          guard character.isEmpty else { return label == character ? 0.99 : 0.001 }
          return label == "0" ? share / (share + 1) : label == "O" ? 1 / (share + 1) : 0
        }
        return Agreement.Glyph(probabilities: row[...], height: 24, startsWord: false)
      }
      let agreement = Agreement(labels: labels, isAllowed: { _ in true })
      return agreement.choices(for: glyphs).map { labels[$0.label] }.joined()
    }
    #expect(word(["T", "A", "C", "A"], share: 3) == "TOACA")
    #expect(word(["T", "7"], share: 3) == "T07")
    #expect(word(["7", "7", "7", "7"], share: 0.3) == "70777")
    // What looks certain stays.
    #expect(word(["T", "A", "C", "A"], share: 3000) == "T0ACA")
  }

  @Test func heightTellsTheCase() {
    // An a and an A say how tall the line's characters are.
    #expect(read([("A", "A", 24), ("a", "a", 17), ("C", "c", 17)]) == "Aac")
    #expect(read([("C", "c", 24), ("a", "a", 17), ("e", "e", 17)]) == "Cae")
  }

  @Test func wordsAreSettledApart() {
    let glyphs = [("7", "7", 24.0), ("O", "0", 24), ("0", "O", 24), ("T", "T", 24)]
    #expect(read(glyphs, wordStarts: [2]) == "70OT")
  }

  @Test func confidencesStayProbabilities() {
    let agreement = Agreement(labels: labels, isAllowed: { _ in true })
    let row = labels.map { $0 == "0" ? Float(0.5) : $0 == "O" ? 0.3 : $0.isEmpty ? 0.2 : 0 }
    let choice = agreement.choices(for: [
      Agreement.Glyph(probabilities: row[...], height: 24, startsWord: false)
    ])
    #expect(choice.count == 1)
    #expect(labels[choice[0].label] == "0")
    // Digits are fewer than letters, so each is likelier; "no character" stays as likely.
    #expect(choice[0].confidence > 0.5 && choice[0].confidence < 0.8)
  }
}

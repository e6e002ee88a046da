import Images
import Testing
import Text

/// Text told from dirt, and readings of one place.
@Suite struct LineJudgeTests {
  private func transcript(
    _ text: String, certainty: Double = 0.99, x: Int = 20, y: Int = 30, matches: Bool? = nil
  ) -> Transcript {
    let characters = text.enumerated().map { i, character in
      LineJudge.Character(
        read: ReadCharacter(
          text: String(character), confidence: certainty,
          box: PixelBox(x: x + 12 * i, y: y, width: 10, height: 16)),
        certainty: certainty)
    }
    return Transcript(
      characters: characters, spaces: Array(repeating: false, count: max(0, text.count - 1)),
      matchesPattern: matches)
  }

  private func judged(_ transcript: Transcript, score: Double? = 0.95) -> LineJudge.Entry? {
    LineJudge().entry(
      transcript, characterHeight: 16, image: (320, 240), contrast: 1, score: score)
  }

  @Test func certainTextIsPrintAndSpecksAreNot() throws {
    #expect(try #require(judged(transcript("4711"))).line.text == "4711")
    #expect(judged(transcript("|", certainty: 0.4), score: 0.5) == nil)
    #expect(judged(transcript("")) == nil)
    // To see what was known of it, all is kept.
    var keeping = LineJudge()
    keeping.keepsAll = true
    #expect(
      keeping.entry(
        transcript("|", certainty: 0.4), characterHeight: 16, image: (320, 240), contrast: 1)
        != nil)
  }

  @Test func aLinesConfidenceIsTheProductOfItsCharacters() throws {
    let entry = try #require(judged(transcript("ABC", certainty: 0.9)))
    #expect(abs(entry.line.confidence - 0.729) < 1e-9)
    #expect(entry.certainty == 0.9)
    #expect(entry.line.box == PixelBox(x: 20, y: 30, width: 34, height: 16))
  }

  @Test func ofOnePlaceTheReadingWithMoreTextStays() throws {
    let long = try #require(judged(transcript("4711")))
    let part = try #require(judged(transcript("47")))
    let below = try #require(judged(transcript("LOT", y: 80)))
    #expect(LineJudge().choose([below, part, long]).map(\.line.text) == ["4711", "LOT"])
  }

  @Test func aReadingThatMatchesComesFirst() throws {
    let long = try #require(judged(transcript("47118", matches: false)))
    let fitting = try #require(judged(transcript("4711", matches: true)))
    #expect(LineJudge().choose([long, fitting]).map(\.line.text) == ["4711"])
  }
}

import Testing
import Text

/// Characters that look alike, settled by their words and heights.
@Suite struct AgreementTests {
  private static let labels = ["O", "0", "o", "7", "K", "L", "A", "N", "x", "X", ""]

  private func glyph(
    _ shares: [String: Float], height: Double = 16, startsWord: Bool = false
  ) -> Agreement.Glyph {
    Agreement.Glyph(
      probabilities: Self.labels.map { shares[$0] ?? 0 }[...], height: height,
      startsWord: startsWord)
  }

  private func text(
    _ glyphs: [Agreement.Glyph], allows: @escaping (String) -> Bool = { _ in true }
  ) -> String {
    Agreement(labels: Self.labels, isAllowed: allows).choices(for: glyphs)
      .map { Self.labels[$0.label] }.joined()
  }

  /// As likely a letter as a digit.
  private let round: [String: Float] = ["O": 0.5, "0": 0.5]

  @Test func aWordOfLettersHasLettersAndANumberDigits() {
    #expect(
      text([glyph(["K": 1]), glyph(["L": 1]), glyph(round), glyph(["N": 1])]) == "KLON")
    #expect(text([glyph(["7": 1]), glyph(round), glyph(["7": 1])]) == "707")
  }

  @Test func eachWordDecidesForItself() {
    #expect(
      text([
        glyph(["N": 1]), glyph(round), glyph(["7": 1], startsWord: true), glyph(round),
        glyph(["7": 1]),
      ]) == "NO707")
  }

  @Test func heightsTellSmallLettersFromCapitals() {
    let cross: [String: Float] = ["x": 0.5, "X": 0.5]
    let tall = glyph(["A": 1], height: 16)
    #expect(text([tall, glyph(["K": 1]), glyph(cross, height: 16)]) == "AKX")
    #expect(
      text([tall, glyph(["K": 1]), glyph(["L": 1]), glyph(cross, height: 11)]).hasSuffix("x"))
  }

  @Test func whatMayNotBeReadIsNotChosen() {
    let digits: (String) -> Bool = { $0 == "0" || $0 == "7" }
    #expect(text([glyph(["O": 0.9, "0": 0.1]), glyph(["7": 1])], allows: digits) == "07")
    // There is no choice to make if nothing allowed is likely.
    #expect(text([glyph(["K": 1])], allows: digits) == "")
  }

  @Test func sharesOfNoCharacterStayDoubt() throws {
    let choices = Agreement(labels: Self.labels, isAllowed: { _ in true })
      .choices(for: [glyph(["7": 0.6, "": 0.4])])
    let choice = try #require(choices.first)
    #expect(abs(choice.confidence - 0.6) < 0.05)
  }
}

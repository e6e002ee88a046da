import Board
import Foundation
import Gray
import Images
import Inference
import Testing
import Text

@Suite struct PatternAgreementTests {
  private let labels = ["0", "1", "5", "8", "O", "l", "S", "B", ".", "|", "H", ""]

  private func glyph(
    _ shares: [String: Float], startsWord: Bool = false
  ) -> Agreement.Glyph {
    Agreement.Glyph(
      probabilities: labels.map { shares[$0] ?? 0 }[...], height: 24, startsWord: startsWord)
  }

  private func read(
    _ glyphs: [Agreement.Glyph], _ source: String, allowed: Set<String>? = nil
  ) throws -> (text: String, line: Agreement.Line) {
    let agreement = Agreement(labels: labels, isAllowed: { allowed?.contains($0) ?? true })
    let line = agreement.line(of: glyphs, pattern: try Pattern(source))
    var text = ""
    for (i, choice) in line.choices.enumerated() {
      text += (i > 0 && line.spaces[i - 1] ? " " : "") + labels[choice.label]
    }
    return (text, line)
  }

  @Test func thePatternChoosesAmongAlikeShapes() throws {
    let glyphs = [
      glyph(["O": 0.97, "0": 0.03]), glyph(["l": 0.9, "1": 0.1]), glyph(["S": 0.99, "5": 0.01]),
      glyph(["B": 0.995, "8": 0.005]),
    ]
    let digits = try read(glyphs, #"\d{4}"#)
    #expect(digits.text == "0158" && digits.line.matches == true)
    // Given the pattern, nothing else was possible.
    #expect(digits.line.choices.allSatisfy { $0.confidence > 0.95 })
    #expect(try read(glyphs, #"[A-Z]\d[A-Z]\d"#).text == "O1S8")
    // The alphabet holds beside the pattern.
    let both = try read(glyphs, "[A-Z0-9]1.+", allowed: ["0", "1", "5", "8"])
    #expect(both.text == "0158" && both.line.matches == true)
  }

  @Test func doubtThatThePatternLeavesStays() throws {
    let (text, line) = try read([glyph(["0": 0.5, "8": 0.45, "O": 0.05])], #"\d"#)
    #expect(text == "0" && line.matches == true)
    #expect((0.4..<0.6).contains(line.choices[0].confidence))
  }

  @Test func whatIsNotThereIsNotMadeUp() throws {
    let glyphs = (0..<4).map { _ in glyph(["H": 0.99, "1": 0.001, "8": 0.0005]) }
    let (text, line) = try read(glyphs, #"\d{4}"#)
    #expect(text == "HHHH" && line.matches == false)
  }

  @Test func wrongCountsDoNotMatch() throws {
    let glyphs = ["1", "5", "8"].map { glyph([$0: 0.98]) }
    for source in [#"\d{2}"#, #"\d{4}"#, #"\d\.\d{2}"#] {
      let (text, line) = try read(glyphs, source)
      #expect(text == "158" && line.matches == false && line.range == 0..<3, "\(source)")
    }
  }

  @Test func bordersAtTheEndsAreLeftOut() throws {
    let bar = glyph(["|": 0.9, "1": 0.06, "l": 0.04])
    let digits = ["5", "8", "0"].map { glyph([$0: 0.98]) }
    let both = try read([bar] + digits + [bar], #"\d{3}"#)
    #expect(both.text == "580" && both.line.range == 1..<4 && both.line.matches == true)
    // Though it could be a 1, it is a bar first of all.
    #expect(try read([bar] + digits, #"\d+"#).text == "580")
    // And a 1 is no border, whatever the count.
    let one = glyph(["1": 0.6, "|": 0.4])
    #expect(try read([one] + digits, #"\d+"#).text == "1580")
    #expect(try read([glyph(["1": 0.98])] + digits, #"\d{3}"#).line.matches == false)
    // In the middle, nothing is left out, nor characters that are no border.
    #expect(try read([digits[0], bar, digits[1]], #"\d{2}"#).line.matches == false)
    #expect(try read([glyph(["H": 0.99])] + digits, #"\d{3}"#).line.matches == false)
    #expect(try read([bar, bar, bar] + digits, #"\d{3}"#).line.matches == false)
  }

  @Test func thePatternSettlesSpaces() throws {
    func glyphs(gapBefore gap: Int?) -> [Agreement.Glyph] {
      ["S", "5", "8"].enumerated().map { i, text in glyph([text: 0.98], startsWord: i == gap) }
    }
    for gap in [nil, 1, 2] {
      #expect(try read(glyphs(gapBefore: gap), "S58").text == "S58")
      #expect(try read(glyphs(gapBefore: gap), "S 58").text == "S 58")
    }
    // Left open, it is as seen.
    #expect(try read(glyphs(gapBefore: 1), #"(\w| )+"#).text == "S 58")
    #expect(try read(glyphs(gapBefore: nil), #"(\w| )+"#).text == "S58")
  }

  @Test func emptyLinesAreNoMatch() throws {
    let (text, line) = try read([], "a*")
    #expect(text.isEmpty && line.matches == false)
  }
}

/// The reader whole, on images of the simulated camera.
@Suite struct PatternReadingTests {
  private func shoot(_ text: String, height: Double = 20, _ camera: CameraModel, seed: UInt64)
    throws -> CapturedImage
  {
    let sheet = try Typesetter(font: OutlineFont(path: nil), imageSize: .qvga)
      .set(text, textHeight: height)
    let gray = camera.shoot(
      Scene(sheet: sheet, lightOnDark: false), number: 0, seed: seed)
    return CapturedImage(
      width: gray.width, height: gray.height, format: .gray8, payload: gray.pixels)
  }

  @Test func aPatternReadsBetter() throws {
    let model = try ModelStore.load("glyph")
    var plain = try TextReader(model: model)
    var guided = try TextReader(model: model, pattern: Pattern(#"[A-Z]{2}\d{4}[A-Z]"#))
    var random = Generator(seed: 21)
    var right = (plain: 0, guided: 0)
    for seed in 1...20 {
      let letters = (0..<3).map { _ in Array("BDGIOQSZ")[random.below(8)] }
      let digits = (0..<4).map { _ in Array("0012568")[random.below(7)] }
      let text = String(letters[..<2] + digits + letters[2...])
      let image = try shoot(
        text, height: 11, CameraModel(blur: 1.2, contrast: 0.4, noise: 12), seed: UInt64(seed))
      if try plain.read(image).text.filter({ $0 != " " }) == text { right.plain += 1 }
      let reading = try guided.read(image)
      if reading.text == text { right.guided += 1 }
      for line in reading.lines {
        let shape = try Pattern(#"[A-Z]{2}\d{4}[A-Z]"#)
        #expect(line.matchesPattern == shape.matches(line.text))
        #expect(line.text.filter { $0 != " " } == line.characters.map(\.text).joined())
      }
    }
    print("right without and with a pattern: \(right) of 20")
    #expect(right.guided >= right.plain + 6)
  }

  @Test func onlyMatchingLinesAreKept() throws {
    let image = try shoot("LOT B27\n4711", CameraModel(), seed: 1)
    var reader = try TextReader(
      model: ModelStore.load("glyph"), pattern: Pattern(anyOf: [#"\d{4}"#, #"\d{9}"#]))
    #expect(try reader.read(image).lines.map(\.matchesPattern) == [false, true])
    reader.keepsOnlyMatching = true
    #expect(try reader.read(image).text == "4711")
  }

  @Test func withoutAPatternNothingIsSaid() throws {
    var reader = try TextReader(model: ModelStore.load("glyph"))
    let reading = try reader.read(shoot("4711", CameraModel(), seed: 1))
    #expect(reading.lines.map(\.matchesPattern) == [nil])
  }
}

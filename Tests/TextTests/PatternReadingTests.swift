import Board
import Foundation
import Gray
import Images
import Inference
import Testing
import Text

/// The whole reader, on images of the simulated camera.
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
    var plain = try Way.all.reader()
    var guided = try Way.all.reader(pattern: Pattern(#"[A-Z]{2}\d{4}[A-Z]"#))
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
    var reader = try Way.all.reader(pattern: Pattern(anyOf: [#"\d{4}"#, #"\d{9}"#]))
    #expect(try reader.read(image).lines.map(\.matchesPattern) == [false, true])
    reader.keepsOnlyMatching = true
    #expect(try reader.read(image).text == "4711")
  }

  @Test func withoutAPatternNothingIsSaid() throws {
    var reader = try Way.all.reader()
    let reading = try reader.read(shoot("4711", CameraModel(), seed: 1))
    #expect(reading.lines.map(\.matchesPattern) == [nil])
  }
}

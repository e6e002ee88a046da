import Foundation
import Gray
import Images
import Inference
import Testing
import Text

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appending(path: "Fixtures/board-images")

private func fixture(_ name: String) throws -> CapturedImage {
  try CapturedImage(file: [UInt8](Data(contentsOf: fixtures.appending(path: name))))
}

private func image(_ gray: GrayImage) -> CapturedImage {
  CapturedImage(width: gray.width, height: gray.height, format: .gray8, payload: gray.pixels)
}

/// Twice the size, bilinear.
private func doubled(_ gray: GrayImage) -> GrayImage {
  var result = GrayImage(width: 2 * gray.width, height: 2 * gray.height)
  for y in 0..<result.height {
    let rows = [y / 2, min(max(y / 2 + (y % 2 == 0 ? -1 : 1), 0), gray.height - 1)]
    for x in 0..<result.width {
      let columns = [x / 2, min(max(x / 2 + (x % 2 == 0 ? -1 : 1), 0), gray.width - 1)]
      var sum = 8
      for (row, down) in zip(rows, [3, 1]) {
        for (column, across) in zip(columns, [3, 1]) {
          sum += down * across * Int(gray.pixels[row * gray.width + column])
        }
      }
      result.pixels[y * result.width + x] = UInt8(sum / 16)
    }
  }
  return result
}

/// The models that lines are read with.
enum Way: CaseIterable {
  case all, withoutQuick, withoutAligner

  func reader(alphabet: Alphabet = .all, pattern: Pattern? = nil) throws -> TextReader {
    try TextReader(
      TextReader.Models(
        line: ModelStore.load("line"),
        quick: self == .withoutQuick ? nil : ModelStore.load("line-quick"),
        finder: ModelStore.load("finder"),
        aligner: self == .withoutAligner ? nil : ModelStore.load("aligner"),
        drum: ModelStore.load("drum")),
      alphabet: alphabet, pattern: pattern)
  }
}

@Suite struct TextReaderTests {
  @Test(arguments: Way.allCases) func linesCharactersAndBoxesAgree(way: Way) throws {
    var reader = try way.reader()
    let reading = try reader.read(fixture("clean_000.png"))
    #expect(reading.text == "brown\neight\nFLOOR")
    #expect(reading.width == 320 && reading.height == 240)
    for line in reading.lines {
      #expect(line.text.filter { $0 != " " } == line.characters.map(\.text).joined())
      #expect((0...1).contains(line.confidence))
      var right = 0
      for character in line.characters {
        #expect((0...1).contains(character.confidence))
        #expect(line.box.union(character.box) == line.box)
        #expect(character.box.maxX > right)
        right = character.box.maxX
      }
    }
  }

  @Test(arguments: Way.allCases) func readingTwiceGivesTheSame(way: Way) throws {
    var reader = try way.reader()
    let first = try reader.read(fixture("typical_000.png"))
    _ = try reader.read(fixture("hard_000.png"))
    #expect(try reader.read(fixture("typical_000.png")) == first)
  }

  @Test(arguments: Way.allCases) func onlyTheAlphabetIsRead(way: Way) throws {
    var reader = try way.reader(alphabet: #require(Alphabet("digits")))
    for name in ["clean_000.png", "clean_001.png", "typical_000.png", "hard_000.png"] {
      let text = try reader.read(fixture(name)).text
      #expect(text.allSatisfy { $0.isNumber || $0.isWhitespace }, "\(name): \(text)")
    }
  }

  @Test(arguments: Way.allCases) func bothPolaritiesInOneImageAreRead(way: Way) throws {
    var upper = try GrayImage(fixture("clean_000.png"))
    // The lower half is turned into a negative: paper dark, ink light.
    let rows = upper.height / 2
    for i in (rows * upper.width)..<upper.pixels.count { upper.pixels[i] = 255 - upper.pixels[i] }
    var reader = try way.reader()
    let lines = try reader.read(image(upper)).lines.map(\.text)
    #expect(lines.contains("brown"))
    #expect(lines.contains("FLOOR"))
  }

  @Test func tightLinesAreAllRead() throws {
    let gray = try GrayImage(fixture("clean_000.png"))
    var reader = try Way.all.reader()
    let boxes = try reader.read(image(gray)).lines.map(\.box)
    #expect(boxes.count == 3)
    // The lines alone, with at most three rows of paper between their ink.
    let blank = [UInt8](repeating: 200, count: 40 * gray.width)
    var pixels = blank
    for box in boxes {
      let band = gray.pixels[(box.y - 3) * gray.width..<(box.maxY + 3) * gray.width]
      let paper = Int(band.sorted()[band.count * 3 / 4])
      pixels += band.map { UInt8(min(255, Int($0) * 200 / paper)) }
    }
    pixels += blank
    let tight = GrayImage(width: gray.width, height: pixels.count / gray.width, pixels: pixels)
    let lines = try reader.read(image(tight)).lines
    #expect(lines.map(\.text) == ["brown", "eight", "FLOOR"])
    for (upper, lower) in zip(lines, lines.dropFirst()) {
      #expect(upper.box.maxY <= lower.box.y + 3)
    }
  }

  @Test(arguments: Way.allCases) func largeImagesReadAsSmallOnes(way: Way) throws {
    let gray = try GrayImage(fixture("clean_000.png"))
    var reader = try way.reader()
    let small = try reader.read(image(gray))
    let large = try reader.read(image(doubled(doubled(gray))))
    #expect(large.text == "brown\neight\nFLOOR")
    #expect(large.width == 4 * gray.width)
    for (a, b) in zip(small.lines, large.lines) {
      #expect(abs(4 * a.box.x - b.box.x) <= 8)
      #expect(abs(4 * a.box.maxY - b.box.maxY) <= 8)
    }
  }

  @Test func faintPrintUnderNoiseIsRead() throws {
    var gray = try GrayImage(fixture("clean_000.png"))
    var state: UInt32 = 7
    for i in gray.pixels.indices {
      let normal = (0..<12).reduce(-6.0) { sum, _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return sum + Double(state >> 8) / Double(1 << 24)
      }
      // Ink 10 levels below the paper, under a noise of 4.
      gray.pixels[i] = UInt8(200 + (Double(gray.pixels[i]) - 200) * 0.07 + 4 * normal)
    }
    var reader = try Way.all.reader()
    let lines = try reader.read(image(gray)).lines.map(\.text)
    #expect(lines.map { $0.lowercased() } == ["brown", "eight", "floor"])
  }

  @Test(arguments: Way.allCases) func imagesWithoutTextReadAsEmpty(way: Way) throws {
    var reader = try way.reader()
    var state: UInt32 = 5
    func uniform() -> Double {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Double(state >> 8) / Double(1 << 24)
    }
    func picture(_ level: (Double, Double) -> Double, noise: Double) -> CapturedImage {
      var gray = GrayImage(width: 320, height: 240)
      for y in 0..<240 {
        for x in 0..<320 {
          let normal = (0..<6).reduce(-3.0) { sum, _ in sum + uniform() } * 1.41
          gray.pixels[y * 320 + x] = UInt8(
            min(255, max(0, level(Double(x), Double(y)) + noise * normal)))
        }
      }
      return image(gray)
    }
    let pictures = [
      picture({ _, _ in 0 }, noise: 0), picture({ _, _ in 255 }, noise: 0),
      picture({ _, _ in 128 }, noise: 2), picture({ _, _ in 90 }, noise: 12),
      picture({ x, y in 40 + x / 2 + y / 4 }, noise: 3),
      picture({ x, y in x + 0.6 * y > 200 ? 210 : 80 }, noise: 4),
      picture({ x, y in x > 60 && x < 250 && y > 50 && y < 180 ? 220 : 70 }, noise: 3),
      picture(
        { x, y in 120 + 80 * exp(-((x - 150) * (x - 150) + (y - 90) * (y - 90)) / 3000) },
        noise: 3),
    ]
    for (i, picture) in pictures.enumerated() {
      #expect(try reader.read(picture).lines.isEmpty, "picture \(i)")
    }
  }

  @Test func modelsForSomethingElseAreRefused() throws {
    let (line, other) = (try ModelStore.load("line"), try ModelStore.load("classic"))
    func error(_ models: TextReader.Models) -> TextReaderError? {
      do throws(TextReaderError) {
        _ = try TextReader(models)
        return nil
      } catch {
        return error
      }
    }
    #expect(error(TextReader.Models(line: other)) == .unfit(model: "classic", for: .reading))
    #expect(
      error(TextReader.Models(line: line, quick: other)) == .unfit(model: "classic", for: .reading))
    #expect(
      error(TextReader.Models(line: line, finder: other)) == .unfit(model: "classic", for: .finding)
    )
    #expect(
      error(TextReader.Models(line: line, aligner: other))
        == .unfit(model: "classic", for: .aligning))
    #expect(
      error(TextReader.Models(line: line, drum: other)) == .unfit(model: "classic", for: .drums))
  }

  @Test func undecodableImagesThrow() throws {
    var reader = try Way.all.reader()
    #expect(throws: GrayError.self) {
      try reader.read(CapturedImage(width: 4, height: 4, format: .gray8, payload: [1, 2]))
    }
  }
}

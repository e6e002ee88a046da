import Foundation
import Gray
import Images
import Inference
import Lines
import Testing
import Text

/// How unlike known print lines are, by the shipped autoencoder.
@Suite struct LineNoveltyTests {
  private func novelty() throws -> LineNovelty {
    try #require(LineNovelty(ModelStore.load("novelty")))
  }

  private func line(_ width: Int, _ ink: (Int, Int) -> Int) -> LineImage {
    LineImage(
      width: width,
      coverage: (0..<LineImage.height * width).map { UInt8(ink($0 % width, $0 / width)) })
  }

  /// Noise that every run sees.
  private func noise(_ width: Int, seed: UInt64 = 1) -> LineImage {
    var state = seed
    return line(width) { _, _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 56)
    }
  }

  private func reader(novelty: Model?) throws -> TextReader {
    try TextReader(
      TextReader.Models(
        line: ModelStore.load("line"), quick: ModelStore.load("line-quick"),
        finder: ModelStore.load("finder"), aligner: ModelStore.load("aligner"), novelty: novelty))
  }

  private func fixture(_ name: String) throws -> CapturedImage {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/board-images/\(name)")
    return try CapturedImage(file: [UInt8](Data(contentsOf: file)))
  }

  @Test func printIsKnownAndTexturesAreNot() throws {
    var reader = try reader(novelty: ModelStore.load("novelty"))
    var novelties: [Double] = []
    for name in ["clean_000.png", "clean_001.png", "typical_000.png"] {
      for line in try reader.read(fixture(name)).lines {
        novelties.append(try #require(line.novelty))
      }
    }
    #expect(novelties.count >= 6 && novelties.allSatisfy { (0..<1).contains($0) })
    #expect(novelties.sorted()[novelties.count / 2] < 0.95, "\(novelties)")
    var novelty = try novelty()
    #expect(try novelty.novelty(of: noise(160)) > 0.99)
    #expect(try novelty.novelty(of: line(160) { x, y in (x + y) % 6 < 3 ? 255 : 0 }) > 0.99)
  }

  /// As the manifest's format tells it, in floating point.
  @Test(arguments: [8, 40, 256]) func errorsAreWhatIsNotDrawnAgain(width: Int) throws {
    let image = noise(width)
    let model = try ModelStore.load("novelty").widened(to: width)
    var workspace = Workspace()
    let outputs = model.logits(of: image.coverage, count: 1, workspace: &workspace)
    var (missed, ink, squares) = (0.0, 0.0, 0.0)
    for y in 0..<16 {
      for x in 0..<width / 2 {
        var wanted = 0.0
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
          wanted += Double(image.coverage[(2 * y + i) * width + 2 * x + j]) / 4
        }
        let drawn = Double(Int(outputs[x / 4 * 64 + y * 4 + x % 4]) + 128)
        missed += (drawn - wanted) * (drawn - wanted)
        ink += wanted
        squares += wanted * wanted
      }
    }
    let count = Double(8 * width)
    let expected = missed / (squares - ink * ink / count)
    var novelty = try novelty()
    #expect(abs(try novelty.error(of: image) - expected) < 1e-9 * expected)
  }

  @Test func linesWithoutInkHaveANovelty() throws {
    var novelty = try novelty()
    for level in [0, 255] {
      let value = try novelty.novelty(of: line(64) { _, _ in level })
      #expect((0..<1).contains(value))
    }
  }

  @Test func theSameByAllKernels() throws {
    for width in [8, 104, 320] {
      let model = try ModelStore.load("novelty").widened(to: width)
      let patches = noise(width, seed: UInt64(width)).coverage
      let expected = model.referenceOutputs(of: patches).last
      for kernels in Kernels.available {
        var workspace = Workspace(kernels: kernels)
        #expect(
          model.logits(of: patches, count: 1, workspace: &workspace) == expected, "\(kernels)")
      }
    }
  }

  @Test func withoutAModelLinesHaveNone() throws {
    var reader = try reader(novelty: nil)
    let lines = try reader.read(fixture("clean_000.png")).lines
    #expect(!lines.isEmpty && lines.allSatisfy { $0.novelty == nil })
  }

  @Test func otherNetworksAreRefused() throws {
    #expect(throws: TextReaderError.unfit(model: "line-quick", for: .novelty)) {
      try reader(novelty: ModelStore.load("line-quick"))
    }
  }

  /// What counts is the most telling line; a picture without lines may have one that was missed.
  @Test func picturesTellByTheirMostTellingLine() {
    func reading(_ lines: (confidence: Double, novelty: Double?)...) -> Reading {
      Reading(
        lines: lines.map { confidence, novelty in
          ReadLine(
            text: "A", confidence: confidence,
            box: PixelBox(x: 0, y: 0, width: 8, height: 8), characters: [], novelty: novelty)
        })
    }
    let weight = TellingRule.novelty
    let doubt = reading((0.99, 0.2), (0.5, 0.3)).telling
    #expect(abs(doubt - (0.5 * (1 - weight) + 0.3 * weight)) < 1e-12)
    #expect(abs(reading((0.5, nil)).telling - 0.5 * (1 - weight)) < 1e-12)
    #expect(reading().telling == TellingRule.nothingRead)
    #expect(reading((0, 1)).telling <= 1 && reading((1, 0)).telling >= 0)
    #expect(reading((0.9, 0.1), (0.6, nil)).leastConfidence == 0.6)
    #expect(reading((0.9, 0.1), (0.6, nil)).greatestNovelty == 0.1)
    #expect(reading((0.9, nil)).greatestNovelty == nil && reading().leastConfidence == nil)
  }

  /// A fused text is of many images; how the line looks, the newest one tells.
  @Test func fusedLinesHaveTheNewestImages() {
    var fusion = Fusion(agreeing: 2)
    for novelty in [0.2, 0.3, 0.9] {
      let characters = "123".enumerated().map { i, character in
        ReadCharacter(
          text: String(character), confidence: 0.95,
          box: PixelBox(x: 12 * i, y: 40, width: 10, height: 18))
      }
      let line = ReadLine(
        text: "123", confidence: 0.9, box: PixelBox(x: 0, y: 40, width: 34, height: 18),
        characters: characters, novelty: novelty)
      let result = fusion.add(Reading(lines: [line], width: 100, height: 80))
      if let shown = result.reading.lines.first { #expect(shown.novelty == novelty) }
      if novelty == 0.9 { #expect(result.stable.lines.first?.novelty == novelty) }
    }
  }
}

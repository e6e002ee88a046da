import Evaluation
import Foundation
import Testing

@Suite struct EditDistanceTests {
  @Test(arguments: [
    ("", "", 0), ("abc", "", 3), ("", "abc", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2),
    ("same", "same", 0), ("ab", "ba", 2),
  ])
  func equalsKnownValues(a: String, b: String, distance: Int) {
    #expect(editDistance(Array(a.unicodeScalars), Array(b.unicodeScalars)) == distance)
    #expect(editDistance(Array(b.unicodeScalars), Array(a.unicodeScalars)) == distance)
  }
}

@Suite struct ScoreTests {
  @Test func whiteSpaceCountsOnlyInTheFirst() {
    var score = Score()
    score.add(truth: "AB CD\nEF", text: "ABCD\nE F")
    #expect(score.cer == 2.0 / 8)
    #expect(score.cerWithoutSpaces == 0)
    #expect(score.linesRight == 2)
    #expect(score.imagesRight == 1)
  }

  @Test func noiseCostsAtMostTheImage() {
    var score = Score()
    score.add(truth: "AB", text: "xxxxxxxxxx")
    #expect(score.cerWithoutSpaces == 5)
    #expect(score.cerCapped == 1)
  }

  @Test func shapesFold() {
    var score = Score()
    score.add(truth: "O0oIl|cCsS", text: "000lllCcSs")
    #expect(score.cerFolded == 0)
    #expect(score.cerWithoutSpaces > 0)
    // A one is no letter.
    score.add(truth: "1", text: "l")
    #expect(score.cerFolded == 1.0 / 11)
  }

  @Test func linesCountOnce() {
    var score = Score()
    score.add(truth: "A\nA\nB", text: "B\nA")
    #expect(score.lines == 3)
    #expect(score.linesRight == 2)
  }

  @Test func sumsAdd() {
    var a = Score()
    a.add(truth: "AB", text: "AC")
    var b = Score()
    b.add(truth: "D", text: "")
    var both = Score()
    both.add(truth: "AB", text: "AC")
    both.add(truth: "D", text: "")
    a.add(b)
    #expect(a == both)
    #expect(a.imagesEmpty == 1)
  }
}

/// Texts with their expected scores, by tier; `scripts/measure/peers` is checked against the same
/// file.
private struct SharedScores: Decodable {
  struct Expected: Decodable {
    let images: Int
    let cer: Double
    let cerWithoutSpaces: Double
    let cerCapped: Double
    let cerFolded: Double
    let linesRight: Double
    let imagesRight: Double
    let imagesEmpty: Int
  }
  let truth: [String: Truth]
  let texts: [String: String]
  let expected: [String: Expected]
}

@Suite struct SharedScoreTests {
  @Test func textsOfAllKindsScoreAsExpected() throws {
    let file = try #require(Bundle.module.url(forResource: "scores", withExtension: "json"))
    let shared = try JSONDecoder().decode(SharedScores.self, from: Data(contentsOf: file))
    var results = Results()
    for (name, truth) in shared.truth {
      let line = EvaluatedImage.Line(text: shared.texts[name] ?? "")
      results.add(EvaluatedImage(name: name, tier: truth.tier, truth: truth.text, lines: [line]))
    }
    var groups = results.tiers
    groups["ALL"] = results.overall
    #expect(Set(groups.keys) == Set(shared.expected.keys))
    for (tier, expected) in shared.expected {
      let score = try #require(groups[tier]).score
      #expect(score.images == expected.images, "\(tier)")
      #expect(abs(score.cer - expected.cer) < 1e-8, "\(tier)")
      #expect(abs(score.cerWithoutSpaces - expected.cerWithoutSpaces) < 1e-8, "\(tier)")
      #expect(abs(score.cerCapped - expected.cerCapped) < 1e-8, "\(tier)")
      #expect(abs(score.cerFolded - expected.cerFolded) < 1e-8, "\(tier)")
      #expect(abs(score.linesRightShare - expected.linesRight) < 1e-8, "\(tier)")
      #expect(abs(score.imagesRightShare - expected.imagesRight) < 1e-8, "\(tier)")
      #expect(score.imagesEmpty == expected.imagesEmpty, "\(tier)")
    }
  }
}

@Suite struct TruthTests {
  @Test func missingAndMalformedFilesAreNamed() throws {
    let folder = URL.temporaryDirectory.appending(path: "truth-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "truth.json").path
    #expect(throws: TruthError.unreadable(path: path)) { try Truth.load(folder: folder) }
    try Data("[1]".utf8).write(to: folder.appending(path: "truth.json"))
    #expect(throws: TruthError.malformed(path: path)) { try Truth.load(folder: folder) }
    try Data(#"{"a.png": {"text": "A\nB"}}"#.utf8).write(to: folder.appending(path: "truth.json"))
    #expect(try Truth.load(folder: folder) == ["a.png": Truth(text: "A\nB")])
  }

  @Test func detailsBesideAnImageAreOptional() throws {
    let folder = URL.temporaryDirectory.appending(path: "truth-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let image = folder.appending(path: "a.b.png")
    let details = folder.appending(path: "a.b.json")
    #expect(ImageDetails.load(image: image).capitalHeight == nil)
    try Data(#"{"cap_px": "tall"}"#.utf8).write(to: details)
    #expect(ImageDetails.load(image: image).capitalHeight == nil)
    try Data(#"{"cap_px": null, "w": 3}"#.utf8).write(to: details)
    #expect(ImageDetails.load(image: image).capitalHeight == nil)
    try Data(#"{"cap_px": 17.5, "w": 3}"#.utf8).write(to: details)
    #expect(ImageDetails.load(image: image).capitalHeight == 17.5)
  }
}

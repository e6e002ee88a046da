import Evaluation
import Foundation
import Testing

@Suite struct EditDistanceTests {
  @Test(arguments: [
    ("", "", 0), ("abc", "", 3), ("", "abc", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2),
    ("same", "same", 0), ("ab", "ba", 2),
  ])
  func equalsKnownValues(a: String, b: String, distance: Int) {
    #expect(editDistance(Array(a), Array(b)) == distance)
    #expect(editDistance(Array(b), Array(a)) == distance)
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
}

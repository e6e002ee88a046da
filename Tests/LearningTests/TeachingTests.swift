import Export
import FirmwareProto
import Foundation
import Inference
import Learning
import LearningTestSupport
import OnBoard
import Testing

/// A stranger's run, small: what networks surely misread, taught and checked.
@Suite struct TeachingTests {
  private func lines(of corrections: [Correction]) throws -> (lines: [TaughtLine], names: [String])
  {
    var lessons = try Repository.lessons()
    let lines = corrections.enumerated().flatMap { number, correction in
      lessons.lines(of: correction, number: number).lines
    }
    return (lines, corrections.map(\.name))
  }

  private func taught(
    _ corrections: [Correction], _ network: String, epochs: Int? = nil
  ) throws -> (network: TaughtNetwork, lines: [TaughtLine]) {
    let (lines, names) = try lines(of: corrections)
    var settings = Settings()
    settings.epochs = epochs
    let teacher = LineTeacher(
      lines, names: names, replay: try Repository.replay(), settings: settings)
    return (try teacher.taught(Repository.folder(network)) { _ in }.network, lines)
  }

  /// Forty numbers mend more than a fifth of the mistakes on others, and known print stays. How many
  /// more depends on how far they may go, and that on single characters of known print.
  @Test func aStrangeDisplayIsLearned() throws {
    let corrections = try StrangeDisplay.corrections(StrangeDisplay.numbers(40))
    let (network, lines) = try taught(corrections, "line", epochs: 32)
    let verdict = network.verdict
    // All but what is missed where nothing tells its place.
    #expect(lines.count > 35)
    #expect(verdict.leftOut.before.rate > 0.5)
    #expect(verdict.leftOut.after.rate < 0.8 * verdict.leftOut.before.rate)
    #expect(verdict.taught.after.rate < 0.8 * verdict.taught.before.rate)
    #expect(verdict.replayed.after.rate <= verdict.replayed.before.rate + 0.001)
    #expect(verdict.outcome == .learned)

    // The same again, and what is written is a model that computes what it says, everywhere.
    let again = try taught(corrections, "line", epochs: 32).network
    let folder = try Folder()
    let set = { (network: TaughtNetwork, name: String) throws -> URL in
      let url = folder.url.appending(path: name)
      var set = TaughtSet(dataHash: "0")
      try set.take(network)
      try set.write(to: url)
      return url
    }
    let (first, second) = (try set(network, "a"), try set(again, "b"))
    for file in [
      "line/model.json", "line/weights.bin", "line/vectors.bin",
      "line/README.md", "taught.json",
    ] {
      let bytes = try Data(contentsOf: first.appending(path: file))
      #expect(try bytes == Data(contentsOf: second.appending(path: file)), "\(file)")
    }
    let model = try Model(directory: first.appending(path: "line").path)
    // A taught network keeps four of its vectors.
    #expect(try model.selfTest() == 4)
    #expect(model.training.recipe == "teach")
    #expect(model.labels == (try Repository.model("line")).labels)
    // The layers over columns learned, the others are as they were.
    let shipped = try Repository.model("line")
    for i in model.layers.indices {
      #expect((model.layers[i].weights == shipped.layers[i].weights) == (i < 5))
    }
    _ = try FirmwareModel(model, vectors: 2)
  }

  @Test func nonsenseIsRefusedWithFigures() throws {
    var state: UInt32 = 1
    func random(_ number: String) -> String {
      number.map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return "\((state >> 24) % 10)"
      }.joined()
    }
    let corrections = try StrangeDisplay.corrections(
      StrangeDisplay.numbers(8), isStrange: false, saying: random)
    let verdict = try taught(corrections, "line-quick").network.verdict
    #expect(verdict.outcome == .notBetter || verdict.outcome == .forgets)
    #expect(verdict.leftOut.before.count > 20)
  }

  /// By what changed, not by how much is wrong: six of 45 mended are a gain where none is broken.
  @Test(arguments: [
    (6, 0, true), (1, 0, true), (0, 0, false), (5, 5, false), (9, 6, false), (10, 6, true),
    (0, 3, false),
  ])
  func gainsAreMoreThanChance(mended: Int, broken: Int, isLearned: Bool) {
    var verdict = TaughtNetwork.Verdict()
    verdict.taught.before = Mistakes(count: 45, characters: 162)
    verdict.compare(
      [Mistakes(count: 45 + mended, characters: 100), Mistakes(count: 0, characters: 62)],
      [Mistakes(count: 45, characters: 100), Mistakes(count: broken, characters: 62)])
    #expect((verdict.outcome == .learned) == isLearned)
  }

  @Test func whatIsReadRightlyTeachesNothing() throws {
    let corrections = try StrangeDisplay.corrections(StrangeDisplay.numbers(3), isStrange: false)
    let verdict = try taught(corrections, "line").network.verdict
    #expect(verdict.outcome == .nothingToLearn)
    #expect(verdict.leftOut.after == verdict.leftOut.before)
  }

  /// Characters too; the board's own C computes what the model's vectors say.
  @Test func boardsReadWhatWasTaught() throws {
    let corrections = try StrangeDisplay.corrections(StrangeDisplay.numbers(10))
    let (lines, names) = try lines(of: corrections)
    let cutter = GlyphLessons(reader: try FirmwareReader(model: Repository.model("glyph")))
    let glyphs = corrections.enumerated().flatMap { number, correction in
      cutter.glyphs(of: correction.picture, lines: lines.filter { $0.picture == number })
    }
    #expect(glyphs.count >= 20)
    let network = try GlyphTeacher(
      glyphs, names: names, replay: Repository.replay(), lessons: cutter
    ).taught(Repository.folder("glyph")) { _ in }.network
    #expect(network.verdict.outcome == .learned)
    #expect(10 * network.verdict.leftOut.after.count < 6 * network.verdict.leftOut.before.count)
    let folder = try Folder()
    var set = TaughtSet(dataHash: "0")
    try set.take(network)
    try set.write(to: folder.url)
    let model = try Model(directory: folder.url.appending(path: "glyph").path)
    #expect(try model.selfTest() > 0)
    let flash = FlashModel(try FirmwareModel(model, vectors: 4))
    var failure = scribe_model_failure()
    withUnsafePointer(to: flash.model) { model in
      #expect(scribe_model_check(model, &failure))
    }
  }

  @Test func onePictureIsNoLesson() throws {
    let corrections = try StrangeDisplay.corrections(StrangeDisplay.numbers(1))
    #expect(throws: LearningError.onePicture) { try taught(corrections, "line-quick") }
  }

  /// What can't be learned is told by name, and the rest is learned from.
  @Test func doubtsAreTold() throws {
    let number = StrangeDisplay.numbers(1)[0]
    let picture = try StrangeDisplay.picture(number, isStrange: false)
    var lessons = try Repository.lessons()
    let absent = lessons.lines(
      of: Correction(
        name: "a.png", picture: picture,
        lines: [Correction.Line(text: number), Correction.Line(text: "XYZWV")]), number: 0)
    #expect(absent.lines.map(\.text) == [number])
    #expect(absent.doubts == [.notFound(picture: "a.png", text: "XYZWV")])
    let foreign = try lines(of: [
      Correction(name: "a.png", picture: picture, lines: [Correction.Line(text: "零一二三四五")]),
      Correction(name: "b.png", picture: picture, lines: [Correction.Line(text: number)]),
      Correction(name: "c.png", picture: picture, lines: [Correction.Line(text: number)]),
    ])
    let result = try LineTeacher(
      foreign.lines, names: foreign.names, replay: Repository.replay()
    ).taught(Repository.folder("line-quick")) { _ in }
    #expect(
      result.doubts == [
        .unknownCharacter(picture: "a.png", character: "零", network: "line-quick")
      ])
  }
}

/// A folder that is deleted with the test.
final class Folder {
  let url = URL(filePath: NSTemporaryDirectory()).appending(path: "learning-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}

import Evaluation
import Foundation
import Gray
import Images
import Page
import Testing

/// Corrections: pictures and texts in a folder that `scribe evaluate` reads.
@Suite("Corrections") struct CorrectionFolderTests {
  private func correct(
    _ fixture: PageFixture, _ picture: Int, _ texts: [String]
  ) -> Answer {
    let lines = texts.enumerated().map { index, text in
      let quoted = String(decoding: (try? JSONEncoder().encode(text)) ?? Data(), as: UTF8.self)
      return
        "{\"text\":\(quoted),\"box\":{\"x\":2,\"y\":\(3 + 9 * index),\"width\":30,\"height\":8}}"
    }
    return fixture.site().answer(
      HTTPRequest(
        .post, "/api/cameras/1/corrections",
        body: "{\"picture\":\(picture),\"lines\":[\(lines.joined(separator: ","))]}"))
  }

  private func undo(_ fixture: PageFixture) -> Answer {
    fixture.site().answer(HTTPRequest(.delete, "/api/cameras/1/corrections/last"))
  }

  private func names(_ fixture: PageFixture) -> [String] {
    let path = fixture.camera.corrections.path
    return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  @Test func aLineIsKeptWithItsPictureAndBox() throws {
    let fixture = try PageFixture()
    fixture.show(42, text: "0O471")
    #expect(correct(fixture, 1, [" 00471  m3 "]).status == .ok)
    let name = "20270115T080000.000Z-000042.png"
    #expect(names(fixture) == [name, "truth.json"])
    let folder = URL(filePath: fixture.camera.corrections.path)
    #expect(try Truth.load(folder: folder) == [name: Truth(text: "00471 m3", box: [2, 3, 32, 11])])
    let kept = try CapturedImage(file: [UInt8](Data(contentsOf: folder.appending(path: name))))
    #expect(kept.format == .png)
  }

  @Test func severalLinesHaveTheirPlacesBesideThePicture() throws {
    let fixture = try PageFixture()
    fixture.show(1, text: "a\nb\nc")
    #expect(correct(fixture, 1, ["A", "", "C d"]).status == .ok)
    let folder = URL(filePath: fixture.camera.corrections.path)
    let truths = try Truth.load(folder: folder)
    let name = try #require(truths.keys.first)
    #expect(truths[name] == Truth(text: "A\nC d"))
    let places = LabelledFolder(folder).details(of: name).places
    #expect(
      places == [
        TruthLine(text: "A", box: PixelBox(x: 2, y: 3, width: 30, height: 8)),
        TruthLine(text: "C d", box: PixelBox(x: 2, y: 21, width: 30, height: 8)),
      ])
    #expect(undo(fixture).status == .ok)
    #expect(names(fixture) == ["truth.json"])
  }

  @Test func theLastOnesAreTakenBack() throws {
    let fixture = try PageFixture()
    let folder = URL(filePath: fixture.camera.corrections.path)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // What was there before stays, with keys that this program doesn't know.
    try Data(#"{"old.png": {"text": "x", "note": 7}}"#.utf8).write(
      to: folder.appending(path: "truth.json"))
    for number in 1...3 {
      fixture.show(UInt32(number))
      #expect(correct(fixture, number, ["n\(number)"]).status == .ok)
    }
    #expect(try Truth.load(folder: folder).count == 4)
    for left in [3, 2, 1] {
      #expect(undo(fixture).status == .ok)
      #expect(try Truth.load(folder: folder).count == left)
      #expect(names(fixture).count == left)
    }
    #expect(undo(fixture).status == .notFound)
    let text = try String(contentsOf: folder.appending(path: "truth.json"), encoding: .utf8)
    #expect(text.contains("note"))
  }

  @Test func aFileThatIsNoneOfOursIsNeverTouched() throws {
    let fixture = try PageFixture()
    let folder = URL(filePath: fixture.camera.corrections.path)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let truth = folder.appending(path: "truth.json")
    try Data("[1, 2".utf8).write(to: truth)
    fixture.show(1)
    #expect(correct(fixture, 1, ["x"]).status == .internalError)
    #expect(names(fixture) == ["truth.json"])
    #expect(try Data(contentsOf: truth) == Data("[1, 2".utf8))
    // A picture of the same name is kept, with the new one beside it.
    try FileManager.default.removeItem(at: truth)
    let name = "20270115T080000.000Z-000001.png"
    try Data("mine".utf8).write(to: folder.appending(path: name))
    #expect(correct(fixture, 1, ["x"]).status == .ok)
    #expect(try Data(contentsOf: folder.appending(path: name)) == Data("mine".utf8))
    #expect(names(fixture).count == 3)
  }

  @Test func nonsenseIsRefused() throws {
    let fixture = try PageFixture()
    fixture.show(1)
    #expect(correct(fixture, 99, ["x"]).status == .notFound)
    #expect(correct(fixture, 1, ["a\nb"]).status == .unprocessableContent)
    #expect(correct(fixture, 1, ["a\u{0}"]).status == .unprocessableContent)
    #expect(
      correct(fixture, 1, [String(repeating: "x", count: 1025)]).status == .unprocessableContent)
    #expect(correct(fixture, 1, ["1", "2", "3", "4", "5"]).status == .unprocessableContent)
    #expect(names(fixture).isEmpty)
  }
}

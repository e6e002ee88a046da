import Evaluation
import Foundation
import Testing

@Suite struct LabelledFolderTests {
  private let folder = URL(filePath: NSTemporaryDirectory())
    .appending(path: "labelled-\(UUID().uuidString)")

  /// The bytes that a file's name has on disk.
  private func bytes(_ url: URL) -> [UInt8] { Array(url.lastPathComponent.utf8) }

  private func write(_ name: String, _ text: String = "") throws {
    let path = folder.path + "/" + name
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: path))
  }

  private static let composed = "z\u{E4}hler.png"
  private static let decomposed = "za\u{308}hler.png"

  @Test(arguments: [(composed, decomposed), (decomposed, composed)])
  func namesMeetInEitherForm(onDisk: String, inTruth: String) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write(onDisk)
    try write("d\u{E9}p\u{F4}t/" + onDisk)
    let labelled = LabelledFolder(folder)
    #expect(FileManager.default.fileExists(atPath: labelled.file(inTruth).path))
    #expect(bytes(labelled.file(inTruth)) == Array(onDisk.utf8))
    let inside = labelled.file("de\u{301}po\u{302}t/" + inTruth)
    #expect(FileManager.default.fileExists(atPath: inside.path))
    #expect(bytes(labelled.file("missing.png")) == Array("missing.png".utf8))
  }

  /// If both files are there, each name stands for its own.
  @Test func theVeryNameComesFirst() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write(Self.composed)
    try write(Self.decomposed)
    let labelled = LabelledFolder(folder)
    for name in [Self.composed, Self.decomposed] {
      #expect(bytes(labelled.file(name)) == Array(name.utf8))
    }
  }

  @Test func detailsMeetToo() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write("za\u{308}hler.json", #"{"cap_px": 14}"#)
    let labelled = LabelledFolder(folder)
    #expect(labelled.details(of: Self.composed).capitalHeight == 14)
    #expect(labelled.details(of: "other.png").capitalHeight == nil)
  }
}

@Suite struct LineThresholdsTests {
  @Test func linesBelowAreCounted() {
    var thresholds = LineThresholds()
    for confidence in [0.3, 0.5, 0.85, 0.99] {
      thresholds.add(confidence: confidence, isRight: true)
    }
    for confidence in [0.49, 0.79, 0.94] { thresholds.add(confidence: confidence, isRight: false) }
    #expect(LineThresholds.values == [0.5, 0.8, 0.9, 0.95])
    #expect(thresholds.right == 4 && thresholds.wrong == 3)
    #expect(thresholds.rightBelow == [1, 2, 3, 3])
    #expect(thresholds.wrongBelow == [1, 2, 2, 3])
  }
}

import Foundation
import SerialScribe
import Testing

struct ReaderTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let models = folder.deletingLastPathComponent().appending(path: "models").path

  private func file(_ name: String) throws -> Picture {
    let url = Self.folder.appending(path: "Fixtures/board-images/\(name)")
    return Picture(file: [UInt8](try Data(contentsOf: url)))
  }

  private func reader(_ change: (inout Reader.Options) -> Void = { _ in }) throws -> Reader {
    var options = Reader.Options(models: Self.models)
    change(&options)
    return try Reader(options)
  }

  @Test func aFileIsRead() throws {
    let page = try reader().read(file("clean_000.png"))
    #expect(page.text == "brown\neight\nFLOOR")
    #expect((page.width, page.height) == (320, 240))
    #expect(page.mount == "upright")
    for line in page.lines {
      #expect(line.characters.map(\.text).joined() == line.text)
      #expect((0.5...1).contains(line.confidence))
      #expect(line.box.x >= 0 && line.box.x + line.box.width <= 320)
      #expect(line.matchesPattern == nil)
    }
  }

  @Test func threadsShareAReader() async throws {
    let reader = try reader()
    let picture = try file("clean_000.png")
    let texts = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<8 { group.addTask { try reader.read(picture).text } }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(texts == ["brown\neight\nFLOOR"])
  }

  @Test func optionsAreTold() throws {
    let matching = try reader {
      $0.pattern = "[A-Z]+"
      $0.onlyMatching = true
    }
    let page = try matching.read(file("clean_000.png"))
    #expect(page.text == "FLOOR")
    #expect(page.lines.allSatisfy { $0.matchesPattern == true })
    #expect(throws: SerialScribeError.self) { try reader { $0.pattern = "[" } }
    #expect(throws: SerialScribeError.self) { try reader { $0.mount = "sidewise" } }
    #expect(throws: SerialScribeError.self) { try reader { $0.models = "/nowhere" } }
  }

  @Test func whatIsNoImageIsRefused() throws {
    let reader = try reader()
    #expect(throws: SerialScribeError.self) { try reader.read(Picture(file: [1, 2, 3])) }
    #expect(throws: SerialScribeError.pixels(width: 3, height: 3, bytes: 8)) {
      try Picture(gray: [UInt8](repeating: 0, count: 8), width: 3, height: 3)
    }
    #expect(throws: SerialScribeError.pixels(width: .max, height: 2, bytes: 0)) {
      try Picture(gray: [], width: .max, height: 2)
    }
    let white = try Picture(
      gray: [UInt8](repeating: 255, count: 320 * 240), width: 320, height: 240)
    #expect(try reader.read(white).lines.isEmpty)
  }

  /// Two JPEG files one after the other, as sketches send them, in pieces of any size.
  @Test func aLinkGivesImages() throws {
    let jpeg = try [UInt8](
      Data(
        contentsOf: Self.folder.appending(path: "scribeTests/Fixtures/clean_000.jpg")))
    var link = try Link("jpeg-stream")
    var texts: [String] = []
    let reader = try reader()
    let bytes = jpeg + jpeg
    var events: [Link.Event] = []
    for start in stride(from: 0, to: bytes.count, by: 1000) {
      events += link.receive(Array(bytes[start..<min(start + 1000, bytes.count)]))
    }
    events += link.finish()
    for case .image(let picture, let isDamaged) in events {
      #expect(!isDamaged && picture.format == "jpeg")
      texts.append(try reader.read(picture).text)
    }
    #expect(texts.count == 2 && texts.allSatisfy { $0.contains("FLOOR") })
    #expect(throws: SerialScribeError.self) { try Link("morse") }
  }

  @Test func aRecordingThatIsNot() {
    #expect(throws: SerialScribeError.self) { _ = try RecordingFile("/nowhere") }
  }
}

import Foundation
import Gray
import LearningTestSupport
import Testing

@Suite(.startsPrograms) struct TeachTests {
  private struct Network: Decodable {
    struct Change: Decodable {
      let characters: Int
      let wrongBefore: Int
      let wrongAfter: Int
    }
    let network: String
    let outcome: String
    let leftOut: Change
    let replayed: Change

    static func all(in result: ScribeProcess.Result) throws -> [Network] {
      try result.lines.map { try JSONDecoder().decode(Network.self, from: Data($0.utf8)) }
    }
  }

  /// Pictures of a display, and the folder's truth.json.
  private func write(_ numbers: [String], isStrange: Bool = true, to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var truth: [String: [String: String]] = [:]
    for (i, number) in numbers.enumerated() {
      let picture = try StrangeDisplay.picture(number, isStrange: isStrange)
      try Data(picture.encodedAsPNG()).write(to: folder.appending(path: "\(i).png"))
      truth["\(i).png"] = ["text": number]
    }
    try JSONEncoder().encode(truth).write(to: folder.appending(path: "truth.json"))
  }

  /// A display is corrected, learned, and read; a session that runs meanwhile takes it up.
  @Test func aDisplayIsLearnedWhileItIsRead() async throws {
    let scratch = try Scratch()
    let numbers = StrangeDisplay.numbers(41)
    try write(Array(numbers.dropLast()), to: scratch.folder.appending(path: "corrections"))
    try write([numbers[40]], to: scratch.folder.appending(path: "new"))
    let (picture, mine) = (scratch.path("new/0.png"), scratch.path("mine"))
    let board = try await ScribeProcess.board(scratch, ["--image", picture])
    let live = try ScribeProcess([
      "live", "--port", scratch.path("board"), "--json", "--models", mine,
    ])
    #expect(await live.waits { $0.output.contains("\n") })
    #expect(!live.output.contains(numbers[40]))
    let taught = try await ScribeProcess.run([
      "teach", scratch.path("corrections"), "--out", mine, "--networks", "line", "--epochs", "32",
      "--json",
    ])
    #expect(taught.status == 0, "\(taught.errors)")
    let networks = try Network.all(in: taught)
    #expect(networks.map(\.network) == ["line"])
    for network in networks {
      #expect(network.outcome == "learned")
      #expect(5 * network.leftOut.wrongAfter < 4 * network.leftOut.wrongBefore)
      #expect(
        1000 * (network.replayed.wrongAfter - network.replayed.wrongBefore)
          <= network.replayed.characters)
    }
    #expect(await live.waits { $0.errors.contains("reading with the models that") })
    // What the session makes of the same picture is something else from then on.
    let first = try #require(JSONReading.all(in: live.wholeLines).first).text
    let isRenewed = await live.waits {
      (try? JSONReading.all(in: $0.wholeLines))?.last.map { $0.text != first } ?? false
    }
    let file = try await ScribeProcess.run(["recognize", "--models", mine, picture])
    let before = try await ScribeProcess.run(["recognize", picture])
    #expect(isRenewed, "\(numbers[40]), live \(first), then \(file.output), \(before.output)")
    _ = await live.interrupted()
    _ = await board.interrupted()
    // The folder is one of models for the other commands.
    let models = try await ScribeProcess.run(["models", mine])
    #expect(models.status == 0 && models.output.contains("line"))
    let header = scratch.path("line.h")
    let exported = try await ScribeProcess.run([
      "export-firmware", "--model", mine + "/line", "-o", header,
    ])
    #expect(exported.status == 0, "\(exported.errors)")
    #expect(FileManager.default.fileExists(atPath: header))
  }

  /// The folder that the page keeps: several lines have their boxes beside the picture.
  @Test func thePagesFolderIsRead() async throws {
    let scratch = try Scratch()
    let picture = try StrangeDisplay.picture("123456", isStrange: false)
    for name in ["20261129-000001", "20261129-000002"] {
      try Data(picture.encodedAsPNG())
        .write(to: scratch.folder.appending(path: "\(name).png"))
    }
    try Data(
      """
      {"20261129-000001.png": {"text": "123456", "box": [0, 20, 240, 60]}, \
      "20261129-000002.png": {"text": "123456\\n77"}}
      """.utf8
    ).write(to: scratch.folder.appending(path: "truth.json"))
    try Data(
      """
      {"lines": ["123456", "77"], "chars": [{"line": 0, "box": [0, 20, 240, 60]}, \
      {"line": 1, "box": [0, 1, 30, 12]}]}
      """.utf8
    ).write(to: scratch.folder.appending(path: "20261129-000002.json"))
    let result = try await ScribeProcess.run([
      "teach", scratch.folder.path, "--out", scratch.path("mine"), "--networks", "line",
      "--epochs", "1", "--json",
    ])
    // Where nothing is read, the box alone tells the place.
    #expect(!result.errors.contains("no line was found"), "\(result.errors)")
    let network = try #require(try Network.all(in: result).first)
    #expect(network.leftOut.characters == 14)
  }

  @Test func whatIsReadRightlyIsLeftAlone() async throws {
    let scratch = try Scratch()
    try write(StrangeDisplay.numbers(3), isStrange: false, to: scratch.folder)
    let result = try await ScribeProcess.run([
      "teach", scratch.folder.path, "--out", scratch.path("mine"), "--networks", "line", "--json",
    ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try Network.all(in: result).map(\.outcome) == ["nothing to learn"])
    #expect(!FileManager.default.fileExists(atPath: scratch.path("mine")))
  }

  @Test func brokenFoldersAreTold() async throws {
    let scratch = try Scratch()
    let (folder, mine) = (scratch.folder, scratch.path("mine"))
    func teach(_ options: [String] = []) async throws -> ScribeProcess.Result {
      try await ScribeProcess.run(["teach", folder.path, "--out", mine] + options)
    }
    func truth(_ text: String) throws {
      try Data(text.utf8).write(to: folder.appending(path: "truth.json"))
    }
    var result = try await teach()
    #expect(result.status == 66 && result.errors.contains("truth.json"))
    try truth("{")
    #expect(try await teach().status == 65)
    try truth("{}")
    result = try await teach()
    #expect(result.status == 65 && result.errors.contains("nothing to learn from"))
    try truth(
      #"{"none.png": {"text": "12"}, "empty.png": {"text": ""}, "text.png": {"text": "1"}}"#)
    try Data("no picture".utf8).write(to: folder.appending(path: "text.png"))
    let picture = try StrangeDisplay.picture("123456", isStrange: false)
    try Data(picture.encodedAsPNG()).write(to: folder.appending(path: "empty.png"))
    result = try await teach()
    #expect(result.status == 65)
    for name in ["none.png", "empty.png", "text.png"] { #expect(result.errors.contains(name)) }
    try truth(#"{"../a.png": {"text": "12"}}"#)
    #expect(try await teach().status == 65)
    // One picture can't be checked by another.
    try truth(#"{"empty.png": {"text": "654321"}}"#)
    result = try await teach(["--networks", "line-quick"])
    #expect(result.status == 65 && result.errors.contains("correct a second one"))
    result = try await teach()
    #expect(result.status == 65 && result.errors.contains("correct a second one"))
    #expect(!result.errors.contains("left out: line"))
    // A character that no network knows.
    try truth(#"{"empty.png": {"text": "水水水水水水"}}"#)
    result = try await teach(["--networks", "line-quick"])
    #expect(result.status == 65 && result.errors.contains("nothing to learn from"))
    // Boxes of all sizes.
    try truth(
      """
      {"empty.png": {"text": "1", "lines": [{"text": "1", "box": [1e300, -5, 1e9, 3]}, \
      {"text": "2", "box": [0, 0, 100000, 100000]}, {"text": "3", "box": [5]}]}}
      """)
    #expect(try await teach(["--networks", "line-quick"]).status == 65)
    #expect(!FileManager.default.fileExists(atPath: mine))
  }

  @Test func otherFoldersAreNotOverwritten() async throws {
    let scratch = try Scratch()
    try write(StrangeDisplay.numbers(2), to: scratch.folder.appending(path: "corrections"))
    let other = scratch.folder.appending(path: "other")
    try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: other.appending(path: "letter.txt"))
    let result = try await ScribeProcess.run([
      "teach", scratch.path("corrections"), "--out", other.path,
    ])
    #expect(result.status == 73 && result.errors.contains("name another folder"))
    for options in [["--networks", "finder"], ["--networks", ""], ["--epochs", "0"]] {
      let result = try await ScribeProcess.run(
        ["teach", scratch.path("corrections"), "--out", scratch.path("mine")] + options)
      #expect(result.status == 64)
    }
  }
}

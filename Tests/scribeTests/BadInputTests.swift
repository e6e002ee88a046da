import Foundation
import Testing

/// Mistakes of users: each message says what is wrong and where, and the program ends with the
/// documented code.
@Suite(.startsPrograms) struct BadInputTests {
  private func expect(
    _ arguments: [String], status: Int32, saying words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let result = try await ScribeProcess.run(arguments)
    #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.output.isEmpty, sourceLocation: sourceLocation)
    for word in words {
      #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: sourceLocation)
    }
  }

  @Test func truncatedImages() async throws {
    let scratch = try Scratch()
    let file = try Data(contentsOf: BoardImages.folder.appending(path: "clean_000.png"))
    try file.prefix(file.count / 2).write(to: scratch.folder.appending(path: "half.png"))
    try await expect(
      ["recognize", scratch.path("half.png")], status: 65, saying: "half.png", "PNG")
    try Data().write(to: scratch.folder.appending(path: "empty.png"))
    try await expect(
      ["recognize", scratch.path("empty.png")], status: 65, saying: "empty.png: the file")
    try Data("hello".utf8).write(to: scratch.folder.appending(path: "text.png"))
    try await expect(
      ["recognize", scratch.path("text.png")], status: 65, saying: "WebP or GIF: starts with 68 65")
  }

  @Test func oneBadImageDoesNotHideTheOthers() async throws {
    let good = BoardImages.path("clean_000.png")
    let result = try await ScribeProcess.run(["recognize", "--json", "/nowhere.png", good])
    #expect(result.status == 66)
    #expect(result.lines.count == 1)
    #expect(result.errors.contains("/nowhere.png: No such file"))
  }

  @Test func wrongModels() async throws {
    let image = BoardImages.path("clean_000.png")
    try await expect(["recognize", "--model", "nonesuch", image], status: 66, saying: "nonesuch")
    // A model that reads digits of 28 x 28 pixels is valid, but not for this.
    try await expect(
      ["recognize", "--model", "classic", image], status: 65, saying: "classic", "32x32x2")
    try await expect(
      ["recognize", "--line-model", "classic", image], status: 65, saying: "classic", "whole lines")
    try await expect(
      ["recognize", "--reader", "lines", "--model", "glyph", image], status: 64, saying: "--model")
    let scratch = try Scratch()
    let model = scratch.folder.appending(path: "damaged")
    try FileManager.default.copyItem(
      at: BoardImages.folder.appending(path: "../../../models/glyph").standardizedFileURL, to: model
    )
    var weights = try Data(contentsOf: model.appending(path: "weights.bin"))
    weights[weights.count / 2] ^= 1
    try weights.write(to: model.appending(path: "weights.bin"))
    try await expect(
      ["recognize", "--model", model.path, image], status: 65, saying: "weights.bin")
  }

  /// A network that remembers runs here, but not on boards.
  @Test(arguments: ["scribe", "cmsis-nn"]) func lstmsAreNotExported(layout: String) async throws {
    let scratch = try Scratch()
    let model = BoardImages.repository.appending(path: "Tests/InferenceTests/Vectors/random-41")
    let checked = try await ScribeProcess.run(["models", "--check", model.path])
    #expect(checked.status == 0, "\(checked.errors)")
    let header = scratch.path("lstm.h")
    try await expect(
      ["export-firmware", "--layout", layout, "--model", model.path, "-o", header], status: 65,
      saying: "layer 1: lstm", "boards")
    #expect(!FileManager.default.fileExists(atPath: header))
  }

  @Test func missingAndBusyPorts() async throws {
    try await expect(
      ["live", "--port", "/dev/ttyNOWHERE9", "--images", "1"], status: 66,
      saying: "/dev/ttyNOWHERE9", "scribe ports")
    let scratch = try Scratch()
    let image = BoardImages.path("clean_000.png")
    let board = try await ScribeProcess.board(scratch, ["--image", image, "--rate", "5"])
    let first = try ScribeProcess(
      ["record", "--port", scratch.path("board"), scratch.path("a.pcapng")])
    await scratch.waits(for: "a.pcapng")
    try await expect(
      ["live", "--port", scratch.path("board"), "--images", "1"], status: 66,
      saying: "is in use by scribe")
    #expect(await first.interrupted().status == 0)
    #expect(await board.interrupted().status == 0)
  }

  @Test func cutRecordings() async throws {
    let scratch = try Scratch()
    let image = BoardImages.path("clean_000.png")
    let board = try await ScribeProcess.board(
      scratch, ["--image", image, "--baud", "0", "--images", "3"])
    let whole = scratch.path("whole.pcapng")
    let live = try await ScribeProcess.run(
      ["live", "--port", scratch.path("board"), "--no-reconnect", "--record", whole])
    #expect(live.status == 0, "\(live.errors)")
    _ = await board.interrupted()
    let data = try Data(contentsOf: URL(filePath: whole))
    try data.prefix(data.count * 2 / 3).write(to: scratch.folder.appending(path: "cut.pcapng"))
    let cut = try await ScribeProcess.run(["replay", "--json", scratch.path("cut.pcapng")])
    #expect(cut.status == 0, "\(cut.errors)")
    // Bytes received before the cut are read; the loss is reported.
    #expect(!cut.lines.isEmpty)
    #expect(!cut.errors.isEmpty)
    try await expect(["replay", image], status: 65, saying: "clean_000.png")
    try await expect(["replay", "/nowhere.pcapng"], status: 66, saying: "/nowhere.pcapng")
    try await expect(
      ["record", "--port", "-", whole], status: 73, saying: "whole.pcapng", "exists")
  }

  @Test(arguments: [
    ["live"], ["live", "--port", "/tmp/x", "--baud", "-5"],
    ["live", "--port", "/tmp/x", "--protocol", "morse"],
    ["live", "--port", "/tmp/x", "--protocol", "raw:0x0:gray8"],
    ["recognize"], ["recognize", "--alphabet", "", "x.png"], ["recognize", "--alphabet", "ä", "x"],
    ["replay", "--speed", "warp", "x"], ["simulate"], ["simulate", "--text", "A", "--loss", "2"],
    ["simulate", "--text", "A", "--size", "1x"], ["evaluate"], ["frobnicate"],
    ["live", "--port", "/tmp/x", "--images", "0"], ["recognize", "--only-matching", "x.png"],
    ["recognize", "--min-confidence", "50", "x.png"],
    ["recognize", "--pattern", "", "x.png"], ["recognize", "--pattern", " 5", "x.png"],
    ["recognize", "--pattern", "a", "--pattern", "[ab]*a[ab]{20}", "x.png"],
    ["live", "--port", "/tmp/x", "--fuse", "--stable"],
    ["live", "--port", "/tmp/x", "--agree", "3"],
    ["replay", "--stable", "--agree", "1", "x"],
  ])
  func nonsenseOptions(arguments: [String]) async throws {
    let result = try await ScribeProcess.run(arguments)
    #expect(result.status == 64)
    #expect(result.errors.contains("Error"))
    #expect(result.output.isEmpty)
  }

  @Test func wrongPatternsShowThePlace() async throws {
    try await expect(
      ["recognize", "--pattern", #"SN (?=\d)"#, "x.png"], status: 64,
      saying: "looking ahead can't be used here", "  SN (?=\\d)\n     ^")
  }

  @Test func foldersWithoutTruth() async throws {
    let scratch = try Scratch()
    try await expect(["evaluate", scratch.folder.path], status: 66, saying: "truth.json")
  }

  @Test(arguments: [
    "live", "recognize", "record", "replay", "extract", "simulate", "evaluate", "ports",
  ])
  func everyCommandExplainsItself(command: String) async throws {
    let result = try await ScribeProcess.run([command, "--help"])
    #expect(result.status == 0)
    #expect(result.output.contains("USAGE: scribe \(command)"))
  }
}

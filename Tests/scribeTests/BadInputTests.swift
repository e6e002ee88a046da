import Foundation
import Testing

/// What users get wrong: each says what is wrong, where, and ends with the documented code.
@Suite struct BadInputTests {
  private func expect(
    _ arguments: [String], status: Int32, saying words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try Program.run(arguments)
    #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.output.isEmpty, sourceLocation: sourceLocation)
    for word in words {
      #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: sourceLocation)
    }
  }

  @Test func truncatedImages() throws {
    let scratch = try Scratch()
    let file = try Data(contentsOf: Program.images.appending(path: "clean_000.png"))
    try file.prefix(file.count / 2).write(to: scratch.url.appending(path: "half.png"))
    try expect(["recognize", scratch.path("half.png")], status: 65, saying: "half.png", "PNG")
    try Data().write(to: scratch.url.appending(path: "empty.png"))
    try expect(["recognize", scratch.path("empty.png")], status: 65, saying: "empty.png: the file")
    try Data("hello".utf8).write(to: scratch.url.appending(path: "text.png"))
    try expect(["recognize", scratch.path("text.png")], status: 65, saying: "neither PNG nor JPEG")
  }

  @Test func oneBadImageDoesNotHideTheOthers() throws {
    let good = Program.images.appending(path: "clean_000.png").path
    let result = try Program.run(["recognize", "--json", "/nowhere.png", good])
    #expect(result.status == 66)
    #expect(result.lines.count == 1)
    #expect(result.errors.contains("/nowhere.png: No such file"))
  }

  @Test func wrongModels() throws {
    let image = Program.images.appending(path: "clean_000.png").path
    try expect(["recognize", "--model", "nonesuch", image], status: 66, saying: "nonesuch")
    // A model that reads digits of 28 x 28 pixels is sound, but not for this.
    try expect(["recognize", "--model", "classic", image], status: 65, saying: "classic", "784")
    let scratch = try Scratch()
    let model = scratch.url.appending(path: "damaged")
    try FileManager.default.copyItem(
      at: Program.root.appending(path: "models/glyph"), to: model)
    var weights = try Data(contentsOf: model.appending(path: "weights.bin"))
    weights[weights.count / 2] ^= 1
    try weights.write(to: model.appending(path: "weights.bin"))
    try expect(["recognize", "--model", model.path, image], status: 65, saying: "weights.bin")
  }

  @Test func missingAndBusyPorts() throws {
    try expect(
      ["live", "--port", "/dev/ttyNOWHERE9", "--images", "1"], status: 66,
      saying: "/dev/ttyNOWHERE9", "scribe ports")
    let scratch = try Scratch()
    let image = Program.images.appending(path: "clean_000.png").path
    let board = try Program.start(
      ["simulate", "--link", scratch.path("board"), "--image", image, "--rate", "5"])
    scratch.waitFor("board")
    let first = try Program.start(
      ["record", "--port", scratch.path("board"), scratch.path("a.pcapng")])
    scratch.waitFor("a.pcapng")
    try expect(
      ["live", "--port", scratch.path("board"), "--images", "1"], status: 66, saying: "another")
    first.interrupt()
    #expect(first.finish().status == 0)
    board.interrupt()
    #expect(board.finish().status == 0)
  }

  @Test func cutRecordings() throws {
    let scratch = try Scratch()
    let image = Program.images.appending(path: "clean_000.png").path
    let board = try Program.start(
      [
        "simulate", "--link", scratch.path("board"), "--image", image, "--baud", "0", "--images",
        "3", "--rate", "4",
      ])
    scratch.waitFor("board")
    let whole = scratch.path("whole.pcapng")
    let live = try Program.run(
      ["live", "--port", scratch.path("board"), "--images", "3", "--record", whole])
    #expect(live.status == 0, "\(live.errors)")
    board.interrupt()
    _ = board.finish()
    let data = try Data(contentsOf: URL(filePath: whole))
    try data.prefix(data.count * 2 / 3).write(to: scratch.url.appending(path: "cut.pcapng"))
    let cut = try Program.run(["replay", "--json", scratch.path("cut.pcapng")])
    #expect(cut.status == 0, "\(cut.errors)")
    // What was received up to the cut is read; the loss is told.
    #expect(!cut.lines.isEmpty)
    #expect(!cut.errors.isEmpty)
    try expect(["replay", image], status: 65, saying: "clean_000.png")
    try expect(["replay", "/nowhere.pcapng"], status: 66, saying: "/nowhere.pcapng")
    try expect(
      ["record", "--port", "-", whole], status: 73, saying: "whole.pcapng", "exists")
  }

  @Test(arguments: [
    ["live"], ["live", "--port", "/tmp/x", "--baud", "-5"],
    ["live", "--port", "/tmp/x", "--protocol", "morse"],
    ["live", "--port", "/tmp/x", "--protocol", "raw:0x0:gray8"],
    ["recognize"], ["recognize", "--alphabet", "", "x.png"], ["recognize", "--alphabet", "ä", "x"],
    ["replay", "--speed", "warp", "x"], ["simulate"], ["simulate", "--text", "A", "--loss", "2"],
    ["simulate", "--text", "A", "--size", "1x"], ["evaluate"], ["frobnicate"],
    ["live", "--port", "/tmp/x", "--images", "0"],
  ])
  func nonsenseOptions(arguments: [String]) throws {
    let result = try Program.run(arguments)
    #expect(result.status == 64)
    #expect(result.errors.contains("Error"))
    #expect(result.output.isEmpty)
  }

  @Test func foldersWithoutTruth() throws {
    let scratch = try Scratch()
    try expect(["evaluate", scratch.url.path], status: 66, saying: "truth.json")
  }

  @Test(arguments: ["live", "recognize", "record", "replay", "simulate", "evaluate", "ports"])
  func everyCommandExplainsItself(command: String) throws {
    let result = try Program.run([command, "--help"])
    #expect(result.status == 0)
    #expect(result.output.contains("USAGE: scribe \(command)"))
  }
}

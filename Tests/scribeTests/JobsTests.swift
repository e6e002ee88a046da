import Foundation
import Testing

/// Several images, recordings and cameras at once: the output is the same as one by one.
@Suite("Several at once", .serialized, .startsPrograms) struct JobsTests {
  /// The output without the times.
  private func timeless(_ text: String) -> String {
    text.replacing(#/"(milliseconds|medianMilliseconds)":[0-9.]+/#, with: "")
  }

  /// The messages, without times and without those repeated each second.
  private func messages(_ text: String) -> [Substring] {
    text.split(separator: "\n").filter { !$0.contains("dropped ") }
      .map { $0.prefix { $0 != ";" } }
  }

  private func expectSame(
    _ arguments: [String], status: Int32 = 0, _ check: (ScribeProcess.Result) -> Void = { _ in }
  ) async throws {
    let one = try await ScribeProcess.run(arguments + ["--jobs", "1"])
    #expect(one.status == status, "\(one.errors)")
    check(one)
    for jobs in ["2", "7"] {
      let many = try await ScribeProcess.run(arguments + ["--jobs", jobs])
      #expect(many.status == status, "\(many.errors)")
      #expect(timeless(many.output) == timeless(one.output))
      #expect(messages(many.errors) == messages(one.errors))
    }
  }

  @Test func imagesOfAFolder() async throws {
    try await expectSame(["recognize", "--json", BoardImages.folder.path]) {
      #expect($0.lines.count == 30)
    }
  }

  /// Errors are in the order of the images, too.
  @Test func imagesThatCannotBeRead() async throws {
    let scratch = try Scratch()
    try Data("no image".utf8).write(to: scratch.folder.appending(path: "b.png"))
    try Data([0x89, 0x50, 0x4E, 0x47]).write(to: scratch.folder.appending(path: "d.png"))
    for name in ["a.png", "c.png", "e.PNG"] {
      try FileManager.default.copyItem(
        atPath: BoardImages.path("clean_003.png"), toPath: scratch.path(name))
    }
    try await expectSame(
      ["recognize", "--json", scratch.folder.path, scratch.path("f.png")], status: 65
    ) { result in
      #expect(result.lines.count == 3)
      let named = result.errors.split(separator: "\n").map { $0.contains("b.png") }
      #expect(named == [true, false, false], "\(result.errors)")
    }
    let empty = scratch.folder.appending(path: "empty.png")
    try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
    let result = try await ScribeProcess.run(["recognize", empty.path])
    #expect(result.status == 66)
    #expect(
      result.errors.contains("no file in this folder ends in bmp, dib, gif, jfif, jpe, jpeg, jpg"))
  }

  @Test func evaluation() async throws {
    try await expectSame(["evaluate", "--json", BoardImages.folder.path])
  }

  /// A folder of recordings, each of a bad wire.
  @Test func recordings() async throws {
    let scratch = try Scratch()
    for seed in 1...3 {
      let link = scratch.path("board\(seed)")
      let board = try await ScribeProcess.board(
        scratch,
        [
          "--baud", "0", "--rate", "40", "--size", "160x120", "--images", "8", "--seed", "\(seed)",
          "--loss", "0.0005", "--burst", "20", "--text", "SN 471\(seed)", "--text", "LOT \(seed)",
        ], name: "board\(seed)")
      let recorded = try await ScribeProcess.run(
        ["record", "--port", link, "--no-reconnect", scratch.path("\(seed).pcapng")])
      #expect(recorded.status == 0, "\(recorded.errors)")
      _ = await board.interrupted()
    }
    try await expectSame(["replay", "--json", scratch.folder.path]) { result in
      let sources = result.lines.compactMap { $0.firstMatch(of: #/"source":"([^"]*)"/#)?.1 }
      #expect(sources.count > 12)
      #expect(sources == sources.sorted())
    }
    try await expectSame(["replay", scratch.folder.path])
    let files = (1...3).map { scratch.path("\($0).pcapng") }
    try await expectSame(["replay", "--json", "--fuse", files[0]]) {
      #expect($0.lines.allSatisfy { $0.hasPrefix(#"{"source":""#) })
    }
    // Output for people names the source only where there are several.
    try await expectSame(["replay", files[0]]) { #expect(!$0.output.contains("1.pcapng")) }
    try await expectSame(["replay", "--json", "--images", "3"] + files) {
      #expect($0.lines.count == 9)
    }
    try await expectSame(
      ["replay", "--json", files[0], scratch.path("none.pcapng"), files[1]], status: 66
    ) { #expect($0.lines.count > 8) }
  }

  @Test func twoCameras() async throws {
    let scratch = try Scratch()
    let texts = ["EAST 41", "WEST 72"]
    let links = ["east", "west"].map(scratch.path)
    var boards: [ScribeProcess] = []
    for (name, text) in zip(["east", "west"], texts) {
      boards.append(
        try await ScribeProcess.board(
          scratch, ["--rate", "10", "--baud", "0", "--size", "160x120", "--text", text],
          name: name))
    }
    let result = try await ScribeProcess.run(
      ["live", "--json", "--images", "3"] + links.flatMap { ["--port", $0] })
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.lines.count == 6)
    for (link, text) in zip(links, texts) {
      let source = link.replacing("/", with: "\\/")
      let lines = result.lines.filter {
        $0.contains("\"source\":\"\(link)\"") || $0.contains("\"source\":\"\(source)\"")
      }
      #expect(lines.count == 3)
      #expect(lines.count { $0.contains("\"text\":\"\(text)\"") } >= 2, "\(lines)")
      #expect(result.errors.contains("\(link): 3 images read"))
      #expect(result.errors.contains("\(link): connected to"))
    }
    for board in boards { _ = await board.interrupted() }
  }

  @Test(arguments: [
    ["recognize", "--jobs", "0", "x.png"], ["evaluate", "--jobs", "-1", "x"],
    ["replay", "--jobs", "many", "x.pcapng"],
    ["live", "--port", "x", "--port", "x"],
    ["live", "--port", "x", "--port", "y", "--record", "z.pcapng"],
    ["record", "--port", "x", "--port", "y", "z.pcapng"],
  ])
  func nonsense(arguments: [String]) async throws {
    let result = try await ScribeProcess.run(arguments)
    #expect(result.status == 64)
    #expect(result.errors.contains("Error: "))
  }
}

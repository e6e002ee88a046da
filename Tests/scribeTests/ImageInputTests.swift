import Foundation
import Glibc
import PortTestSupport
import Testing

/// Images from standard input, from lists, and from folders with subfolders.
@Suite("Images as people have them", .startsPrograms) struct ImageInputTests {
  private let first = BoardImages.path("clean_000.png")
  private let second = BoardImages.path("clean_001.png")

  private func run(
    _ arguments: [String], input: Data = Data(), in folder: String? = nil
  ) async throws -> ScribeProcess.Result {
    try await ScribeProcess(
      ["recognize", "--reader", "glyphs"] + arguments, input: input, workingFolder: folder
    ).result()
  }

  /// The images that were read, in their order.
  private func images(_ result: ScribeProcess.Result) throws -> [String] {
    struct Line: Decodable { let image: String }
    return try result.lines.map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8)).image
    }
  }

  @Test func anImageOnStandardInput() async throws {
    let bytes = try Data(contentsOf: URL(filePath: first))
    let piped = try await run(["-"], input: bytes)
    let named = try await run([first])
    #expect(piped.status == 0 && piped.errors.isEmpty)
    #expect(piped.output == named.output && !named.output.isEmpty)
    let json = try await run(["--json", second, "-"], input: bytes)
    #expect(try images(json) == [second, "-"])
    let damaged = try await run(["-"], input: bytes.prefix(bytes.count / 2))
    #expect(damaged.status == 65 && damaged.errors.contains("-: "))
    let empty = try await run(["-"])
    #expect(empty.status == 65)
  }

  @Test func listsOnStandardInput() async throws {
    let lines = "\(second)\r\n\n\(first)"
    let list = try await run(["--json", "--from", "-"], input: Data(lines.utf8))
    #expect(list.status == 0, "\(list.errors)")
    #expect(try images(list) == [second, first])
    let nulls = try await run(
      ["--json", "--null", "--from", "-"], input: Data("\(first)\0\(second)\0".utf8))
    #expect(nulls.status == 0, "\(nulls.errors)")
    #expect(try images(nulls) == [first, second])
  }

  /// Images of the command line come first; lists may name folders, and files as odd as files may be.
  @Test func listsInFiles() async throws {
    let scratch = try Scratch()
    let odd = scratch.path("a\nb.png")
    let folder = scratch.path("folder")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for path in [odd, folder + "/2.png", folder + "/1.png", scratch.path("-")] {
      try FileManager.default.copyItem(atPath: first, toPath: path)
    }
    try Data("\(odd)\0\(folder)\0-\0".utf8).write(to: URL(filePath: scratch.path("list")))
    let result = try await run(
      ["--json", "-0", "--from", "list", second], in: scratch.folder.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      try images(result) == [second, odd, folder + "/1.png", folder + "/2.png", "./-"])
  }

  @Test func mistakesInLists() async throws {
    for (arguments, input, status, words) in [
      (["--from", "-"], "\(first)\0", 65, "-: this is no list of paths, a line each, or one that"),
      (["--from", "-"], String(repeating: "x", count: 70_000), 65, "no list of paths"),
      (["--from", "/nowhere"], "", 66, "can't open /nowhere: No such file"),
      (["--from", "-", "-"], "", 64, "can be read once"),
      (["--null", first], "", 64, "--null needs --from"),
      ([], "", 64, "<image>"),
    ] as [([String], String, Int32, String)] {
      let result = try await run(arguments, input: Data(input.utf8))
      #expect(result.status == status && result.output.isEmpty, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(words), "\(result.errors)")
    }
    // The rest is read.
    let rest = try await run(
      ["--json", "--from", "-"], input: Data("/nowhere.png\n\(first)\n".utf8))
    #expect(rest.status == 66 && rest.errors.contains("/nowhere.png: No such file"))
    #expect(try images(rest) == [first])
    let none = try await run(["--from", "-"])
    #expect(none.status == 0 && none.output.isEmpty)
  }

  @Test func whatIsNamedIsReadAtOnce() async throws {
    let scratch = try Scratch()
    try #require(mkfifo(scratch.path("list"), 0o600) == 0)
    let scribe = try ScribeProcess([
      "recognize", "--reader", "glyphs", "--json", "--from", scratch.path("list"),
    ])
    let writer = try FileHandle(forWritingTo: scratch.folder.appending(path: "list"))
    for count in 1...2 {
      try writer.write(contentsOf: Data("\(first)\n".utf8))
      #expect(await scribe.waits { $0.output.count { $0 == "\n" } == count })
    }
    #expect(scribe.isRunning)
    try writer.close()
    #expect(await scribe.exitCode() == 0)
  }

  /// A list that has no end yet is no reason to go on, also for services, whose SIGPIPE is ignored.
  @Test(arguments: [("--default-signal=PIPE", -SIGPIPE), ("--ignore-signal=PIPE", 0)])
  func whoTakesNoMoreEndsTheList(option: String, status: Int32) async throws {
    let scratch = try Scratch()
    try #require(mkfifo(scratch.path("list"), 0o600) == 0)
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    let scribe = try ChildProcess(
      "/usr/bin/env",
      [
        option, try ScribeProcess.program().path, "recognize", "--reader", "glyphs", "--from",
        scratch.path("list"),
      ], output: ends[1])
    for end in ends { close(end) }
    let writer = try FileHandle(forWritingTo: scratch.folder.appending(path: "list"))
    try writer.write(contentsOf: Data("\(first)\n".utf8))
    #expect(await waits { !scribe.isRunning })
    #expect(scribe.ending == status)
    try writer.close()
  }

  @Test func foldersWithTheirSubfolders() async throws {
    let scratch = try Scratch()
    let files = FileManager.default
    func place(_ name: String) throws {
      let path = scratch.path(name)
      try files.createDirectory(
        at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
      try files.copyItem(atPath: first, toPath: path)
    }
    let expected = [
      "image-9.png", "image-10.PNG", "link.png", "day-2/a.png", "day-2/night/a.png",
      "day-10/a.png", "named.png/a.png",
    ]
    for name in expected + [".hidden/a.png", ".b.png", "day-2/notes.txt"] where name != "link.png" {
      try place(name)
    }
    try files.createSymbolicLink(atPath: scratch.path("link.png"), withDestinationPath: first)
    // Neither comes twice what a link leads to, nor is there an end of links to look for.
    for name in ["loop", "day-2/up", "day-10/loop.png"] {
      try files.createSymbolicLink(
        atPath: scratch.path(name), withDestinationPath: scratch.folder.path)
    }
    try #require(mkfifo(scratch.path("pipe.png"), 0o600) == 0)
    let result = try await run(["--json", "--recursive", "."], in: scratch.folder.path)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(try images(result) == expected.map { "./" + $0 })
    // Without it, a folder is read as before: by name, its own files alone.
    let flat = try await run(["--json", scratch.path("day-2")])
    #expect(try images(flat) == [scratch.path("day-2/a.png")])
  }

  @Test func foldersThatAreOfNoUse() async throws {
    let scratch = try Scratch()
    let files = FileManager.default
    try files.createDirectory(
      atPath: scratch.path("empty/deep"), withIntermediateDirectories: true)
    let empty = try await run(["-r", scratch.path("empty"), "--json", first])
    #expect(empty.status == 66)
    #expect(empty.errors.contains("empty: no file in this folder and those in it ends in bmp,"))
    #expect(try images(empty) == [first])
    try files.createSymbolicLink(
      atPath: scratch.path("empty/gone.png"), withDestinationPath: "/nowhere")
    let broken = try await run(["-r", scratch.path("empty")])
    #expect(broken.status == 66 && broken.errors.contains("gone.png: No such file"))
  }

  /// What has an end is whole, whatever becomes of the images.
  @Test func hocrIsWhole() async throws {
    let result = try await run(["--as", "hocr", first, "/nowhere.png", second])
    #expect(result.status == 66)
    #expect(result.output.hasPrefix("<?xml") && result.output.hasSuffix("</html>\n"))
    #expect(result.output.components(separatedBy: "class=\"ocr_page\"").count == 3)
  }
}

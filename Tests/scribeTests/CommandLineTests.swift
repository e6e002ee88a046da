import Foundation
import PortTestSupport
import Testing

/// Command lines as people type them, and the answers.
@Suite(.startsPrograms) struct CommandLineTests {
  private let image = BoardImages.path("clean_000.png")

  @Test(arguments: [
    ["--pattern", "-?[0-9]+"], ["--pattern", "-[0-9]", "--pattern", "-?x"],
    ["--alphabet", "-0123456789"], ["--pattern", "-[0-9]", "--json"],
  ])
  func valuesMayBeginWithAHyphen(options: [String]) async throws {
    let result = try await ScribeProcess.run(["recognize"] + options + [image])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.isEmpty)
  }

  @Test func textsMayBeginWithAHyphen() async throws {
    let scratch = try Scratch()
    let board = try await ScribeProcess.board(scratch, ["--text", "-40.5", "--images", "1"])
    let live = try await ScribeProcess.run([
      "live", "--port", scratch.path("board"), "--images", "1", "--pattern", #"-?\d+\.\d"#,
    ])
    #expect(live.output.contains("-40.5"), "\(live.errors)")
    _ = await board.interrupted()
  }

  /// An option in place of a value is a forgotten value.
  @Test(arguments: [
    ["recognize", "--pattern", "--json", "x.png"], ["recognize", "x.png", "--pattern"],
    ["recognize", "--alphabet", "--only-matching", "x.png"],
    ["simulate", "--text", "--light-on-dark"],
  ])
  func forgottenValuesAreTold(arguments: [String]) async throws {
    let result = try await ScribeProcess.run(arguments)
    #expect(result.status == 64)
    #expect(result.errors.contains("has no value") || result.errors.contains("Missing value"))
  }

  @Test(arguments: [
    (["--alphabet", "digits", "--pattern", #"\d+\.\d"#], 64, "--alphabet lacks . of it"),
    (["--alphabet", "digits", "--pattern", "[^0-9]"], 64, "No line can match --pattern"),
    (["--alphabet", "digits", "--pattern", "-?[0-9]+"], 0, "--alphabet lacks - of --pattern"),
    (["--alphabet", "digits", "--pattern", "[A-Z0-9]+"], 0, "P and 10 more of --pattern"),
    (["--alphabet", "hex"], 0, "taken for the characters h e x; the set is set:hex"),
    (["--alphabet", "set:greek"], 64, "There is no such set"),
  ])
  func slipsInAnAlphabetAreTold(options: [String], status: Int, words: String) async throws {
    let result = try await ScribeProcess.run(["recognize"] + options + [image])
    #expect(result.status == Int32(status), "\(result.errors)")
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test(arguments: ["set:hex", "upper+digits", "set:digits+.-"])
  func setsAreTakenWithoutAWord(alphabet: String) async throws {
    let result = try await ScribeProcess.run(["recognize", "--alphabet", alphabet, image])
    #expect(result.status == 0)
    #expect(result.errors.isEmpty, "\(result.errors)")
  }

  /// A board's greeting, and bytes that are no packets.
  private static let greeting: [UInt8] = [
    0x00, 0x02, 0x17, 0x01, 0x01, 0x01, 0x01, 0x03, 0x01, 0x01, 0x02, 0x04, 0x01, 0x01, 0x01, 0x0C,
    0x06, 0x73, 0x63, 0x72, 0x69, 0x62, 0x65, 0x5C, 0x13, 0x22, 0x98, 0x00,
  ]
  private static let noise = (0..<20_000).map { (i: Int) -> UInt8 in
    i % 97 == 0 ? 0 : UInt8(128 + i &* i % 127)
  }

  @Test func whoIsHeardIsNotAskedForItsBaud() async throws {
    let scratch = try Scratch()
    let model = ["--model", try BlankModel.write(in: scratch)]
    let strange = try await ScribeProcess(
      ["live", "--port", "-"] + model, input: Data(Self.noise)
    ).result()
    #expect(strange.errors.contains("do --baud and --protocol match the board?"))
    let known = try await ScribeProcess(
      ["live", "--port", "-"] + model, input: Data(Self.greeting + Self.noise)
    ).result()
    #expect(!known.errors.contains("--baud"), "\(known.errors)")
    #expect(known.errors.contains("the board is heard, 1 packet came whole"))
  }

  @Test func whoTakesNoCommandsIsNotAskedInSilence() async throws {
    let scratch = try Scratch()
    let board = try TestTerminal()
    let live = try ScribeProcess([
      "live", "--port", board.path, "--format", "bilevel", "--model",
      try BlankModel.write(in: scratch),
    ])
    #expect(await live.waits { $0.errors.contains("connected") })
    board.send(Self.greeting)
    #expect(
      await live.waits {
        $0.errors.contains("the board takes no commands, so it goes on as it would: format bilevel")
      })
    live.signal(SIGINT)
    #expect(await live.exitCode() == 0)
    board.hangUp()
  }

  /// The progress is shown on a terminal, for an image that takes its time.
  @Test(arguments: ["live", "record"]) func aSlowImageShowsItsProgress(command: String) async throws
  {
    let scratch = try Scratch()
    let board = try TestTerminal()
    let screen = try TestTerminal()
    let descriptor = try screen.openReader()
    let errors = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    let rest =
      command == "live"
      ? ["--model", try BlankModel.write(in: scratch)] : [scratch.path("a.pcapng")]
    let scribe = try ScribeProcess(
      [command, "--port", board.path, "--protocol", "raw:32x24:gray8:sync=AA55AA55"] + rest,
      standardError: errors)
    var shown = ""
    func shows(_ text: String) -> Bool {
      while !shown.contains(text) {
        let bytes = screen.receive(4096)
        guard !bytes.isEmpty else { return false }
        shown += String(decoding: bytes, as: UTF8.self)
      }
      return true
    }
    #expect(shows("connected to"))
    board.send([0xAA, 0x55, 0xAA, 0x55] + [UInt8](repeating: 200, count: 32 * 12))
    #expect(shows("50 % of an image"), "\(shown)")
    scribe.signal(SIGINT)
    #expect(await scribe.exitCode() == 0)
    board.hangUp()
    screen.hangUp()
  }

  /// Models are found from anywhere.
  @Test func modelsAreFoundFromAnEmptyFolder() async throws {
    let scratch = try Scratch()
    func run(
      _ arguments: [String], _ environment: [String: String] = [:]
    ) async throws -> ScribeProcess.Result {
      try await ScribeProcess(
        arguments, environment: environment, workingFolder: scratch.folder.path
      ).result()
    }
    let models = try await run(["models"])
    #expect(models.status == 0, "\(models.errors)")
    for name in ["glyph", "line", "finder"] {
      #expect(models.lines.contains { $0.hasPrefix("\(name) ") }, "\(models.output)")
    }
    let there = try await run(["models", BoardImages.repository.path + "/models"])
    #expect(there.output == models.output)
    for arguments in [
      ["recognize", image], ["recognize", "--reader", "board", image],
      ["export-firmware", "-o", "-"], ["export-firmware", "--report"],
      ["evaluate", "--reader", "glyphs", BoardImages.folder.path],
      ["simulate", "--read", "--image", image, "--images", "1", "--no-wait", "--baud", "0"],
    ] {
      let result = try await run(arguments)
      #expect(result.status == 0, "\(arguments): \(result.errors)")
    }
    // The user's own models stand beside them.
    let own = try Scratch()
    _ = try BlankModel.write(in: own)
    let both = try await run(["models"], ["SERIALSCRIBE_MODELS": own.folder.path])
    #expect(both.lines.contains { $0.hasPrefix("blank ") } && both.lines.count > models.lines.count)
    let missing = try await run(["models", "nowhere"])
    #expect(missing.status == 66)
  }

  /// A model whose first layer has another scale computes otherwise.
  @Test func modelsAreCheckedByTheirTestVectors() async throws {
    let models = BoardImages.repository.appending(path: "models")
    let whole = try await ScribeProcess.run(["models", "--check", models.path])
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(whole.lines.first?.hasSuffix("VECTORS") == true)

    let scratch = try Scratch()
    let model = scratch.folder.appending(path: "classic")
    try FileManager.default.copyItem(at: models.appending(path: "classic"), to: model)
    let one = try await ScribeProcess.run(["models", "--check", "--json", model.path])
    #expect(one.status == 0 && one.lines.count == 1, "\(one.errors)")
    #expect(one.output.contains("\"vectors\":"))

    let file = model.appending(path: "model.json")
    let manifest = try String(contentsOf: file, encoding: .utf8)
    try Data(manifest.replacing("0.015145435929298401", with: "0.0152").utf8).write(to: file)
    let spoilt = try await ScribeProcess.run(["models", "--check", scratch.folder.path])
    #expect(spoilt.status == 65)
    #expect(spoilt.errors.contains("the output of layer 0 differs"), "\(spoilt.errors)")
    // Unless asked, models are only listed.
    #expect(try await ScribeProcess.run(["models", scratch.folder.path]).status == 0)

    let blank = try BlankModel.write(in: scratch)
    let unchecked = try await ScribeProcess.run(["models", "--check", blank])
    #expect(unchecked.status == 65 && unchecked.errors.contains("vectors is missing"))
  }
}

import FirmwareProto
import Foundation
import Images
import LinkTestSupport
import Recording
import Testing

/// Attacks that a board, a recording or a folder from someone else may try on its reader.
@Suite("Hostile input", .startsPrograms) struct HostileInputTests {
  /// Colors, titles, C1 controls, direction, invisible characters, other lines, no UTF-8.
  private static let attacks: [[UInt8]] = [
    Array("\u{1B}[31mred\u{1B}]0;title\u{7}\u{1B}[2J".utf8),
    Array("\u{9B}2J\u{90}q\u{85}next".utf8),
    Array("\u{202E}desrever\u{2066}\u{200F}\u{61C}".utf8),
    Array("in\u{200B}vis\u{AD}ible\u{FEFF}\u{E0041}\u{180E}".utf8),
    Array("progress\rError: forged\u{8}\u{8}".utf8),
    Array("a line\nError: forged\r\nconnected to forged\u{2028}Error: forged".utf8),
    [0x41, 0xFF, 0xC0, 0x9B, 0x80, 0x42], [0x9B, 0x33, 0x31, 0x6D],
  ]

  /// Expects nothing that a terminal obeys or doesn't show, and no line that isn't the program's.
  private func expectHarmless(_ output: String, sourceLocation: SourceLocation = #_sourceLocation) {
    for scalar in output.unicodeScalars where scalar != "\n" {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        Issue.record(
          "U+\(String(scalar.value, radix: 16)) in \(output.debugDescription)",
          sourceLocation: sourceLocation)
      default: break
      }
    }
    for line in output.split(separator: "\n") {
      #expect(
        !line.hasPrefix("Error: forged") && !line.hasPrefix("connected to forged"),
        "\(output.debugDescription)", sourceLocation: sourceLocation)
    }
  }

  /// A link with the attack in all that a board can say: printf, LOG, its names.
  private func link(_ attack: [UInt8]) -> [UInt8] {
    let name = String(decoding: attack, as: UTF8.self)
    let board = TestBoard(board: name, sensor: name)
    _ = scribe_hello(board.encoder)
    attack.map { CChar(bitPattern: $0) }.withUnsafeBufferPointer { text in
      _ = scribe_log(board.encoder, Array(text) + [0])
    }
    board.send(
      CapturedImage(
        width: 16, height: 8, format: .gray8, payload: [UInt8](repeating: 200, count: 128)))
    // An empty segment restores trust in text.
    return board.bytes + [0, 0] + attack + [0]
  }

  @Test(arguments: attacks) func nothingFromALinkReachesATerminal(attack: [UInt8]) async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    let result = try await ScribeProcess(
      ["live", "--port", "-", "--model", model, "--reader", "glyphs"], input: Data(link(attack))
    ).result()
    #expect(result.status == 0)
    #expect(result.errors.contains("board: ") && result.errors.contains("16x8"))
    expectHarmless(result.errors)
    expectHarmless(result.output)
  }

  /// A recording names ports, protocols and connections, and anybody may have written it.
  @Test(arguments: attacks) func nothingFromARecordingDoes(attack: [UInt8]) async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    let text = String(decoding: attack, as: UTF8.self)
    let sound = PcapngEncoder.header(
      RecordingHeader(application: text, port: text, baud: 9600, linkProtocol: "scribe"))
    let unknown = PcapngEncoder.header(RecordingHeader(port: text, linkProtocol: text))
    let events =
      PcapngEncoder.note("connected: \(text)", at: 1)
      + PcapngEncoder.note("disconnected: \(text)", at: 2) + PcapngEncoder.note(text, at: 3)
      + PcapngEncoder.bytes(link(attack), direction: .received, at: 4)
    for (header, status) in [(sound, Int32(0)), (unknown, 65)] {
      let file = scratch.folder.appending(path: "a.pcapng")
      try Data(header + events).write(to: file)
      let result = try await ScribeProcess.run(
        ["replay", "--json", "--model", model, "--reader", "glyphs", file.path])
      #expect(result.status == status, "\(result.errors)")
      expectHarmless(result.errors)
      expectHarmless(result.output)
      for options in [[], ["--json"]] {
        let inspected = try await ScribeProcess.run(["inspect"] + options + [file.path])
        expectHarmless(inspected.errors)
        expectHarmless(inspected.output)
      }
    }
  }

  @Test func namesOfFilesAndModelsAreEscaped() async throws {
    let scratch = try Scratch()
    for attack in Self.attacks {
      let name = String(decoding: attack, as: UTF8.self).replacing("/", with: "")
      let image = scratch.folder.appending(path: "\(name).png")
      try Data("no image".utf8).write(to: image)
      for arguments in [["recognize", image.path], ["replay", image.path]] {
        let result = try await ScribeProcess.run(arguments)
        #expect(result.status == 65)
        // The name is the user's own, and may have newlines.
        expectHarmless(result.errors.replacing("\n", with: ""))
      }
    }
    // A folder that was downloaded, with attacks in truth.json and in the names of its pictures.
    let name = "x\u{1B}[31m\u{202E}.png"
    let truth =
      #"{"x\u001b[31m\u202e.png": {"text": "A\u001b[2J", "tier": "\u009b1m"}}"#
    try FileManager.default.copyItem(
      at: BoardImages.folder.appending(path: "clean_003.png"),
      to: scratch.folder.appending(path: name))
    try Data(truth.utf8).write(to: scratch.folder.appending(path: "truth.json"))
    let model = try BlankModel.write(in: scratch)
    for options in [["--errors"], ["--json"]] {
      let result = try await ScribeProcess.run(
        ["evaluate", "--model", model, "--reader", "glyphs"] + options + [scratch.folder.path])
      #expect(result.status == 0, "\(result.errors)")
      #expect(!result.output.isEmpty)
      expectHarmless(result.output)
      expectHarmless(result.errors)
    }
  }

  /// `truth.json` may not name files outside the folder: a page would show them.
  @Test func foldersDoNotReachOutside() async throws {
    let scratch = try Scratch()
    let inner = scratch.folder.appending(path: "inner")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: BoardImages.folder.appending(path: "clean_003.png"),
      to: scratch.folder.appending(path: "secret.png"))
    try Data("{\"../secret.png\": {\"text\": \"\"}}".utf8).write(
      to: inner.appending(path: "truth.json"))
    let page = scratch.folder.appending(path: "page.html")
    let model = try BlankModel.write(in: scratch)
    let result = try await ScribeProcess.run(
      ["evaluate", "--model", model, "--reader", "glyphs", "--page", page.path, inner.path])
    #expect(result.status == 65)
    #expect(result.errors.contains("../secret.png") && result.errors.contains("outside"))
    #expect(!FileManager.default.fileExists(atPath: page.path))
  }

  /// No name from outside becomes part of a path: the folder holds the files asked for, and no
  /// more.
  @Test func nothingIsWrittenBesideWhatWasNamed() async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    let target = scratch.folder.appending(path: "out")
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
    let path = "../../\(scratch.folder.lastPathComponent)/planted"
    let bytes = link(Array(path.utf8))
    let recording = target.appending(path: "a.pcapng").path
    #expect(
      try await ScribeProcess(
        ["record", "--port", "-", recording], input: Data(bytes)
      ).result().status == 0)
    #expect(
      try await ScribeProcess.run(
        ["replay", "--model", model, "--reader", "glyphs", recording]).status == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: target.path) == ["a.pcapng"])
    #expect(!FileManager.default.fileExists(atPath: scratch.path("planted")))
  }

  /// A new recording follows no link and replaces nothing; with --overwrite it does both.
  @Test func recordingsFollowLinksOnlyWhenToldTo() async throws {
    let scratch = try Scratch()
    let victim = scratch.folder.appending(path: "victim")
    let link = scratch.folder.appending(path: "link.pcapng")
    try Data("precious".utf8).write(to: victim)
    for target in ["victim", "dangling"] {
      try? FileManager.default.removeItem(at: link)
      try FileManager.default.createSymbolicLink(
        atPath: link.path, withDestinationPath: scratch.path(target))
      let result = try await ScribeProcess.run(["record", "--port", "-", link.path])
      #expect(result.status == 73 && result.errors.contains("exists already"))
    }
    #expect(try Data(contentsOf: victim) == Data("precious".utf8))
    #expect(!FileManager.default.fileExists(atPath: scratch.path("dangling")))
    let result = try await ScribeProcess.run(
      ["record", "--port", "-", "--overwrite", link.path])
    #expect(result.status == 0)
    #expect(FileManager.default.fileExists(atPath: scratch.path("dangling")))
  }

  /// Exports and pages replace a link itself, not its target.
  @Test func exportsReplaceLinks() async throws {
    let scratch = try Scratch()
    let victim = scratch.folder.appending(path: "victim")
    let link = scratch.folder.appending(path: "glyph.h")
    try Data("precious".utf8).write(to: victim)
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: victim)
    let model = try BlankModel.write(in: scratch)
    let result = try await ScribeProcess.run(
      ["export-firmware", "--model", model, "--vectors", "0", "-o", link.path])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try Data(contentsOf: victim) == Data("precious".utf8))
    #expect(try String(contentsOf: link, encoding: .utf8).contains("scribe_blank"))
  }
}

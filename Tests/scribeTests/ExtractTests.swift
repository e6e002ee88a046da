import Foundation
import Gray
import Images
import PortTestSupport
import Recording
import Testing

/// `extract`: pictures out of recordings, to be looked at, labelled and evaluated.
@Suite("Extracted pictures", .startsPrograms) struct ExtractTests {
  /// A line of `extract --json`.
  private struct Line: Decodable {
    struct Rows: Decodable {
      let first: Int
      let count: Int
    }
    let source: String
    let image: Int
    let time: String?
    let file: String
    let width: Int
    let height: Int
    let format: String
    let missingRows: [Rows]
  }

  private func lines(_ output: String) throws -> [Line] {
    try output.split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
  }

  private func pixels(_ path: String) throws -> [UInt8] {
    try GrayImage(CapturedImage(file: [UInt8](Data(contentsOf: URL(filePath: path))))).pixels
  }

  @Test func allOrSome() async throws {
    let scratch = try Scratch()
    let file = scratch.path("a.pcapng")
    try RawRecording.write(RawRecording.file(12), to: file)
    for (options, numbers) in [
      ([], Array(0..<12)), (["--images", "3"], [0, 1, 2]), (["--every", "5"], [0, 5, 10]),
      (["--every", "2", "--images", "2"], [0, 2]),
    ] {
      let folder = scratch.path("pictures\(options.joined())")
      let result = try await ScribeProcess.run(["extract", "--json"] + options + [file, folder])
      #expect(result.status == 0, "\(result.errors)")
      let lines = try lines(result.output)
      #expect(lines.map(\.image) == numbers)
      for line in lines {
        #expect(line.source == file && line.format == "gray8" && line.missingRows.isEmpty)
        #expect(line.width == RawRecording.width && line.height == RawRecording.height)
        #expect(line.file.hasPrefix("\(folder)/20260921T1413"))
        #expect(try pixels(line.file) == RawRecording.pixels(line.image))
      }
      #expect(lines[0].time == RawRecording.startText)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).count == numbers.count)
      #expect(result.errors.contains("\(numbers.count) pictures"))
    }
    let text = try await ScribeProcess.run(["extract", file, scratch.path("text")])
    #expect(
      text.lines.first
        == scratch.path("text/20260921T141320.123Z-000000.png")
        + "  image 0  2026-09-21T14:13:20.123Z  64x24")
  }

  /// Rows that never came are told.
  @Test func missingRowsAreTold() async throws {
    let scratch = try Scratch()
    let board = try await ScribeProcess.board(
      scratch,
      [
        "--text", "LOT 7", "--size", "160x120", "--baud", "0", "--images", "6", "--loss", "0.001",
        "--seed", "2",
      ])
    let file = scratch.path("a.pcapng")
    let recorder = try await ScribeProcess.run(
      ["record", "--no-reconnect", "--port", scratch.path("board"), file])
    #expect(recorder.status == 0, "\(recorder.errors)")
    _ = await board.interrupted()
    let result = try await ScribeProcess.run(["extract", "--json", file, scratch.path("pictures")])
    let lines = try lines(result.output)
    #expect(lines.contains { !$0.missingRows.isEmpty }, "\(result.output)")
    let replayed = try await ScribeProcess.run(["replay", "--json", file])
    func rows(_ output: String) -> [Substring] {
      output.matches(of: /"missingRows":\[({[^\]]*)\]/).map { $0.output.1 }
    }
    #expect(rows(result.output) == rows(replayed.output))
  }

  @Test func whatCannotBe() async throws {
    let scratch = try Scratch()
    let file = scratch.path("a.pcapng")
    try RawRecording.write(RawRecording.file(2), to: file)
    for (arguments, status, words) in [
      (["extract", file], 64, "folder"), (["extract", "--every", "0", file, "x"], 64, "--every"),
      (["extract", "--images", "0", file, "x"], 64, "--images"),
      (["extract", scratch.path("none"), scratch.path("x")], 66, "none"),
      (["extract", file, "/dev/null/x"], 73, "/dev/null/x"),
    ] as [([String], Int32, String)] {
      let result = try await ScribeProcess.run(arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(words), "\(arguments): \(result.errors)")
    }
  }

  /// The three lines of the help, with what they need.
  @Test(.enabled(if: Program.isInstalled("jq"), "jq is not installed"))
  func picturesAreLabelledAndEvaluated() async throws {
    let scratch = try Scratch()
    let header = RecordingHeader(linkProtocol: "jpeg-stream")
    let source = try #require(
      Bundle.module.url(
        forResource: "clean_000", withExtension: "jpg", subdirectory: "Fixtures"))
    let jpeg = [UInt8](try Data(contentsOf: source))
    let blocks = (0..<2).flatMap {
      PcapngEncoder.bytes(jpeg, direction: .received, at: RawRecording.time($0))
    }
    try RawRecording.write(
      PcapngEncoder.header(header) + blocks, to: scratch.path("session.pcapng"))
    let help = try await ScribeProcess.run(["extract", "--help"])
    let start = try #require(help.output.range(of: "scribe extract session.pcapng pictures"))
    let end = try #require(help.output.range(of: "scribe evaluate pictures"))
    let script = String(help.output[start.lowerBound..<end.upperBound])
    let bin = try ScribeProcess.program().deletingLastPathComponent().path
    let shell = try ChildProcess(
      "/bin/sh", ["-e", "-c", "cd '\(scratch.folder.path)'\n\(script)"],
      environment: ["PATH": "\(bin):/usr/bin:/bin"])
    _ = await waits { !shell.isRunning }
    #expect(shell.ending == 0, "\(script)")
    let truth = try String(contentsOfFile: scratch.path("pictures/truth.json"), encoding: .utf8)
    #expect(truth.contains("20260921T141320.123Z-000000.jpg"), "\(truth)")
  }
}

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
    // Of those that were chosen by what they teach.
    let text: String?
    let telling: Double?
    let confidence: Double?
    let novelty: Double?
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

  /// Of pictures of one thing the one that tells most: brighter, the same text; nothing at all, with
  /// and without noise; print.
  @Test func thoseThatTeachMost() async throws {
    let scratch = try Scratch()
    let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Fixtures/board-images")
    func picture(_ name: String) throws -> [UInt8] {
      try pixels(fixtures.appending(path: name).path)
    }
    let print = try picture("clean_000.png")
    let brighter = print.map { UInt8(min(255, Int($0) + 14)) }
    let other = try picture("clean_001.png")
    let blank = [UInt8](repeating: 140, count: 320 * 240)
    let noisy = blank.indices.map { UInt8(137 + $0 &* 2_654_435_761 % 7) }
    let images = [print, blank, brighter, noisy, other, print, blank]
    try RawRecording.write(
      PcapngEncoder.header(
        RecordingHeader(
          port: "/dev/ttyUSB0", linkProtocol: "raw:320x240:gray8:sync=AA55AA55"))
        + images.enumerated().flatMap { number, pixels in
          PcapngEncoder.bytes(
            [0xAA, 0x55, 0xAA, 0x55] + pixels, direction: .received, at: RawRecording.time(number))
        }, to: scratch.path("a.pcapng"))
    func chosen(_ options: String...) async throws -> [Line] {
      let folder = scratch.path("pictures\(options.joined())")
      let result = try await ScribeProcess.run(
        ["extract", "--json"] + options + [scratch.path("a.pcapng"), folder])
      #expect(result.status == 0, "\(result.errors)")
      let lines = try lines(result.output)
      for line in lines { #expect(try pixels(line.file) == images[line.image]) }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).count == lines.count)
      return lines
    }
    let all = try await chosen("--most-telling", "9")
    #expect(all.count == 3)
    // Of those in which nothing is read, the oldest; it may be text that was missed.
    let nothing = try #require(all.first { $0.text == "" })
    #expect(nothing.image == 1 && nothing.confidence == nil && nothing.novelty == nil)
    let read = all.filter { $0.image != 1 }
    #expect(read.count == 2 && read.contains { $0.image == 4 })
    for line in read {
      #expect(line.text?.isEmpty == false)
      #expect((0...1).contains(try #require(line.confidence)))
      #expect((0...1).contains(try #require(line.novelty)))
    }
    let telling = all.compactMap(\.telling)
    #expect(telling == telling.sorted(by: >))
    let first = try await chosen("--most-telling", "2")
    #expect(first.map(\.image) == all[..<2].map(\.image))
    #expect(
      try await chosen("--most-telling", "2", "--jobs", "1").map(\.image) == first.map(\.image))
    // Every fourth: print, and the other.
    let fourth = try await chosen("--most-telling", "9", "--every", "4")
    #expect(Set(fourth.map(\.image)) == [0, 4])
    let text = try await ScribeProcess.run([
      "extract", "--most-telling", "9", scratch.path("a.pcapng"), scratch.path("text"),
    ])
    #expect(text.output.contains(/telling 0\.[0-9]+  nothing read\n/), "\(text.output)")
    #expect(
      text.output.contains(/telling 0[0-9.]*  confidence [01][0-9.]*  novelty 0[0-9.]*  brown/),
      "\(text.output)")
    // Without a model of novelty pictures are chosen by confidence alone.
    let without = try await chosen("--most-telling", "9", "--novelty-model", "none")
    #expect(without.count == 3 && without.allSatisfy { $0.novelty == nil })
  }

  @Test func whatCannotBe() async throws {
    let scratch = try Scratch()
    let file = scratch.path("a.pcapng")
    try RawRecording.write(RawRecording.file(2), to: file)
    for (arguments, status, words) in [
      (["extract", file], 64, "folder"), (["extract", "--every", "0", file, "x"], 64, "--every"),
      (["extract", "--images", "0", file, "x"], 64, "--images"),
      (["extract", "--most-telling", "0", file, "x"], 64, "--most-telling"),
      (["extract", "--most-telling", "1001", file, "x"], 64, "1 to 1000"),
      (["extract", "--most-telling", "5", "--images", "3", file, "x"], 64, "--images"),
      (["extract", "--most-telling", "5", "--novelty-model", "nobody", file, "x"], 66, "nobody"),
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

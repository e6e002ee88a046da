import Foundation
import Testing

/// `--fuse` and `--stable`, `--pattern` and `--only-matching` on images of the simulated camera.
@Suite("Fusion and patterns by command", .serialized, .startsPrograms) struct FusionCommandTests {
  /// Records a simulated board that sends some texts.
  private func record(
    _ texts: [String], images: Int, in scratch: Scratch, _ simulate: [String]
  ) async throws -> String {
    let file = scratch.path("session.pcapng")
    let board = try await ScribeProcess.board(
      scratch,
      ["--baud", "0", "--images", "\(images)", "--rate", "40", "--size", "160x120"]
        + texts.flatMap { ["--text", $0] } + simulate)
    // The recording ends with the board.
    let result = try await ScribeProcess.run(
      ["record", "--port", scratch.path("board"), "--no-reconnect", file])
    #expect(result.status == 0, "\(result.errors)")
    _ = await board.interrupted()
    return file
  }

  private func replay(_ file: String, _ options: [String]) async throws -> ScribeProcess.Result {
    let result = try await ScribeProcess.run(["replay", file] + options)
    #expect(result.status == 0, "\(result.errors)")
    return result
  }

  @Test func stableTellsEachTextOnce() async throws {
    let scratch = try Scratch()
    // Five images of each text.
    let texts = ["4711", "4712", "4720"].flatMap { [String](repeating: $0, count: 5) }
    let file = try await record(texts, images: 15, in: scratch, [])
    #expect(try await replay(file, []).lines.count == 15)
    #expect(try await replay(file, ["--stable"]).lines == ["4711", "4712", "4720"])
    let json = try JSONReading.all(in: try await replay(file, ["--stable", "--json"]).output)
    #expect(json.map(\.text) == ["4711", "4712", "4720"])
    // Each text settles with the third image that shows it.
    #expect(json.map(\.stable?.since) == [2, 7, 12])
    let slow = try JSONReading.all(
      in: try await replay(file, ["--stable", "--agree", "5", "--json"]).output)
    #expect(slow.map(\.stable?.since) == [4, 9, 14])
    let fused = try JSONReading.all(in: try await replay(file, ["--fuse", "--json"]).output)
    #expect(fused.count == 15)
    #expect(
      fused.map { $0.stable?.text ?? "-" }
        == (0..<15).map {
          $0 < 2 ? "" : $0 < 7 ? "4711" : $0 < 12 ? "4712" : "4720"
        })
    // Without the options, the output has neither.
    let plain = try JSONReading.all(in: try await replay(file, ["--json"]).output)
    #expect(plain.allSatisfy { $0.stable == nil && $0.lines.allSatisfy { $0.pattern == nil } })
  }

  @Test func fusionReadsNoiseBetterThanSingleImages() async throws {
    let scratch = try Scratch()
    let text = "BD 0125 KW"
    let file = try await record(
      [text], images: 30, in: scratch,
      ["--text-height", "11", "--noise", "30", "--contrast", "0.4", "--seed", "4"])
    let single = try JSONReading.all(in: try await replay(file, ["--json"]).output).map(\.text)
    let fused = try JSONReading.all(in: try await replay(file, ["--fuse", "--json"]).output)
      .map(\.text)
    let right = (
      single: single.filter { $0 == text }.count, fused: fused.filter { $0 == text }.count
    )
    print("of 30 noisy images right: \(right.single) single, \(right.fused) fused")
    #expect(right.single <= 20 && right.fused >= right.single + 8)
  }

  @Test func patternsMarkAndFilter() async throws {
    let scratch = try Scratch()
    let file = try await record(["LOT B27\\n04711"], images: 4, in: scratch, [])
    let all = try JSONReading.all(
      in: try await replay(file, ["--json", "--pattern", #"\d{5}"#]).output)
    #expect(all.map { $0.lines.map(\.pattern) } == [[Bool?]](repeating: [false, true], count: 4))
    let matching = try await replay(file, ["--pattern", #"\d{5}"#, "--only-matching"])
    #expect(matching.lines == [String](repeating: "04711", count: 4))
    let either = try await replay(
      file, ["--pattern", #"\d{5}"#, "--pattern", #"LOT \w\d+"#, "--only-matching", "--stable"])
    #expect(either.lines == ["LOT B27", "04711"])
    let none = try await replay(file, ["--pattern", #"\d{6}"#, "--only-matching"])
    #expect(none.output.isEmpty)
  }
}

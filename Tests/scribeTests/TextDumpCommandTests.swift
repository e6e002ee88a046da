import Foundation
import LinkTestSupport
import PortTestSupport
import Testing

/// Text that stands for bytes, in files and live.
@Suite(.startsPrograms) struct TextDumpCommandTests {
  private static func jpeg() throws -> [UInt8] {
    let path = try #require(
      Bundle.module.path(forResource: "clean_000", ofType: "jpg", inDirectory: "Fixtures"))
    return [UInt8](try Data(contentsOf: URL(filePath: path)))
  }

  private func write(_ scratch: Scratch, _ text: String) throws -> String {
    let path = scratch.path("dump.txt")
    try Data(text.utf8).write(to: URL(filePath: path))
    return path
  }

  private static let styles: [DumpText] = [
    .spaced, .marked, .cArray, .offsets, .xxd, .canonical, .base64, .dataURL, .saleae, .sigrok,
  ]

  /// No option is needed, and the text is that of the picture.
  @Test(arguments: styles) func aFileIsReplayed(style: DumpText) async throws {
    let scratch = try Scratch()
    let bytes = try Self.jpeg()
    let plain = scratch.path("plain.bin")
    try Data(bytes).write(to: URL(filePath: plain))
    let expected = try await ScribeProcess.run(["replay", "--protocol", "jpeg-stream", plain])
    #expect(!expected.output.isEmpty)
    let file = try write(scratch, style.text(bytes) + "\n")
    for options in [[], ["--protocol", "jpeg-stream"], ["--dump", style.kind]] {
      let replay = try await ScribeProcess.run(["replay"] + options + [file])
      #expect(replay.status == 0, "\(replay.errors)")
      #expect(replay.output == expected.output)
      #expect(replay.errors.contains(" of a JPEG; decoding it"))
    }
  }

  @Test func standardInputAndLive() async throws {
    let scratch = try Scratch()
    let text = Data(("START\r\n" + DumpText.lines.text(try Self.jpeg()) + "END\r\n").utf8)
    for arguments in [["replay", "-"], ["live", "--port", "-"]] {
      let process = try ScribeProcess(arguments, input: text)
      #expect(await process.exitCode() == 0)
      #expect(process.errors.contains("hex text of a JPEG; decoding it as --protocol jpeg-stream"))
      #expect(process.errors.contains("1 image read"))
    }
    let terminal = try TestTerminal()
    let file = scratch.path("a.pcapng")
    let live = try ScribeProcess([
      "live", "--port", terminal.path, "--images", "1", "--record", file,
    ])
    #expect(await live.waits { $0.errors.contains("connected") })
    try await inThread { terminal.send(Array(text)) }
    #expect(await live.exitCode() == 0)
    #expect(live.errors.contains("board: START"))
    // The recording holds the bytes as they came: a replay finds the text again.
    let replay = try await ScribeProcess.run(["replay", file])
    #expect(replay.output == live.output)
    let inspect = try await ScribeProcess.run(["inspect", "--json", file])
    #expect(inspect.output.contains("\"protocol\":\"jpeg-stream\""))
    #expect(inspect.output.contains("\"intact\":1"))
  }

  /// Pixels have no mark of their own: their size and format are to be said, and the text is told.
  @Test func pixelsAreReadOnceTheirFormatIsSaid() async throws {
    let scratch = try Scratch()
    let pixels = (0..<(64 * 48)).map { UInt8(truncatingIfNeeded: 128 + $0 % 50) }
    let rows = stride(from: 0, to: pixels.count, by: 16).map { row in
      DumpText.marked.text(Array(pixels[row..<(row + 16)])) + ",\r\n"
    }
    let file = try write(
      scratch, "OV767X Camera Capture\r\n\r\n" + rows.joined() + rows.joined())
    let unknown = try await ScribeProcess.run(["replay", file])
    #expect(unknown.status == 65)
    #expect(unknown.errors.contains("this looks like hex text"))
    #expect(unknown.errors.contains("--protocol raw:320x240:rgb565be"))
    let replay = try await ScribeProcess.run([
      "replay", "--json", "--protocol", "raw:64x48:gray8", file,
    ])
    #expect(replay.status == 0)
    #expect(try JSONReading.all(in: replay.output).count == 2)
  }

  @Test func whatDoesNotFitIsTold() async throws {
    let scratch = try Scratch()
    let file = try write(scratch, DumpText.lines.text(try Self.jpeg()))
    let raw = try await ScribeProcess.run(["replay", "--protocol", "raw:64x48:gray8", file])
    #expect(raw.errors.contains("this looks like hex text of a JPEG: give --protocol jpeg-stream"))
    let none = try await ScribeProcess.run([
      "replay", "--protocol", "jpeg-stream", "--dump", "none", file,
    ])
    #expect(none.errors.contains("0 images read"))
    #expect(!none.errors.contains("decoding"))
    let inspect = try await ScribeProcess.run(["inspect", file])
    #expect(inspect.status == 65)
    #expect(inspect.errors.contains("hex text of a JPEG: 'scribe replay' reads it"))
  }
}

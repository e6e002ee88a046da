import Foundation
import Testing

@Suite(.serialized, .startsPrograms) struct LiveTests {
  /// Sends `images` from a simulated board and reads them live.
  private func readLive(
    _ images: [String], simulate: [String], live: [String] = []
  ) async throws -> (
    readings: [JSONReading], live: ScribeProcess.Result, board: ScribeProcess.Result
  ) {
    let scratch = try Scratch()
    let files = images.flatMap { ["--image", BoardImages.path($0)] }
    let board = try await ScribeProcess.board(
      scratch, ["--baud", "0", "--images", "\(images.count)"] + files + simulate)
    let result = try await ScribeProcess.run(
      ["live", "--port", scratch.path("board"), "--json", "--no-reconnect"] + live)
    return (try JSONReading.all(in: result.output), result, await board.interrupted())
  }

  /// Images that live reports as skipped while it read another.
  private func skipped(_ live: ScribeProcess.Result) -> Int {
    live.errors.replacing("bytes skipped", with: "").firstMatch(of: /skipped (\d+)/)
      .flatMap { Int($0.1) } ?? 0
  }

  private func recognize(
    _ images: [String], options: [String] = []
  ) async throws -> [JSONReading] {
    let result = try await ScribeProcess.run(
      ["recognize", "--json"] + options + images.map { BoardImages.path($0) })
    #expect(result.status == 0)
    return try JSONReading.all(in: result.output)
  }

  /// Big, plain print: the losses of a format must not change the text.
  private static let plain = ["clean_000.png", "clean_001.png"]

  @Test(arguments: ["gray8", "rgb565le", "rgb565be", "yuyv", "jpeg", "bilevel"])
  func liveReadsWhatRecognizeReads(format: String) async throws {
    for image in Self.plain {
      let (live, result, _) = try await readLive([image], simulate: ["--format", format])
      #expect(result.status == 0, "\(result.errors)")
      let file = try await recognize([image])
      #expect(!file[0].text.isEmpty)
      #expect(live.map(\.text) == file.map(\.text))
    }
  }

  /// The text that a board sends is the one that the C code reads on the host, to the last bit.
  @Test(arguments: [("quick", []), ("board", ["--model", "glyph"])])
  func aBoardThatReadsSendsText(reader: String, options: [String]) async throws {
    let (live, result, board) = try await readLive(Self.plain, simulate: ["--read"] + options)
    #expect(result.status == 0, "\(result.errors)")
    let file = try await recognize(Self.plain, options: ["--reader", reader])
    #expect(!file[0].text.isEmpty && !file[1].text.isEmpty)
    #expect(live.map(\.lines) == file.map(\.lines))
    #expect(live.allSatisfy { $0.reader == "board" } && file.allSatisfy { $0.reader == nil })
    #expect(board.errors.contains("sent 2 images"))
  }

  @Test func grayIsReadToTheLastBit() async throws {
    // Nothing is lost on the way, so boxes and confidences are equal, too.
    for image in ["typical_000.png", "hard_000.png", "clean_003.png"] {
      let (live, _, _) = try await readLive([image], simulate: ["--format", "gray8"])
      #expect(live == (try await recognize([image])))
    }
  }

  @Test(arguments: [
    "jpeg-stream", "raw:320x240:gray8:sync=AA55AA55",
    "raw:320x240:rgb565be:8+frame:row+5:frame+2:sync=AA55AA55",
  ])
  func boardsWithoutOurFirmwareAreRead(linkProtocol: String) async throws {
    let image = "clean_000.png"
    let options = ["--protocol", linkProtocol]
    let (readings, result, _) = try await readLive([image], simulate: options, live: options)
    #expect(result.status == 0, "\(result.errors)")
    #expect(readings.map(\.text) == (try await recognize([image]).map(\.text)))
  }

  @Test func aRecordingReplaysTheSameText() async throws {
    let scratch = try Scratch()
    let file = scratch.path("session.pcapng")
    let images = Self.plain + ["typical_000.png"]
    let (live, result, _) = try await readLive(
      images, simulate: ["--rate", "1"], live: ["--record", file])
    #expect(result.status == 0, "\(result.errors)")
    let replayed = try await ScribeProcess.run(["replay", "--json", "--speed", "max", file])
    #expect(replayed.status == 0, "\(replayed.errors)")
    let all = try JSONReading.all(in: replayed.output)
    #expect(all.count == images.count)
    // So slow that live skips none, or the machine is busy and it reports how many.
    #expect(!live.isEmpty && live.count + skipped(result) == images.count, "\(result.errors)")
    #expect(live.allSatisfy { all.contains($0) })
    if live.count == all.count { #expect(live == all) }
  }

  @Test func aBadLineIsReadOnAndCounted() async throws {
    let (readings, result, _) = try await readLive(
      ["clean_000.png", "clean_001.png"],
      simulate: ["--rate", "1", "--loss", "0.0002", "--seed", "3"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(!readings.isEmpty && readings.count + skipped(result) == 2, "\(result.errors)")
    #expect(result.errors.contains("image 0 is damaged"))
    #expect(result.errors.contains("bytes dropped"))
  }
}

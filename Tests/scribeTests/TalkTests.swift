import Foundation
import Testing

/// The host's messages to a simulated board, and their effect.
@Suite(.serialized, .startsPrograms) struct TalkTests {
  private func talk(
    simulate: [String], live: [String], images: Int = 6
  ) async throws -> (
    readings: [JSONReading], live: ScribeProcess.Result, board: ScribeProcess.Result
  ) {
    let scratch = try Scratch()
    let board = try await ScribeProcess.board(
      scratch, ["--image", BoardImages.path("clean_000.png")] + simulate)
    let result = try await ScribeProcess.run(
      ["live", "--port", scratch.path("board"), "--json", "--images", "\(images)"] + live)
    return (try JSONReading.all(in: result.output), result, await board.interrupted())
  }

  @Test func aBoardSendsWhatItIsAskedFor() async throws {
    let (readings, live, _) = try await talk(
      simulate: [], live: ["--format", "lossless", "--region", "0,20,320x120", "--rate", "10"])
    #expect(live.status == 0, "\(live.errors)")
    #expect(live.errors.contains("the board agrees: format lossless"))
    #expect(live.errors.contains("the board agrees: region 0,20,320x120"))
    #expect(live.errors.contains("the board agrees: 10.0 images a second"))
    let last = try #require(readings.last)
    #expect(last.width == 320 && last.height == 120)
  }

  /// A simulated board delivers what it was started with, and has no camera to expose.
  @Test func deliveryAndExposureAreAskedFor() async throws {
    let (_, live, _) = try await talk(
      simulate: ["--rate", "10"], live: ["--deliver", "images", "--exposure", "-1.5"])
    #expect(live.status == 0, "\(live.errors)")
    #expect(live.errors.contains("the board agrees: images"))
    #expect(
      live.errors.contains("the board refuses: exposure held at -1.5 stops: not with this value"))
  }

  @Test func aRefusalIsTold() async throws {
    let scratch = try Scratch()
    let board = try await ScribeProcess.board(
      scratch, ["--image", BoardImages.path("clean_000.png"), "--read"])
    // The answer comes among the images; on a busy machine, after many of them.
    let live = try ScribeProcess(
      ["live", "--port", scratch.path("board"), "--json", "--format", "bilevel"])
    #expect(
      await live.waits {
        $0.errors.contains("the board refuses: format bilevel: not with this value")
      })
    live.signal(SIGINT)
    _ = await live.exitCode()
    _ = await board.interrupted()
  }

  /// A module that drops bytes that come too fast, at a baud rate that is far too high for it.
  @Test func creditKeepsAModuleFromDropping() async throws {
    // A board that receives nothing for 300 ms takes the credit for lost and sends on, as it does
    // where a busy machine delays live for so long. Without credit every run drops.
    for left in (0..<20).reversed() {
      let (readings, live, board) = try await talk(
        simulate: ["--format", "bilevel", "--module", "20000"], live: [])
      #expect(readings.count == 6)
      // Answers that measure the round trip may be among the bytes dropped.
      let isClean =
        !live.errors.contains("damaged") && !board.errors.contains("the module dropped")
        && live.errors.contains("ms there and back")
      if isClean { return }
      if left == 0 { Issue.record("\(live.errors)\(board.errors)") }
    }
  }

  @Test func aBoardThatDoesNotHearIsReadAllTheSame() async throws {
    let (readings, live, board) = try await talk(
      simulate: ["--format", "bilevel", "--deaf"], live: ["--rate", "5"])
    #expect(live.status == 0)
    #expect(readings.count == 6)
    #expect(board.errors.contains("heard"))
  }

  @Test func listenOnlySaysNothing() async throws {
    let (readings, _, board) = try await talk(
      simulate: ["--format", "bilevel"], live: ["--listen-only"])
    #expect(readings.count == 6)
    #expect(!board.errors.contains("heard"))
  }

  @Test(arguments: [
    ["--region", "1,2,3"], ["--region", "0,0,0x10"], ["--rate", "0"], ["--format", "png"],
    ["--listen-only", "--rate", "5"], ["--listen-only", "--exposure", "text"],
    ["--deliver", "words"], ["--exposure", "bright"], ["--exposure", "20"],
  ])
  func wrongWishesAreRefused(options: [String]) async throws {
    let result = try await ScribeProcess.run(["live", "--port", "/dev/null"] + options)
    #expect(result.status == 64)
  }

  /// Bytes sent to the board are in the recording, too.
  @Test func bothWaysAreRecorded() async throws {
    let scratch = try Scratch()
    let file = scratch.path("session.pcapng")
    _ = try await talk(
      simulate: ["--format", "bilevel"], live: ["--record", file, "--rate", "20"])
    let bytes = try Data(contentsOf: URL(filePath: file))
    // The host's greeting has its name.
    #expect(bytes.range(of: Data("scribe".utf8)) != nil)
    let replay = try await ScribeProcess.run(["replay", "--json", file])
    #expect(replay.status == 0, "\(replay.errors)")
    #expect(try JSONReading.all(in: replay.output).count >= 6)
  }
}

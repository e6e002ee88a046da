import Foundation
import Testing

@Suite(.serialized) struct LiveTests {
  /// Sends `images` from a simulated board and reads them live.
  private func readLive(
    _ images: [String], simulate: [String], live: [String] = []
  ) throws -> (readings: [JSONReading], live: Program.Result, board: Program.Result) {
    let scratch = try Scratch()
    let files = images.flatMap { ["--image", Program.images.appending(path: $0).path] }
    let board = try Program.start(
      ["simulate", "--link", scratch.path("board"), "--baud", "0", "--images", "\(images.count)"]
        + files + simulate)
    scratch.waitFor("board")
    let result = try Program.run(
      ["live", "--port", scratch.path("board"), "--json", "--images", "\(images.count)"] + live)
    board.interrupt()
    return (try JSONReading.all(in: result.output), result, board.finish())
  }

  private func recognize(_ images: [String]) throws -> [JSONReading] {
    let result = try Program.run(
      ["recognize", "--json"] + images.map { Program.images.appending(path: $0).path })
    #expect(result.status == 0)
    return try JSONReading.all(in: result.output)
  }

  /// Big, plain print: what a format loses must not change the text.
  private static let plain = ["clean_000.png", "clean_001.png"]

  @Test(arguments: ["gray8", "rgb565le", "rgb565be", "yuyv", "jpeg", "bilevel"])
  func liveReadsWhatRecognizeReads(format: String) throws {
    for image in Self.plain {
      let (live, result, _) = try readLive([image], simulate: ["--format", format])
      #expect(result.status == 0, "\(result.errors)")
      let file = try recognize([image])
      #expect(!file[0].text.isEmpty)
      #expect(live.map(\.text) == file.map(\.text))
    }
  }

  @Test func grayIsReadToTheLastBit() throws {
    // Nothing is lost on the way, so boxes and confidences are equal too.
    for image in ["typical_000.png", "hard_000.png", "clean_003.png"] {
      let (live, _, _) = try readLive([image], simulate: ["--format", "gray8"])
      #expect(live == (try recognize([image])))
    }
  }

  @Test(arguments: ["jpeg-stream", "raw:320x240:gray8:sync=AA55AA55"])
  func boardsWithoutOurFirmwareAreRead(linkProtocol: String) throws {
    let image = "clean_000.png"
    let options = ["--protocol", linkProtocol]
    let (readings, result, _) = try readLive([image], simulate: options, live: options)
    #expect(result.status == 0, "\(result.errors)")
    #expect(readings.map(\.text) == (try recognize([image]).map(\.text)))
  }

  @Test func aRecordingReplaysTheSameText() throws {
    let scratch = try Scratch()
    let file = scratch.path("session.pcapng")
    let images = Self.plain + ["typical_000.png"]
    // Slow enough that live passes none over.
    let (live, result, _) = try readLive(
      images, simulate: ["--rate", "3"], live: ["--record", file])
    #expect(result.status == 0, "\(result.errors)")
    let replayed = try Program.run(["replay", "--json", "--speed", "max", file])
    #expect(replayed.status == 0, "\(replayed.errors)")
    #expect(try JSONReading.all(in: replayed.output) == live)
    #expect(live.count == images.count)
  }

  @Test func aBadLineIsReadOnAndCounted() throws {
    let (readings, result, _) = try readLive(
      ["clean_000.png", "clean_001.png"], simulate: ["--loss", "0.00005", "--seed", "3"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(readings.count == 2)
  }
}

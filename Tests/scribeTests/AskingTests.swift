import Foundation
import Glibc
import PortTestSupport
import Testing

/// Boards that wait to be asked, from `--send` to the image.
@Suite(.startsPrograms) struct AskingTests {
  private static let image = ["--image", BoardImages.path("clean_000.png")]

  /// Each way to write a request, to a board that sends an image each time it hears it.
  @Test(arguments: [
    ("0x10", "hex:10", "jpeg-stream"), ("snap\\r\\n", "text:snap\\r\\n", "jpeg-stream"),
    ("10 AB", "0x10 0xAB", "raw:320x240:gray8:sync=AA55A5C3"), ("g", "0x67", "scribe"),
  ])
  func anImageForEachRequest(ask: String, send: String, link: String) async throws {
    let scratch = try Scratch()
    let board = try await ScribeProcess.board(
      scratch, Self.image + ["--ask", ask, "--protocol", link])
    let live = try await ScribeProcess.run([
      "live", "--port", scratch.path("board"), "--json", "--images", "3", "--protocol", link,
      "--send", send, "--after-image",
    ])
    #expect(live.status == 0, "\(live.errors)")
    #expect(try JSONReading.all(in: live.output).count == 3)
    let ended = await board.interrupted()
    #expect(ended.errors.contains("heard"))
  }

  /// A board that isn't asked sends nothing; asked once, it sends one image.
  @Test func once() async throws {
    let scratch = try Scratch()
    let board = try await ScribeProcess.board(
      scratch, Self.image + ["--ask", "X", "--protocol", "jpeg-stream"])
    let live = try ScribeProcess([
      "live", "--port", scratch.path("board"), "--json", "--protocol", "jpeg-stream", "--send", "X",
    ])
    #expect(await live.waits { $0.output.contains("\n") })
    let result = await live.interrupted()
    #expect(try JSONReading.all(in: result.output).count == 1)
    let ended = await board.interrupted()
    #expect(ended.errors.contains("sent 1 image,"))
    #expect(ended.errors.contains("heard 1 bytes"))
  }

  @Test func everySoOften() async throws {
    let scratch = try Scratch()
    let board = try await ScribeProcess.board(
      scratch, Self.image + ["--ask", "X", "--protocol", "jpeg-stream"])
    let live = try await ScribeProcess.run([
      "live", "--port", scratch.path("board"), "--json", "--images", "3", "--protocol",
      "jpeg-stream", "--send", "X", "--every", "0.2",
    ])
    #expect(try JSONReading.all(in: live.output).count == 3)
    _ = await board.interrupted()
  }

  /// The preset brings its protocol; a board that reconnects is asked anew.
  @Test func aPresetAndAReconnection() async throws {
    let scratch = try Scratch()
    let board = try await ScribeProcess.board(
      scratch,
      Self.image + [
        "--ask", "arducam", "--protocol", "jpeg-stream", "--hang-up-every", "1", "--images", "3",
      ])
    let live = try await ScribeProcess.run([
      "live", "--port", scratch.path("board"), "--json", "--images", "3", "--send", "arducam",
    ])
    #expect(live.status == 0, "\(live.errors)")
    #expect(live.errors.contains("disconnected"))
    #expect(try JSONReading.all(in: live.output).count == 3)
    _ = await board.interrupted()
  }

  /// Requests stand in the recording, and its replay gives the same images.
  @Test func aRecordingHasWhatWasSaid() async throws {
    let scratch = try Scratch()
    let file = scratch.path("a.pcapng")
    let board = try await ScribeProcess.board(
      scratch, Self.image + ["--ask", "snapshot!", "--protocol", "jpeg-stream"])
    let record = try ScribeProcess([
      "record", "--port", scratch.path("board"), "--protocol", "jpeg-stream", "--send",
      "snapshot!", "--after-image", file,
    ])
    // The board's second image answers the request after the first.
    #expect(
      await record.waits { _ in
        (try? Data(contentsOf: URL(filePath: file)))
          .map { $0.count > 20_000 && $0.range(of: Data("snapshot!".utf8)) != nil } ?? false
      })
    #expect(await record.interrupted().status == 0)
    _ = await board.interrupted()
    let inspect = try await ScribeProcess.run(["inspect", "--json", file])
    #expect(!inspect.output.contains("\"sent\":0,"))
    let replay = try await ScribeProcess.run(["replay", "--json", "--images", "1", file])
    #expect(try JSONReading.all(in: replay.output).count == 1)
  }

  @Test(arguments: ["live", "record"], ["-", "file"])
  func filesCantBeAsked(command: String, port: String) async throws {
    let scratch = try Scratch()
    let path = port == "-" ? "-" : scratch.path("file")
    if port != "-" { try Data("hello".utf8).write(to: URL(filePath: path)) }
    let result = try await ScribeProcess.run(
      [command, "--port", path, "--send", "0x10"]
        + (command == "record" ? [scratch.path("a.pcapng")] : []))
    #expect(result.status == 64)
    #expect(result.errors.contains("\(path) can only be read: what is to be said needs a port"))
    #expect(!FileManager.default.fileExists(atPath: scratch.path("a.pcapng")))
  }

  @Test(arguments: [
    (["--send", "10"], "may be bytes or text: give hex:10 or text:10"),
    (["--send", "0xZZ"], "is no hex"), (["--send", ""], "there is nothing to say"),
    (["--send", "a\\q"], "has a \\ before"), (["--every", "5"], "need --send"),
    (["--after-image"], "need --send"), (["--send", "X", "--every", "0"], "--every is a time"),
    (["--send", "X", "--listen-only"], "--listen-only can't go with --send"),
  ])
  func wrongOptions(options: [String], reason: String) async throws {
    let result = try await ScribeProcess.run(["live", "--port", "/dev/null"] + options)
    #expect(result.status == 64)
    #expect(result.errors.contains(reason), "\(result.errors)")
  }

  @Test(arguments: [
    (["--ask", "10"], "may be bytes or text"), (["--ask", "X", "--deaf"], "can't hear --ask"),
    (["--ask", "vc0706"], "knows no vc0706"),
  ])
  func wrongOptionsOfTheBoard(options: [String], reason: String) async throws {
    let result = try await ScribeProcess.run(["simulate", "--text", "A"] + options)
    #expect(result.status == 64)
    #expect(result.errors.contains(reason), "\(result.errors)")
  }
}

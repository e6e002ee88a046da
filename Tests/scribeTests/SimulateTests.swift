import Foundation
import Glibc
import Testing

/// `simulate` as a process; the bytes that it sends are tested with the board itself.
@Suite(.startsPrograms) struct SimulateTests {
  /// Reads the device until it hangs up.
  private func readAll(_ path: String) async -> Int {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        let handle = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 65536)
        while handle >= 0 {
          let count = buffer.withUnsafeMutableBytes { read(handle, $0.baseAddress, $0.count) }
          if count <= 0 { break }
          total += count
        }
        close(handle)
        continuation.resume(returning: total)
      }
    }
  }

  @Test func sendsTheImagesAskedForAndCountsThem() async throws {
    let scratch = try Scratch()
    let link = scratch.path("board")
    let board = try await ScribeProcess.board(
      scratch, ["--text", "SN 4711\\nLOT B", "--size", "160x120", "--images", "3", "--baud", "0"])
    let bytes = await readAll(link)
    let result = await board.result()
    #expect(result.status == 0, "\(result.errors)")
    // Three gray images of 160x120, and the cost of packets.
    #expect(bytes > 3 * 160 * 120)
    #expect(bytes < 3 * 160 * 120 * 11 / 10)
    #expect(result.errors.contains("sent 3 images, \(bytes) bytes; dropped 0 images"))
    #expect(result.output.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: link))
  }

  @Test func printsTheDeviceWithoutALink() async throws {
    let board = try ScribeProcess([
      "simulate", "--text", "A", "--images", "1", "--baud", "0", "--patience", "180",
    ])
    #expect(await board.waits { $0.output.hasSuffix("\n") })
    let path = board.output.trimmingCharacters(in: .newlines)
    #expect(path.hasPrefix("/dev/pts/"))
    #expect(await readAll(path) > 320 * 240)
    #expect(await board.exitCode() == 0)
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func signalsEndItInOrder(number: Int32) async throws {
    let scratch = try Scratch()
    let board = try ScribeProcess(["simulate", "--text", "A", "--link", scratch.path("board")])
    // Fails if the link is there before the signals are handled.
    #expect(await board.waits { _ in (try? scratch.target("board")) != nil })
    board.signal(number)
    let result = await board.result()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("sent 0 images"))
    #expect((try? scratch.target("board")) == nil)
  }

  @Test func whatItCannotDo() async throws {
    let scratch = try Scratch()
    try Data("text".utf8).write(to: scratch.folder.appending(path: "file"))
    let file = scratch.path("file")
    let cases: [([String], Int32, String)] = [
      (["--image", scratch.path("missing.png")], 66, "missing.png: No such file"),
      (["--image", file], 66, "file"),
      (["--image", scratch.folder.path], 66, "has no .png"),
      (["--text", "A", "--font", file], 66, "not a font"),
      (["--text", "A", "--link", file], 73, "is left alone"),
      (["--text", "A", "--link", scratch.path("no/link")], 73, "can't make the link"),
      (["--text", "WWWWWWWW", "--text-height", "90"], 64, "smaller text height"),
      (["--text", "A", "--format", "png"], 64, "png"),
      (["--text", "A", "--format", "gray8", "--protocol", "jpeg-stream"], 64, "jpeg"),
      (["--text", "A", "--size", "160x120", "--protocol", "raw:320x240:gray8"], 64, "--size"),
      (["--text", "A", "--corrupt", "nan"], 64, "--corrupt"),
      (["--text", "A", "--stall-every", "3"], 64, "--stall"),
      (["--text", "A", "--images", "0"], 64, "--images"),
      (["--text", "A", "--baud", "-1"], 64, "--baud"),
      (["--text", "A", "--patience", "0"], 64, "--patience"),
    ]
    for (arguments, status, words) in cases {
      let result = try await ScribeProcess.run(["simulate"] + arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(words), "\(arguments): \(result.errors)")
    }
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "text")
  }
}

extension Scratch {
  fileprivate func target(_ name: String) throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: path(name))
  }
}

import Foundation
import Glibc
import Images
import PortTestSupport
import Recording
import Testing

/// `record`, `replay`, `live` and `ports` as processes.
@Suite("Commands on a link", .startsPrograms) struct LinkCommandTests {
  /// The board's bytes in a recording.
  private func recordedBytes(_ path: String) throws -> [UInt8] {
    var reader = try RecordingReader(path: path)
    var bytes: [UInt8] = []
    while let event = try reader.nextEvent() {
      if case .bytes(let received, .received, _) = event { bytes += received }
    }
    return bytes
  }

  private func size(_ path: String) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
  }

  private let noise = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &+ $0 >> 3) }

  // MARK: Wrong options and missing things

  @Test(arguments: [
    ["live"], ["live", "--port"], ["live", "--port", "x", "--baud", "0"],
    ["live", "--port", "x", "--baud", "-9600"], ["live", "--port", "x", "--baud", "fast"],
    ["live", "--port", "x", "--baud", "99999999999999999999"],
    ["live", "--port", "x", "--images", "0"], ["live", "--port", "x", "--images", "many"],
    ["live", "--port", "x", "--protocol", "morse"],
    ["live", "--port", "x", "--protocol", "raw:0x0:gray8"],
    ["live", "--port", "x", "--record", "-"], ["live", "--port", "x", "--no-such-option"],
    ["record", "--port", "x"], ["record", "x.pcapng"],
    ["record", "--port", "x", "--seconds", "-1", "x.pcapng"],
    ["record", "--port", "x", "--seconds", "nan", "x.pcapng"],
    ["replay"], ["replay", "--speed", "double", "x.pcapng"], ["ports", "everything"],
  ])
  func nonsenseOptions(arguments: [String]) async throws {
    let scribe = try ScribeProcess(arguments)
    #expect(await scribe.exitCode() == 64)
    #expect(scribe.errors.contains("Error: "))
    #expect(scribe.output.isEmpty)
  }

  @Test func aMissingPort() async throws {
    let scratch = try Scratch()
    let scribe = try ScribeProcess(
      ["record", "--port", scratch.path("tty"), scratch.path("a.pcapng")])
    #expect(await scribe.exitCode() == 66)
    #expect(scribe.errors.hasPrefix("Error: there is no port \(scratch.path("tty"))."))
    #expect(scribe.errors.contains("'scribe ports' lists"))
    #expect(!FileManager.default.fileExists(atPath: scratch.path("a.pcapng")))
  }

  @Test func aFileThatIsNoRecording() async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    try Data("hello".utf8).write(to: scratch.folder.appending(path: "a.txt"))
    for (name, code) in [("a.txt", Int32(65)), ("missing", 66)] {
      let scribe = try ScribeProcess([
        "replay", "--model", model, "--reader", "glyphs", scratch.path(name),
      ])
      #expect(await scribe.exitCode() == code)
      #expect(scribe.errors.contains(scratch.path(name)))
    }
  }

  @Test func aMissingModel() async throws {
    let scribe = try ScribeProcess(["live", "--port", "-", "--model", "no-such-model"])
    #expect(await scribe.exitCode() == 66)
    #expect(scribe.errors.contains("no-such-model"))
  }

  // MARK: Recording

  /// The file's own blocks make it larger than its content, so its size alone shows nothing.
  private func holdsNoise(_ file: String) -> Bool {
    size(file) > noise.count && (try? recordedBytes(file))?.count ?? 0 >= noise.count
  }

  @Test func whatTheBoardSendsIsRecorded() async throws {
    let scratch = try Scratch()
    let board = try TestTerminal()
    let file = scratch.path("a.pcapng")
    let scribe = try ScribeProcess(["record", "--port", board.path, "--baud", "921600", file])
    #expect(await scribe.waits { $0.errors.contains("connected to \(board.path)") })
    board.send(noise)
    #expect(await scribe.waits { _ in holdsNoise(file) })
    scribe.signal(SIGINT)
    #expect(await scribe.exitCode() == 0)
    #expect(scribe.errors.contains("recorded \(noise.count) bytes"))
    #expect(try recordedBytes(file) == noise)

    // The file is kept, unless its user says otherwise.
    let again = try ScribeProcess(["record", "--port", board.path, file])
    #expect(await again.exitCode() == 73)
    #expect(again.errors.contains("--overwrite"))
    #expect(try recordedBytes(file) == noise)
  }

  @Test func aKilledRecordingKeepsEverything() async throws {
    let scratch = try Scratch()
    let board = try TestTerminal()
    let file = scratch.path("a.pcapng")
    let scribe = try ScribeProcess(["record", "--port", board.path, file])
    #expect(await scribe.waits { $0.errors.contains("connected") })
    board.send(noise)
    #expect(await scribe.waits { _ in holdsNoise(file) })
    scribe.signal(SIGKILL)
    #expect(await scribe.exitCode() == -SIGKILL)
    #expect(try recordedBytes(file) == noise)
  }

  @Test func aSecondReaderIsToldWhoHasThePort() async throws {
    let scratch = try Scratch()
    let board = try TestTerminal()
    let first = try ScribeProcess(["record", "--port", board.path, scratch.path("a.pcapng")])
    #expect(await first.waits { $0.errors.contains("connected") })
    let second = try ScribeProcess(["record", "--port", board.path, scratch.path("b.pcapng")])
    #expect(await second.exitCode() == 66)
    #expect(
      second.errors.contains("\(board.path) is in use by scribe (process \(first.processID))"))
    first.signal(SIGTERM)
    #expect(await first.exitCode() == 0)
  }

  @Test func aBoardThatComesBackIsRecordedOn() async throws {
    let scratch = try Scratch()
    let link = scratch.path("board")
    let file = scratch.path("a.pcapng")
    let board = try TestTerminal()
    symlink(board.path, link)
    let scribe = try ScribeProcess(["record", "--port", link, file])
    #expect(await scribe.waits { $0.errors.contains("connected to \(link)") })
    board.send([1, 2, 3])
    #expect(await scribe.waits { _ in (try? recordedBytes(file)) == [1, 2, 3] })
    // Removed first: another test's pseudo-terminal may take the number that gets free.
    unlink(link)
    board.hangUp()
    #expect(await scribe.waits { $0.errors.contains("disconnected: the device hung up") })
    let next = try TestTerminal()
    symlink(next.path, link)
    next.send([4])
    #expect(await scribe.waits { _ in (try? recordedBytes(file)) == [1, 2, 3, 4] })
    scribe.signal(SIGINT)
    #expect(await scribe.exitCode() == 0)
  }

  @Test func secondsEndARecording() async throws {
    let scratch = try Scratch()
    let board = try TestTerminal()
    let scribe = try ScribeProcess(
      ["record", "--port", board.path, "--seconds", "0.2", scratch.path("a.pcapng")])
    #expect(await scribe.exitCode() == 0)
  }

  // MARK: Reading

  /// Images of one shade: they hold no text, and it only matters that they arrive.
  private static let rawProtocol = "raw:32x24:gray8:sync=AA55AA55"

  private func rawImages(_ count: Int) -> [UInt8] {
    (0..<count).flatMap { index in
      [0xAA, 0x55, 0xAA, 0x55] + [UInt8](repeating: UInt8(200 + index % 50), count: 32 * 24)
    }
  }

  @Test func standardInputIsReadToItsEnd() async throws {
    let scratch = try Scratch()
    let scribe = try ScribeProcess(
      [
        "live", "--port", "-", "--protocol", Self.rawProtocol, "--json", "--model",
        try BlankModel.write(in: scratch),
      ],
      input: Data(rawImages(40)))
    #expect(await scribe.exitCode() == 0)
    // A file waits for its reader, so nothing is skipped.
    #expect(scribe.output.split(separator: "\n").count == 40)
    for (index, line) in scribe.output.split(separator: "\n").enumerated() {
      #expect(line.hasPrefix(#"{"source":"-","image":\#(index),"time":"20"#))
      #expect(line.contains(#"Z","width":32,"height":24,"text":"","lines":[],"milliseconds":"#))
    }
    #expect(scribe.errors.contains("40 images read"))
  }

  @Test func aReplayGivesWhatLiveGave() async throws {
    let scratch = try Scratch()
    let board = try TestTerminal()
    let file = scratch.path("a.pcapng")
    let model = try BlankModel.write(in: scratch)
    let live = try ScribeProcess(
      [
        "live", "--model", model, "--reader", "glyphs", "--port", board.path, "--protocol",
        Self.rawProtocol, "--json",
        "--images", "3",
        "--record", file,
      ])
    #expect(await live.waits { $0.errors.contains("connected") })
    for count in 1...3 {
      board.send(rawImages(1))
      #expect(await live.waits { $0.output.split(separator: "\n").count == count })
    }
    #expect(await live.exitCode() == 0)

    // Lines without the source and the time that reading took; the times of images are the recorded
    // ones.
    func texts(_ output: String) -> [String] {
      output.split(separator: "\n").map {
        String($0).replacing(#/"source":"[^"]*"|"milliseconds":[0-9.]+/#, with: "")
      }
    }
    for speed in ["max", "realtime"] {
      let replay = try ScribeProcess(
        ["replay", "--json", "--model", model, "--reader", "glyphs", "--speed", speed, file])
      #expect(await replay.exitCode() == 0)
      #expect(texts(replay.output) == texts(live.output))
    }

    // A file cut in its middle: the images before the cut are read, and the cut is reported.
    let whole = try Data(contentsOf: URL(filePath: file))
    let cut = scratch.path("cut.pcapng")
    try whole.prefix(whole.count / 2).write(to: URL(filePath: cut))
    let replay = try ScribeProcess([
      "replay", "--json", "--model", model, "--reader", "glyphs", cut,
    ])
    #expect(await replay.exitCode() == 0)
    #expect(replay.errors.contains("is cut off"))
    #expect((1...2).contains(replay.output.split(separator: "\n").count))
  }

  @Test func liveSeesTheBoardGoAndCome() async throws {
    let scratch = try Scratch()
    let link = scratch.path("board")
    let board = try TestTerminal()
    symlink(board.path, link)
    let live = try ScribeProcess(
      [
        "live", "--port", link, "--protocol", Self.rawProtocol, "--images", "2", "--model",
        try BlankModel.write(in: scratch),
      ])
    #expect(await live.waits { $0.errors.contains("connected") })
    board.send(rawImages(1))
    #expect(await live.waits { $0.output == "\n" })
    // Removed first: another test's pseudo-terminal may take the number that gets free.
    unlink(link)
    board.hangUp()
    #expect(await live.waits { $0.errors.contains("disconnected") })
    let next = try TestTerminal()
    symlink(next.path, link)
    next.send(rawImages(1))
    #expect(await live.exitCode() == 0)
    #expect(live.output == "\n\n")
  }

  @Test func portsAreLinesOfJSON() async throws {
    let scribe = try ScribeProcess(["ports", "--json"])
    #expect(await scribe.exitCode() == 0)
    for line in scribe.output.split(separator: "\n") {
      let port = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      #expect((port?["port"] as? String)?.hasPrefix("/dev/") == true)
    }
  }
}

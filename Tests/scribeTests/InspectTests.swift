import Foundation
import PortTestSupport
import Recording
import Testing

/// `inspect`, `import` and replays of dumps as processes.
@Suite(.serialized, .startsPrograms) struct InspectTests {
  /// The figures of `inspect --json` that tests look at.
  private struct Figures: Decodable {
    struct Images: Decodable {
      let intact: Int
      let damaged: Int
      let lost: [String: Int]
      let shapes: [String: Int]
    }
    struct Packets: Decodable {
      let received: Int
      let missing: Int
      let types: [String: Int]
    }
    struct Bytes: Decodable {
      let payload: Int
      let overhead: Int
      let console: Int
      let pending: Int
      let dropped: [String: Int]
    }
    struct Damage: Decodable, Equatable {
      let reason: String
      let offset: Int
      let bytes: Int
    }
    struct Series: Decodable {
      let secondsEach: Double
      let bytes: [Int]
    }
    let file: String
    let kind: String
    let fileBytes: Int
    let baud: Int?
    let `protocol`: String
    let seconds: Double?
    let received: Int
    let bytesPerSecond: Double?
    let connections: Int
    let hangUps: Int
    let images: Images
    let bytes: Bytes
    let packets: Packets
    let damagedParts: Int
    let damagedBytes: Int
    let damage: [Damage]
    let throughput: Series
  }

  private func inspect(_ arguments: [String]) async throws -> [Figures] {
    let result = try await ScribeProcess.run(["inspect", "--json"] + arguments)
    #expect(result.status == 0, "\(result.errors)")
    return try result.lines.map { try JSONDecoder().decode(Figures.self, from: Data($0.utf8)) }
  }

  /// Three images of a simulated board, recorded.
  private func record(
    in scratch: Scratch, simulate: [String] = [], record: [String] = []
  ) async throws -> String {
    let file = scratch.path("a.pcapng")
    let board = try await ScribeProcess.board(
      scratch,
      [
        "--image", BoardImages.path("clean_000.png"), "--size", "160x120", "--images", "3",
        "--baud", "921600",
      ] + simulate)
    let recorder = try await ScribeProcess.run(
      ["record", "--no-reconnect", "--baud", "921600", "--port", scratch.path("board"), file]
        + record)
    #expect(recorder.status == 0, "\(recorder.errors)")
    #expect(await board.exitCode() == 0)
    return file
  }

  /// The times at which bytes came or went, and those at which they came.
  private func times(
    _ path: String
  ) throws -> (all: ClosedRange<UInt64>, received: ClosedRange<UInt64>) {
    var reader = try RecordingReader(path: path)
    var all: [UInt64] = []
    var received: [UInt64] = []
    while let event = try reader.nextEvent() {
      guard case .bytes(_, let direction, let time) = event else { continue }
      all.append(time)
      if direction == .received { received.append(time) }
    }
    func range(_ times: [UInt64]) throws -> ClosedRange<UInt64> {
      try #require(times.min())...(try #require(times.max()))
    }
    return (try range(all), try range(received))
  }

  private func rawBytes(_ path: String) throws -> [UInt8] {
    var reader = try RecordingReader(path: path)
    var bytes: [UInt8] = []
    while let event = try reader.nextEvent() {
      if case .bytes(let received, .received, _) = event { bytes += received }
    }
    return bytes
  }

  /// Offsets of a recording's blocks of received bytes: enhanced packet blocks of interface 0.
  private func rawBlocks(of file: [UInt8]) -> [Int] {
    func number(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(file[at + $1]) << (8 * $1) } }
    var starts: [Int] = []
    var at = 0
    while at + 28 <= file.count, number(at + 4) >= 12 {
      if number(at) == 6, number(at + 8) == 0, number(at + 20) > 100 { starts.append(at) }
      at += number(at + 4)
    }
    return starts
  }

  private func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
    try Data(bytes).write(to: URL(filePath: path))
  }

  @Test func everythingIsCounted() async throws {
    let scratch = try Scratch()
    let file = try await record(in: scratch)
    let figures = try #require(try await inspect([file]).first)
    #expect(figures.kind == "recording" && figures.file == file)
    #expect(figures.fileBytes == (try Data(contentsOf: URL(filePath: file)).count))
    #expect(figures.baud == 921_600 && figures.protocol == "scribe")
    #expect(figures.images.intact == 3 && figures.images.damaged == 0)
    #expect(figures.images.lost.isEmpty)
    #expect(figures.images.shapes == ["160x120 gray8": 3])
    #expect(figures.bytes.payload == 3 * 160 * 120)
    #expect(figures.received == (try rawBytes(file)).count)
    #expect(
      figures.received == figures.bytes.payload + figures.bytes.overhead + figures.bytes.console
        + figures.bytes.pending + figures.bytes.dropped.values.reduce(0, +))
    let types = figures.packets.types
    #expect(types["BEGIN"] == 3 && types["END"] == 3 && (types["HELLO"] ?? 0) >= 1)
    #expect(types.values.reduce(0, +) == figures.packets.received)
    #expect(figures.packets.missing == 0)
    #expect(figures.connections == 1 && figures.hangUps == 1)
    #expect(figures.damagedParts == 0 && figures.damage.isEmpty)
    // From the first byte to the last of either direction; the rate is that of the received bytes.
    let times = try times(file)
    let seconds = try #require(figures.seconds)
    #expect(abs(seconds - Double(times.all.upperBound - times.all.lowerBound) / 1e9) < 1e-5)
    let rate = try #require(figures.bytesPerSecond)
    let length = Double(times.received.upperBound - times.received.lowerBound) / 1e9
    #expect(abs(rate * length - Double(figures.received)) < 0.01 * Double(figures.received))
    #expect(figures.throughput.bytes.reduce(0, +) == figures.received)
    #expect(figures.throughput.secondsEach > 0)
  }

  @Test func lossesHaveTheirCauses() async throws {
    let scratch = try Scratch()
    let file = try await record(
      in: scratch, simulate: ["--corrupt", "0.0005", "--chatter", "--seed", "3"])
    let figures = try #require(try await inspect([file]).first)
    #expect(figures.images.damaged > 0)
    #expect(figures.packets.missing > 0)
    #expect((figures.bytes.dropped["bad checksum"] ?? 0) > 0)
    let text = try await ScribeProcess.run(["inspect", file])
    #expect(text.output.contains("\(figures.images.damaged) damaged"))
    #expect(text.output.contains("\(figures.packets.missing) missing"))
    #expect(text.output.contains("bad checksum"))
  }

  @Test func textAndPlotFitTheLocale() async throws {
    let scratch = try Scratch()
    let file = try await record(in: scratch)
    for (locale, isASCII) in [("C", true), ("de_DE.UTF-8", false), ("C.utf8", false)] {
      let scribe = try ScribeProcess(
        ["inspect", file, file], environment: ["LC_ALL": locale, "NO_COLOR": "1"])
      let result = await scribe.result()
      #expect(result.status == 0)
      #expect(result.lines.filter { $0 == file }.count == 2)
      #expect(result.output.contains("3 intact, 0 damaged, 0 lost"))
      #expect(result.output.contains("SLICE"))
      #expect(result.output.contains("kB/s"))
      #expect(result.output.utf8.allSatisfy { $0 < 0x80 } == isASCII)
      #expect(result.output.contains(isASCII ? "#" : "█"))
      for line in result.lines.dropFirst() where !line.contains("/") {
        #expect(line.count <= 120)
      }
    }
  }

  @Test func cutAndDamagedFilesAreTold() async throws {
    let scratch = try Scratch()
    let file = try await record(in: scratch)
    var bytes = Array(try Data(contentsOf: URL(filePath: file)))
    let cut = scratch.path("cut.pcapng")
    try write(bytes[..<(bytes.count * 2 / 3)], to: cut)
    // The start of a block of raw bytes, in the middle of the file. Lengths of blocks vary with the
    // times of reads.
    let middle = try #require(rawBlocks(of: bytes).first { $0 >= bytes.count / 2 })
    for index in middle..<min(middle + 400, bytes.count) { bytes[index] = 0xA5 }
    let damaged = scratch.path("damaged.pcapng")
    try write(bytes, to: damaged)

    let figures = try await inspect([cut, damaged])
    #expect(figures.count == 2)
    #expect(figures[0].damage.last.map { $0.reason == "cutOff" } != false)
    #expect(figures[0].images.intact < 3)
    let part = try #require(figures[1].damage.first)
    #expect(part.offset <= middle && part.offset + part.bytes > middle)
    #expect(figures[1].damagedBytes >= 400)
    #expect((1...2).contains(figures[1].images.intact))
    let text = try await ScribeProcess.run(["inspect", damaged])
    #expect(text.output.contains("skipped \(part.bytes) bytes at \(part.offset)"))

    // A copy without the damage has the same content and is whole.
    let whole = scratch.path("whole.pcapng")
    let imported = try await ScribeProcess.run(["import", damaged, whole])
    #expect(imported.status == 0, "\(imported.errors)")
    #expect(imported.errors.contains("damaged: skipped \(part.bytes) bytes at \(part.offset)"))
    #expect(try rawBytes(whole) == rawBytes(damaged))
    let repaired = try #require(try await inspect([whole]).first)
    #expect(repaired.damagedParts == 0)
    #expect(repaired.images.intact == figures[1].images.intact)
    #expect(repaired.received == figures[1].received)
    #expect(repaired.baud == 921_600 && repaired.hangUps == figures[1].hangUps)
  }

  @Test func dumpsBecomeRecordings() async throws {
    let scratch = try Scratch()
    let file = try await record(in: scratch, record: ["--no-packets"])
    let content = try rawBytes(file)
    let dump = scratch.path("minicom.cap")
    try write(content, to: dump)

    // A file counts as a dump only where the user says so.
    for command in ["inspect", "replay"] {
      let refused = try await ScribeProcess.run([command, dump])
      #expect(refused.status == 65)
      #expect(refused.errors.contains("--protocol"))
    }
    let bare = try #require(try await inspect(["--protocol", "scribe", dump]).first)
    #expect(bare.kind == "dump" && bare.images.intact == 3 && bare.seconds == nil)

    let recording = scratch.path("b.pcapng")
    let imported = try await ScribeProcess.run(["import", "--baud", "115200", dump, recording])
    #expect(imported.status == 0, "\(imported.errors)")
    #expect(imported.errors.contains("a dump at 115200 baud"))
    #expect(try rawBytes(recording) == content)
    let figures = try #require(try await inspect([recording]).first)
    #expect(figures.kind == "recording" && figures.baud == 115_200)
    #expect(figures.images.intact == 3)
    let seconds = Double(content.count) * 10 / 115_200
    #expect(abs((figures.seconds ?? 0) - seconds) < 0.05)

    // The same comes from a pipe, but for the time.
    let piped = try ScribeProcess(
      ["inspect", "--json", "--protocol", "scribe", "-"], input: Data(content))
    #expect(await piped.exitCode() == 0)
    #expect(piped.output.contains(#""intact":3"#))
  }

  @Test func aDumpIsReplayed() async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    let dump = scratch.path("dump.bin")
    try write(
      (0..<5).flatMap { _ in [0xAA, 0x55] + [UInt8](repeating: 200, count: 32 * 24) }, to: dump)
    for speed in ["max", "realtime"] {
      let replay = try await ScribeProcess.run([
        "replay", "--json", "--model", model, "--reader", "glyphs", "--protocol",
        "raw:32x24:gray8:sync=AA55", "--speed", speed, dump,
      ])
      #expect(replay.status == 0, "\(replay.errors)")
      #expect(replay.lines.count == 5)
      #expect(replay.errors.contains("is no recording: taken as bare bytes"))
    }
  }

  @Test func whatCannotBe() async throws {
    let scratch = try Scratch()
    let empty = scratch.path("empty")
    try write([], to: empty)
    let file = try await record(in: scratch)
    let cases: [([String], Int32, String)] = [
      (["inspect"], 64, "files"),
      (["inspect", scratch.path("missing")], 66, "missing"),
      (["inspect", empty], 65, "is not a recording"),
      (["inspect", "--protocol", "scribe", empty], 65, "is not a recording"),
      (["inspect", "--protocol", "morse", file], 64, "morse"),
      (["import", file], 64, "output"),
      (["import", "--baud", "0", file, scratch.path("b")], 64, "baud"),
      (["import", scratch.path("missing"), scratch.path("b")], 66, "missing"),
      (["import", file, file], 73, "exists already"),
      (["import", "--overwrite", file, file], 73, "exists already"),
      (["import", file, scratch.path("no/b")], 73, "cannot create"),
      (["import", file, "/dev/full"], 73, "exists already"),
      (["import", "--overwrite", file, "/dev/full"], 74, "No space left"),
    ]
    for (arguments, status, words) in cases {
      let result = try await ScribeProcess.run(arguments)
      #expect(result.status == status, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(words), "\(arguments): \(result.errors)")
    }
    // One bad file doesn't hide the others.
    let both = try await ScribeProcess.run(["inspect", "--json", scratch.path("missing"), file])
    #expect(both.status == 66)
    #expect(both.lines.count == 1)
  }

  /// The script that kills two hundred recorders, with only a few. It reports how many milliseconds
  /// of bytes were on their way, which a busy machine changes.
  @Test(.enabled(if: Program.isInstalled("python3"), "python3 is not installed"))
  func killedRecordersLoseNothing() async throws {
    let scratch = try Scratch()
    let log = scratch.path("kill.txt")
    try Data().write(to: URL(filePath: log))
    let output = try FileHandle(forWritingTo: URL(filePath: log))
    let process = try withExtendedLifetime(output) {
      try ChildProcess(
        "/usr/bin/env",
        [
          "python3", BoardImages.repository.appending(path: "scripts/link/recording/kill").path,
          try ScribeProcess.program().path, "--kills", "5", "--keep", scratch.folder.path,
        ], output: output.fileDescriptor, errors: output.fileDescriptor)
    }
    // Five recorders, and three readers of each file that they leave.
    for _ in 0..<5 where await !waits(for: { !process.isRunning }) {}
    let text = try String(contentsOfFile: log, encoding: .utf8)
    #expect(process.ending == 0, "\(text)")
    #expect(text.contains("5 kills"))
    print(text)
  }
}

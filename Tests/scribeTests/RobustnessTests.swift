import Foundation
import Glibc
import PortTestSupport
import Recording
import Testing

/// Cases that nobody plans: readers of the output that stall or leave, and Ctrl-C at any moment.
@Suite("A host that can't be broken", .serialized, .startsPrograms) struct RobustnessTests {
  private static let rawProtocol = "raw:32x24:gray8:sync=AA55AA55"
  private static let imageBytes = 4 + 32 * 24

  /// Images with all kinds of bytes in them.
  private func rawImages(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * Self.imageBytes)
    var state: UInt32 = 1
    for _ in 0..<count {
      bytes += [0xAA, 0x55, 0xAA, 0x55]
      for _ in 0..<32 * 24 {
        state = state &* 1_664_525 &+ 1_013_904_223
        bytes.append(UInt8(truncatingIfNeeded: state >> 24))
      }
    }
    return bytes
  }

  /// A recording's bytes from the board.
  private func recorded(_ path: String) throws -> (bytes: [UInt8], isWhole: Bool) {
    var reader = try RecordingReader(path: path)
    var bytes: [UInt8] = []
    var isWhole = true
    while let event = try reader.nextEvent() {
      switch event {
      case .bytes(let received, .received, _): bytes += received
      case .damaged: isWhole = false
      default: break
      }
    }
    return (bytes, isWhole)
  }

  private func size(_ path: String) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
  }

  /// A pipe that is full, or soon is, and whose reader reads nothing.
  private final class StalledPipe {
    private(set) var reader: CInt
    let writer: FileHandle

    init(isFull: Bool = true) throws {
      var ends: [CInt] = [-1, -1]
      try #require(pipe(&ends) == 0)
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
      let filling = [UInt8](repeating: 0x2E, count: 4_096)
      while isFull, write(ends[1], filling, filling.count) > 0 {}
      _ = fcntl(ends[1], F_SETFL, 0)
      reader = ends[0]
      writer = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    }

    func closeReader() {
      if reader >= 0 { close(reader) }
      reader = -1
    }

    deinit { closeReader() }
  }

  // MARK: Slow consumers

  /// `scribe live | sleep 60`, also with its messages in the same pipe: the recording gets every
  /// byte all the same, far more than waits in memory for reading.
  @Test(arguments: [false, true])
  func aStalledReaderCostsTheRecordingNothing(messagesToo: Bool) async throws {
    let scratch = try Scratch()
    let board = try TestTerminal()
    let stalled = try StalledPipe()
    let file = scratch.path("a.pcapng")
    let live = try ScribeProcess(
      [
        "live", "--port", board.path, "--protocol", Self.rawProtocol, "--json", "--model",
        try BlankModel.write(in: scratch), "--reader", "glyphs", "--record", file,
      ], standardOutput: stalled.writer, standardError: messagesToo ? stalled.writer : nil)
    #expect(await live.waits { _ in size(file) > 0 })
    let sent = rawImages(12_000)
    try await inThread { board.send(sent) }
    // The file's own blocks make it larger than its content, so its size alone shows nothing.
    #expect(
      await live.waits { _ in
        size(file) > sent.count && (try? recorded(file))?.bytes.count ?? 0 >= sent.count
      })
    #expect(try recorded(file).bytes == sent)

    live.signal(SIGINT)
    #expect(await live.exitCode() == -SIGINT)
    let result = try recorded(file)
    #expect(result.bytes == sent && result.isWhole)
  }

  /// `scribe live | head -1`.
  @Test func aReaderThatLeavesEndsItQuietly() async throws {
    let scratch = try Scratch()
    let board = try TestTerminal()
    let pipe = try StalledPipe()
    let live = try ScribeProcess(
      [
        "live", "--port", board.path, "--protocol", Self.rawProtocol, "--json", "--model",
        try BlankModel.write(in: scratch), "--reader", "glyphs",
      ], standardOutput: pipe.writer)
    #expect(await live.waits { $0.errors.contains("connected") })
    board.send(rawImages(2))
    try await Task.sleep(for: .milliseconds(100))
    pipe.closeReader()
    try pipe.writer.close()
    board.send(rawImages(2))
    #expect(await live.exitCode() == 0)
    #expect(!live.errors.contains("Error"), "\(live.errors)")
  }

  @Test func aReaderOfARecordingThatLeavesEndsItQuietly() async throws {
    let board = try TestTerminal()
    let pipe = try StalledPipe()
    let record = try ScribeProcess(
      ["record", "--port", board.path, "-"], standardOutput: pipe.writer)
    // The header no longer fits the pipe, and the reader leaves.
    try await Task.sleep(for: .milliseconds(200))
    pipe.closeReader()
    try pipe.writer.close()
    board.send([1, 2, 3])
    #expect(await record.exitCode() == 0)
    #expect(!record.errors.contains("Error"), "\(record.errors)")
  }

  // MARK: Ctrl-C

  /// Every signal that ends the program is answered with a summary.
  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func eachSignalIsAnsweredWithASummary(
    number: Int32
  ) async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    let live = ["--json", "--model", model, "--reader", "glyphs"]
    let board = try TestTerminal()
    let file = scratch.path("a.pcapng")
    let record = try ScribeProcess([
      "record", "--port", board.path, "--protocol", Self.rawProtocol, file,
    ])
    #expect(await record.waits { $0.errors.contains("connected") })
    let images = rawImages(4)
    board.send(images)
    #expect(await record.waits { _ in (try? recorded(file))?.bytes.count == images.count })
    record.signal(number)
    #expect(await record.exitCode() == 0)
    board.hangUp()
    #expect(record.errors.contains("recorded \(images.count) bytes"))

    let next = try TestTerminal()
    let reader = try ScribeProcess(
      ["live", "--port", next.path, "--protocol", Self.rawProtocol] + live)
    #expect(await reader.waits { $0.errors.contains("connected") })
    next.send(images)
    #expect(await reader.waits { $0.output.split(separator: "\n").count >= 1 })
    reader.signal(number)
    #expect(await reader.exitCode() == 0)
    next.hangUp()
    #expect(reader.errors.contains(" read; "), "\(reader.errors)")
  }

  /// If nobody takes the output, the signal ends the program, and the summary comes all the same.
  @Test(arguments: [SIGINT, SIGTERM]) func aStalledOutputHoldsBackNoSummary(
    number: Int32
  ) async throws {
    let scratch = try Scratch()
    let dump = scratch.path("dump")
    try Data(rawImages(200)).write(to: URL(filePath: dump))
    let stalled = try StalledPipe()
    let replay = try ScribeProcess(
      [
        "replay", "--protocol", Self.rawProtocol, "--json", "--model",
        try BlankModel.write(in: scratch), "--reader", "glyphs", dump,
      ], standardOutput: stalled.writer)
    #expect(await replay.waits { $0.errors.contains("taken as bare bytes") })
    // On a busy machine it may not be at its output yet: then it ends in order.
    try await Task.sleep(for: .milliseconds(500))
    replay.signal(number)
    let ending = await replay.exitCode()
    #expect(ending == -number || ending == 0)
    #expect(replay.errors.contains(" read; "), "\(replay.errors)")

    let board = try TestTerminal()
    let filling = try StalledPipe(isFull: false)
    let record = try ScribeProcess(
      ["record", "--port", board.path, "-"], standardOutput: filling.writer)
    #expect(await record.waits { $0.errors.contains("connected") })
    let images = rawImages(400)
    try await inThread { board.send(images) }
    record.signal(number)
    let end = await record.exitCode()
    #expect(end == -number || end == 0)
    board.hangUp()
    #expect(record.errors.contains("recorded "), "\(record.errors)")
  }

  /// A program that is started to outlive its terminal does.
  @Test func aHangUpThatIsIgnoredStaysIgnored() async throws {
    let scratch = try Scratch()
    let board = try TestTerminal()
    let output = scratch.path("out")
    let live = try ChildProcess(
      "/bin/sh",
      [
        "-c", #"trap '' HUP; exec "$0" "$@" > "$OUT" 2> "$OUT.err""#,
        ScribeProcess.program().path, "live", "--port", board.path, "--protocol", Self.rawProtocol,
        "--json", "--model", try BlankModel.write(in: scratch), "--reader", "glyphs",
      ], environment: ["OUT": output])
    func text(_ path: String) -> String {
      (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
    #expect(await waits { text(output + ".err").contains("connected") })
    live.signal(SIGHUP)
    // There is time to end, for a program that would.
    try await Task.sleep(for: .milliseconds(300))
    board.send(rawImages(2))
    #expect(await waits { text(output).contains("\n") || !live.isRunning })
    #expect(live.isRunning)
    live.signal(SIGTERM)
    #expect(await waits { !live.isRunning })
    #expect(live.ending == 0)
    board.hangUp()
  }

  /// While nobody takes the output, the orderly end can't come; a second signal does not wait for
  /// it.
  @Test func theSecondSignalEndsAtOnce() async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    // The wait for an orderly end stops as the first signal says, and may be over before a busy
    // machine handles the second; so may the end, if the program isn't at its output yet. If second
    // signals had no effect, it always would be.
    var endings: [Int32?] = []
    while endings.count < 10, !endings.contains(-SIGTERM) {
      let board = try TestTerminal()
      let stalled = try StalledPipe()
      let live = try ScribeProcess(
        [
          "live", "--port", board.path, "--protocol", Self.rawProtocol, "--json", "--model", model,
          "--reader", "glyphs",
        ], standardOutput: stalled.writer)
      #expect(await live.waits { $0.errors.contains("connected") })
      board.send(rawImages(10))
      try await Task.sleep(for: .milliseconds(100))
      live.signal(SIGINT)
      // If two signals wait, the handler of the later one runs first.
      try await Task.sleep(for: .milliseconds(50))
      live.signal(SIGTERM)
      endings.append(await live.exitCode())
    }
    #expect(endings.last == -SIGTERM)
    #expect(endings.dropLast().allSatisfy { $0 == -SIGINT || $0 == 0 }, "\(endings)")
  }

  /// A hundred times, from before the program has begun to well into its work, with a board that
  /// keeps sending: each run ends, and leaves an undamaged recording.
  @Test func ctrlCAtAnyMomentEndsSoonAndLeavesAWholeRecording() async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    let images = rawImages(300)
    var random = SystemRandomNumberGenerator()
    var orderly = 0
    var recordings = 0
    for round in 0..<100 {
      let board = try TestTerminal()
      let master = board.master
      _ = fcntl(master, F_SETFL, O_NONBLOCK)
      let stalled = round % 3 == 0 ? try StalledPipe() : nil
      let file = scratch.path("\(round).pcapng")
      let arguments =
        round % 2 == 0
        ? [
          "live", "--port", board.path, "--protocol", Self.rawProtocol, "--json", "--model", model,
          "--reader", "glyphs", "--record", file,
        ] : ["record", "--port", board.path, file]
      let scribe = try ScribeProcess(arguments, standardOutput: stalled?.writer)
      let milliseconds = Int.random(in: 0..<250, using: &random)
      // On a busy machine most would get the signal before they have begun.
      if round % 4 < 2 { #expect(await scribe.waits { _ in size(file) > 0 }) }
      let clock = ContinuousClock()
      let start = clock.now
      var at = 0
      while clock.now - start < .milliseconds(milliseconds) {
        let count = images[at...].withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
        at = count > 0 ? (at + count) % images.count : at
        try await Task.sleep(for: .milliseconds(1))
      }
      scribe.signal(SIGINT)
      let status = await scribe.exitCode()
      #expect(
        status == 0 || status == -SIGINT,
        "round \(round), \(milliseconds) ms: \(String(describing: status)) \(scribe.errors)")
      if status == 0 { orderly += 1 }
      guard FileManager.default.fileExists(atPath: file), size(file) > 0 else { continue }
      recordings += 1
      let result = try recorded(file)
      #expect(result.isWhole, "round \(round), \(milliseconds) ms")
      // The bytes recorded are those sent, from the first byte on.
      let isSame = result.bytes.indices.allSatisfy { result.bytes[$0] == images[$0 % images.count] }
      #expect(isSame, "round \(round), \(milliseconds) ms")
    }
    // Otherwise the moments were all alike.
    #expect(orderly > 10 && recordings >= 50, "\(orderly) orderly, \(recordings) recordings")
  }

  /// A bridge that does not answer doesn't delay the end.
  @Test func ctrlCWhileConnecting() async throws {
    let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(listener) }
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let made = withUnsafeMutablePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    try #require(made && listen(listener, 0) == 0)
    // Nobody accepts, and soon nobody answers.
    let port = UInt16(bigEndian: place.sin_port)
    var others: [CInt] = []
    defer { for other in others { close(other) } }
    for _ in 0..<4 {
      let other = socket(
        AF_INET,
        CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
      others.append(other)
      withUnsafePointer(to: &place) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          _ = connect(other, $0, size)
        }
      }
    }
    let scribe = try ScribeProcess(["live", "--port", "tcp:127.0.0.1:\(port)"])
    try await Task.sleep(for: .milliseconds(500))
    #expect(scribe.isRunning)
    scribe.signal(SIGINT)
    // If connecting itself had ended, there would be an error's exit code.
    #expect(await scribe.exitCode() == -SIGINT)
  }
}

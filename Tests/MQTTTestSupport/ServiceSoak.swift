import Foundation
import Glibc
import PortTestSupport

/// The program itself as a service: a simulated board whose port and a broker that go and come. The
/// memory must be flat, the log short, and the newest must be at the broker.
public struct ServiceSoak: Sendable, CustomStringConvertible {
  public private(set) var images = 0
  public private(set) var logLines = 0
  public private(set) var hangUps = 0
  public private(set) var outages = 0
  public private(set) var memory = SoakMemory()
  public private(set) var failures: [String] = []

  /// - Parameters:
  ///   - scribe: the program.
  ///   - pictures: what the board sees, in turns.
  ///   - images: how many images it sends, ten a second.
  /// - Returns: the account.
  /// - Throws: `TestFailure`.
  public static func run(
    scribe: String, pictures: [String], images: Int
  ) async throws -> ServiceSoak {
    var soak = ServiceSoak()
    soak.images = images
    let broker = try await TestBroker()
    let link = broker.folder.appending(path: "board").path
    let log = broker.folder.appending(path: "live.log").path
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    let errors = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    defer {
      close(nothing)
      close(errors)
    }
    let board = try ChildProcess(
      scribe,
      [
        "simulate", "--link", link, "--patience", "180", "--baud", "0", "--rate", "10", "--images",
        "\(images)", "--hang-up-every", "\(max(10, images / 10))",
      ] + pictures.flatMap { ["--image", $0] }, output: nothing, errors: nothing)
    _ = await waits { FileManager.default.fileExists(atPath: link) || !board.isRunning }
    let live = try ChildProcess(
      scribe,
      [
        "live", "--port", link, "--json", "--mqtt", broker.address, "--mqtt-name", "meter",
        "--mqtt-every", "0",
      ], output: nothing, errors: errors)
    var client: TestClient? = try await TestClient(broker, filter: "serialscribe/#")
    let part = max(20, images / 20)
    var ticks = 0
    while board.isRunning, live.isRunning {
      try await Task.sleep(for: .milliseconds(100))
      soak.memory.note(live.processID)
      ticks += 1
      if ticks % (4 * part) == 2 * part {
        client = nil
        await broker.stop()
        soak.outages += 1
      } else if ticks % (4 * part) == 3 * part {
        try await broker.start()
        client = try await TestClient(broker, filter: "serialscribe/#")
      }
    }
    if client == nil {
      try await broker.start()
      client = try await TestClient(broker, filter: "serialscribe/#")
    }
    if !live.isRunning { soak.failures.append("live ended by itself") }
    if await client?.waits(for: "serialscribe/meter/state") == nil {
      soak.failures.append("nothing came to the broker")
    }
    live.signal(SIGINT)
    if await client?.waits(for: "serialscribe/meter/status", where: { $0.text == "offline" }) == nil
    {
      soak.failures.append("the end was not told")
    }
    _ = await waits { !live.isRunning }
    if live.ending != 0 { soak.failures.append("live ended with \(live.ending ?? -1)") }
    let lines = ((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").split(separator: "\n")
    soak.logLines = lines.count
    soak.hangUps = lines.count { $0.hasPrefix("disconnected") }
    if soak.hangUps == 0 { soak.failures.append("the board never hung up") }
    if !soak.memory.isFlat { soak.failures.append("the memory grew") }
    // Connecting, hanging up and descriptions of the board; the broker's going and coming.
    if soak.logLines > 30 + 6 * soak.hangUps + 4 * soak.outages {
      soak.failures.append("the log has \(soak.logLines) lines")
    }
    return soak
  }

  public var description: String {
    let lines = [
      "\(images) images, \(hangUps) hang-ups, \(outages) outages of the broker; a log of "
        + "\(logLines) lines", memory.words,
    ]
    return (lines + failures.map { "FAILED: \($0)" }).joined(separator: "\n")
  }
}

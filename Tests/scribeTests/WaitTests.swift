import Foundation
import Glibc
import PortTestSupport
import Testing

/// `--wait`: ports that come later.
@Suite(.startsPrograms) struct WaitTests {
  private static let rawProtocol = "raw:32x24:gray8:sync=AA55AA55"
  private static let images = (0..<3).flatMap { _ in
    [0xAA, 0x55, 0xAA, 0x55] + [UInt8](repeating: 200, count: 32 * 24)
  }

  private func live(_ scratch: Scratch, _ ports: [String], images: Int = 1) throws -> ScribeProcess
  {
    try ScribeProcess(
      [
        "live", "--wait", "--protocol", Self.rawProtocol, "--images", "\(images)", "--model",
        try BlankModel.write(in: scratch), "--reader", "glyphs",
      ] + ports.flatMap { ["--port", $0] })
  }

  @Test func liveReadsAPortThatComesLater() async throws {
    let scratch = try Scratch()
    let link = scratch.path("board")
    let scribe = try live(scratch, [link])
    #expect(
      await scribe.waits { $0.errors.contains("waiting for \(link), which is not there yet") })
    // A few looks more, each of them in silence.
    try await Task.sleep(for: .milliseconds(500))
    #expect(scribe.isRunning)
    let board = try TestTerminal()
    symlink(board.path, link)
    #expect(await scribe.waits { $0.errors.contains("connected to \(link)") })
    board.send(Self.images)
    #expect(await scribe.exitCode() == 0)
    board.hangUp()
    #expect(scribe.output == "\n")
    #expect(scribe.errors.components(separatedBy: "waiting").count == 2, "\(scribe.errors)")
  }

  /// A link that leads nowhere until its board starts.
  @Test func recordKeepsAPortThatComesLater() async throws {
    let scratch = try Scratch()
    let link = scratch.path("board")
    let file = scratch.path("a.pcapng")
    symlink(scratch.path("nothing"), link)
    let scribe = try ScribeProcess(["record", "--wait", "--port", link, file])
    #expect(
      await scribe.waits {
        $0.errors.contains("\(link), which points to \(scratch.path("nothing"))")
      })
    #expect(!FileManager.default.fileExists(atPath: file))
    let board = try TestTerminal()
    symlink(board.path, scratch.path("nothing"))
    #expect(await scribe.waits { $0.errors.contains("connected to \(link)") })
    board.send([1, 2, 3])
    #expect(
      await scribe.waits { _ in
        (try? Data(contentsOf: URL(filePath: file)))?.range(of: Data([1, 2, 3])) != nil
      })
    scribe.signal(SIGTERM)
    #expect(await scribe.exitCode() == 0)
    board.hangUp()
    #expect(scribe.errors.contains("recorded 3 bytes"))
  }

  @Test func severalAreWaitedFor() async throws {
    let scratch = try Scratch()
    let boards = [try TestTerminal(), try TestTerminal()]
    let links = ["a", "b"].map { scratch.path($0) }
    symlink(boards[0].path, links[0])
    let scribe = try live(scratch, links)
    #expect(await scribe.waits { $0.errors.contains("waiting for \(links[1])") })
    symlink(boards[1].path, links[1])
    for link in links {
      #expect(await scribe.waits { $0.errors.contains("connected to \(link)") })
    }
    for board in boards { board.send(Self.images) }
    #expect(await scribe.exitCode() == 0)
    // Not before: a board that nobody mentions again would hang up.
    for board in boards { board.hangUp() }
  }

  /// A bridge that is still off.
  @Test func aSocketIsWaitedFor() async throws {
    let scratch = try Scratch()
    let path = scratch.path("s")
    let scribe = try live(scratch, ["unix:\(path)"])
    #expect(
      await scribe.waits { $0.errors.contains("waiting for unix:\(path), which does not answer") })
    let listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(listener) }
    var place = sockaddr_un()
    place.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let isMade = withUnsafePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    try #require(isMade && listen(listener, 1) == 0)
    let images = Self.images
    let connection = try await inThread {
      let connection = accept(listener, nil, nil)
      _ = images.withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
      return connection
    }
    #expect(await scribe.exitCode() == 0)
    close(connection)
    #expect(scribe.output == "\n")
  }

  @Test(arguments: [SIGINT, SIGTERM], ["live", "record"])
  func aSignalEndsTheWait(number: Int32, command: String) async throws {
    let scratch = try Scratch()
    let file = command == "record" ? [scratch.path("a.pcapng")] : []
    let scribe = try ScribeProcess([command, "--wait", "--port", scratch.path("board")] + file)
    #expect(await scribe.waits { $0.errors.contains("waiting for") })
    scribe.signal(number)
    #expect(await scribe.exitCode() == 0)
    #expect(scribe.errors.contains("ended before \(scratch.path("board")) was there"))
    #expect(!FileManager.default.fileExists(atPath: scratch.path("a.pcapng")))
  }

  /// A port that will not come by itself is an error at once.
  @Test func whatWaitingDoesNotMendIsTold() async throws {
    let scratch = try Scratch()
    for (port, code) in [(scratch.folder.path, Int32(66)), ("tcp:nowhere", 64)] {
      let scribe = try ScribeProcess(["live", "--wait", "--port", port])
      #expect(await scribe.exitCode() == code, "\(scribe.errors)")
    }
    try Data().write(to: scratch.folder.appending(path: "a.pcapng"))
    let record = try ScribeProcess([
      "record", "--wait", "--port", scratch.path("board"), scratch.path("a.pcapng"),
    ])
    #expect(await record.exitCode() == 73)
    #expect(!record.errors.contains("waiting"))
  }
}

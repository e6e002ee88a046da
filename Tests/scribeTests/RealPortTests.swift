import Foundation
import Glibc
import PortTestSupport
import Recording
import Testing

/// The code for real ports, which goes through libserialport, over pseudo-terminals that
/// `Fixtures/pty-as-port.c` passes off as ports.
@Suite(
  "Real ports", .startsPrograms,
  .enabled(if: Preload.compiler != nil, "there is no C compiler"))
struct RealPortTests {
  private func preload(in scratch: Scratch) async throws -> String {
    try await Preload.library("pty-as-port", in: scratch)
  }

  /// Standard rates have a constant; others are passed to the driver as a number.
  @Test(arguments: [
    (300, Optional(B300)), (115_200, Optional(B115200)), (250_000, nil), (74_880, nil),
    (1_382_400, nil),
  ])
  func anyBaudIsSetAndAHangUpIsSeen(baud: Int, constant: Int32?) async throws {
    let scratch = try Scratch()
    let board = try TestTerminal()
    let file = scratch.path("a.pcapng")
    let scribe = try ScribeProcess(
      ["record", "--port", board.path, "--baud", "\(baud)", "--no-reconnect", file],
      environment: [
        "LD_PRELOAD": try await preload(in: scratch), "PORT_LOG": scratch.path("rates"),
      ])
    #expect(await scribe.waits { $0.errors.contains("connected to \(board.path)") })
    let sent = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
    board.send(sent)
    #expect(
      await scribe.waits { _ in
        (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0) ?? 0 > 1_000
      })
    if let constant {
      #expect(board.speed == speed_t(constant))
    } else {
      let rates = try String(contentsOfFile: scratch.path("rates"), encoding: .utf8)
      #expect(rates.split(separator: "\n").last == "\(baud)")
    }
    board.hangUp()
    // libserialport itself would keep reporting timeouts.
    #expect(await scribe.exitCode() == 0)
    #expect(scribe.errors.contains("disconnected: the device hung up"))

    var reader = try RecordingReader(path: file)
    var received: [UInt8] = []
    while let event = try reader.nextEvent() {
      if case .bytes(let bytes, .received, _) = event { received += bytes }
    }
    #expect(received == sent)
  }

  @Test func aDriverThatTakesAnotherRateIsFoundOut() async throws {
    let scratch = try Scratch()
    let board = try TestTerminal()
    let scribe = try ScribeProcess(
      ["record", "--port", board.path, "--baud", "921600", scratch.path("a.pcapng")],
      environment: ["LD_PRELOAD": try await preload(in: scratch), "PORT_RATE": "115200"])
    #expect(await scribe.exitCode() == 64)
    #expect(scribe.errors.contains("cannot run at 921600 baud, its nearest is 115200"))
  }
}

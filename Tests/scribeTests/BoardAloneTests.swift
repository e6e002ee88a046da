import Foundation
import PortTestSupport
import Testing

/// The board's program in QEMU, when things go wrong and nobody is there.
@Suite(
  "Boards left alone", .serialized, .startsPrograms,
  .enabled(if: EmulatedBoard.isPossible, "arm-none-eabi-gcc or qemu-system-arm is missing"))
struct BoardAloneTests {
  @Test func itGoesOnAfterStopsAndHangs() async throws {
    let scratch = try Scratch()
    let image = try scratch.pgm(of: "clean_007")
    let board = try await EmulatedBoard(
      scratch, [image, "!stop", image, "!stuck", image, "!stop", image])
    let live = try await ScribeProcess.run([
      "live", "--port", board.address, "--json", "--no-reconnect", "--deliver", "images",
      "--exposure", "text",
    ])
    #expect(await board.exitCode() == 0, "\(board.output)")
    let texts = try JSONReading.all(in: live.output).map(\.text)
    #expect(texts == ["MODEL", "MODEL", "MODEL", "MODEL"])
    for told in [
      "starts, this one included: 1", "stopped: no VSYNC any more",
      "the camera was set up anew, times: 1", "restarted: the program was stuck at address 0x0800",
      "started by the watchdog", "starts, this one included: 2",
      "the camera was set up anew, times: 2", "the board agrees: images",
      "the board agrees: exposure for what is read",
    ] {
      #expect(live.errors.contains(told), "\(live.errors)")
    }
    #expect(!live.errors.contains("damaged"))
    #expect(try board.stackIsWithinItsBound(live.errors))
  }
}

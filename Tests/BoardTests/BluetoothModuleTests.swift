import Board
import Glibc
import Testing

/// Two seconds of a board at an HC-05: with a wire back, nothing is lost.
@Suite(.serialized) struct BluetoothModuleTests {
  private func counters(hears: Bool, pace: Int = 0) async throws -> PseudoTerminalBoard.Counters {
    let scratch = try Scratch()
    let board = try SimulatedBoard(
      pictures: [Picture(patternImage(width: 96, height: 64))],
      configuration: .init(pace: pace, hears: hears, baud: 921_600))
    let runner = try PseudoTerminalBoard(
      board, behavior: .init(images: 12, module: .init(bytesPerSecond: 20_000)),
      link: scratch.path("tty"))
    async let counters = inThread { try runner.run() }
    _ = try await inThread {
      let handle = try openDevice(scratch.path("tty"))
      defer { Glibc.close(handle) }
      return readDevice(handle)
    }
    return try await counters
  }

  @Test func aModuleDropsWhatItCantCarry() async throws {
    let counted = try await counters(hears: false)
    #expect(counted.moduleDropped > 20_000)
    #expect(counted.bytesWritten + counted.moduleDropped == counted.channel.bytesOut)
  }

  @Test func aBoardThatKeepsToARateLosesNothing() async throws {
    let counted = try await counters(hears: false, pace: 18_000)
    #expect(counted.moduleDropped == 0)
    #expect(counted.imagesSent == 12)
  }
}

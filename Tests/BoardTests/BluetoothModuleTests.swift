import Board
import Glibc
import Testing

/// Two seconds of a board with an HC-05: with a wire back, nothing is lost.
@Suite(.serialized) struct BluetoothModuleTests {
  private func counters(pace: Int = 0, baud: Int) async throws -> PseudoTerminalBoard.Counters {
    let scratch = try Scratch()
    let board = try SimulatedBoard(
      pictures: [Picture(patternImage(width: 96, height: 64))],
      configuration: .init(link: .init(pace: pace, hears: false, baud: baud)))
    let runner = try PseudoTerminalBoard(
      board, behavior: .init(images: 12, patience: 60, module: .init(bytesPerSecond: 20_000)),
      link: scratch.path("tty"))
    let counters = Started { try runner.run() }
    _ = try await inThread {
      let handle = try openDevice(scratch.path("tty"))
      defer { Glibc.close(handle) }
      return readDevice(handle)
    }
    // Where nothing came the board may wait for its reader still.
    runner.stop()
    return try await counters.value()
  }

  @Test func aModuleDropsWhatItCantCarry() async throws {
    // Without a rate: a busy machine keeps to no rate for long.
    let counted = try await counters(baud: 0)
    #expect(counted.moduleDropped > 20_000)
    #expect(counted.bytesWritten + counted.moduleDropped == counted.channel.bytesOut)
  }

  @Test func aBoardThatKeepsToARateLosesNothing() async throws {
    // A module that a busy machine wakes late has sent less than it could have.
    for left in (0..<10).reversed() {
      let counted = try await counters(pace: 18_000, baud: 921_600)
      #expect(counted.imagesSent == 12)
      if counted.moduleDropped == 0 { return }
      if left == 0 { Issue.record("\(counted.moduleDropped) bytes dropped") }
    }
  }
}

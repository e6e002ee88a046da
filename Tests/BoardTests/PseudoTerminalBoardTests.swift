import Board
import Foundation
import Glibc
import Gray
import Images
import LinkTestSupport
import Packets
import Synchronization
import Testing

@Suite(.serialized) struct PseudoTerminalBoardTests {
  private typealias Behavior = PseudoTerminalBoard.Behavior

  private func board(baud: Int = 0, seed: UInt64 = 1) throws -> SimulatedBoard {
    try SimulatedBoard(
      pictures: [Picture(patternImage(width: 96, height: 64))],
      configuration: .init(link: .init(baud: baud), seed: seed))
  }

  private func bytes(_ board: SimulatedBoard, images: Int) throws -> [UInt8] {
    var board = board
    var bytes: [UInt8] = []
    for _ in 0..<images { bytes += try board.nextImageBytes() }
    return bytes
  }

  private func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Reads one session, from the opening to the hang-up.
  private func session(_ path: String) async throws -> [UInt8] {
    try await inThread {
      let handle = try openDevice(path)
      defer { close(handle) }
      return readDevice(handle)
    }
  }

  @Test(arguments: [0, 921_600]) func theReaderGetsEveryByte(baud: Int) async throws {
    let scratch = try Scratch()
    let board = try board(baud: baud)
    let runner = try PseudoTerminalBoard(
      board, behavior: Behavior(images: 5, patience: 60), link: scratch.path("tty"))
    #expect(runner.path == scratch.path("tty"))
    let counters = Started { try runner.run() }
    let received = try await session(runner.path)
    let expected = try bytes(board, images: 5)
    // Compared so that no list of thousands of numbers is printed where they differ.
    #expect(received.count == expected.count && received.elementsEqual(expected))
    if received.count != expected.count { runner.stop() }
    let counted = try await counters.value()
    #expect(counted.imagesSent == 5)
    #expect(counted.imagesDropped == 0)
    #expect(counted.bytesWritten == expected.count)
    #expect(counted.readers == 1)
    #expect(!exists(scratch.path("tty")))
  }

  /// A reader that is late or slow within patience misses nothing, either.
  @Test func aSlowReaderGetsEveryByte() async throws {
    let scratch = try Scratch()
    let board = try board()
    let runner = try PseudoTerminalBoard(
      board, behavior: Behavior(images: 8, patience: 60), link: scratch.path("tty"))
    let counters = Started { try runner.run() }
    let received = try await inThread {
      let handle = try openDevice(scratch.path("tty"))
      defer { close(handle) }
      var bytes: [UInt8] = []
      while true {
        let piece = readDevice(handle, upTo: 1000)
        if piece.isEmpty { return bytes }
        bytes += piece
        usleep(2000)
      }
    }
    #expect(try received == bytes(board, images: 8))
    #expect(try await counters.value().imagesSent == 8)
  }

  /// Whole images are dropped while nobody reads; a late reader gets no torn packet.
  @Test func aReaderThatStopsReadingCostsWholeImages() async throws {
    let scratch = try Scratch()
    let board = try board()
    let runner = try PseudoTerminalBoard(
      board, behavior: Behavior(images: 200, patience: 0.5), link: scratch.path("tty"))
    let running = Started { try runner.run() }
    let received = try await inThread {
      let handle = try openDevice(scratch.path("tty"))
      defer { close(handle) }
      // Long enough for the pseudo-terminal to fill up and images to be dropped.
      var bytes = readDevice(handle, upTo: 1)
      usleep(4_000_000)
      bytes += readDevice(handle)
      return bytes
    }
    let counters = try await running.value()
    #expect(counters.imagesDropped + counters.imagesCut > 0)
    #expect(counters.imagesSent + counters.imagesDropped + counters.imagesCut == 200)
    #expect(received.count == counters.bytesWritten)
    var decoder = LinkProtocol.scribe.makeDecoder()
    let events = decoder.decode(received) + decoder.finish()
    #expect(events.intactImages.count == counters.imagesSent)
    // The end of an image that was cut is lost with the rest of the image, but no packet is torn.
    #expect(events.damagedImages.count <= counters.imagesCut)
    let damage: Set<DropCause> = [.noise, .badEncoding, .tooShort, .badChecksum, .cutOff]
    for case .bytesDropped(let cause, _) in events { #expect(!damage.contains(cause)) }
  }

  @Test func withoutAReaderImagesAreDropped() async throws {
    let runner = try PseudoTerminalBoard(
      try board(), behavior: Behavior(images: 3, waitsForReader: false))
    #expect(runner.path.hasPrefix("/dev/pts/"))
    let counters = try await inThread { try runner.run() }
    #expect(counters.imagesDropped == 3)
    #expect(counters.imagesSent == 0)
    #expect(counters.bytesWritten == 0)
  }

  @Test func aReaderMayLeaveAndComeBack() async throws {
    let scratch = try Scratch()
    let events = Mutex<[PseudoTerminalBoard.Event]>([])
    let board = try board(baud: 921_600)
    let runner = try PseudoTerminalBoard(
      board, behavior: Behavior(settling: 0.02, patience: 60), link: scratch.path("tty"))
    let running = Started {
      try runner.run { event in events.withLock { $0.append(event) } }
    }
    let first = try bytes(board, images: 1)
    for round in 1...2 {
      let received = try await inThread {
        let handle = try openDevice(scratch.path("tty"))
        defer { close(handle) }
        // A port that one reader locked must not stay locked for the next.
        _ = ioctl(handle, UInt(TIOCEXCL))
        return readDevice(handle, upTo: first.count * 2)
      }
      if round == 1 { #expect(Array(received.prefix(first.count)) == first) }
      // Every session starts with a whole image, and nothing is left over of the previous one.
      var decoder = LinkProtocol.scribe.makeDecoder()
      let decoded = decoder.decode(received)
      #expect(decoded.droppedByteCount == 0)
      #expect(decoded.damagedImages.isEmpty)
      #expect(!decoded.intactImages.isEmpty)
      for _ in 0..<36_000 where events.withLock({ $0.count { $0 == .readerLeft } }) < round {
        usleep(5000)
      }
    }
    runner.stop()
    let counters = try await running.value()
    #expect(counters.readers == 2)
    #expect(events.withLock { $0.count { $0 == .readerLeft } } == 2)
  }

  @Test func aHangUpBringsANewDeviceUnderTheSameLink() async throws {
    let scratch = try Scratch()
    let board = try board()
    let runner = try PseudoTerminalBoard(
      board,
      behavior: Behavior(images: 6, hangUpEvery: 2, absence: 0.05, settling: 0.05, patience: 60),
      link: scratch.path("tty"))
    let running = Started { try runner.run() }
    var received: [UInt8] = []
    for _ in 0..<3 {
      let part = try await session(scratch.path("tty"))
      #expect(!part.isEmpty)
      received += part
    }
    let counters = try await running.value()
    #expect(try received == bytes(board, images: 6))
    #expect(counters.hangUps == 2)
    #expect(counters.readers == 3)
    #expect(!exists(scratch.path("tty")))
  }

  @Test func faultsOnTheLineAreThoseOfTheChannel() async throws {
    let scratch = try Scratch()
    let board = try board(seed: 77)
    let faults = FaultyChannel.Faults(loss: 0.01, burst: 4, corrupt: 0.005, insert: 0.005)
    let runner = try PseudoTerminalBoard(
      board,
      behavior: Behavior(images: 4, faults: faults, stall: (every: 2, seconds: 0.01), patience: 60),
      link: scratch.path("tty"))
    let running = Started { try runner.run() }
    let received = try await session(scratch.path("tty"))
    var channel = FaultyChannel(faults, seed: 77)
    #expect(try received == channel.transmit(bytes(board, images: 4)))
    let counters = try await running.value()
    #expect(counters.channel == channel.counters)
    #expect(counters.stalls == 2)
  }

  @Test func whatTheHostSaysIsHeard() async throws {
    let scratch = try Scratch()
    let runner = try PseudoTerminalBoard(
      try board(), behavior: Behavior(imagesPerSecond: 20, images: 200), link: scratch.path("tty"))
    let running = Started { try runner.run() }
    _ = try await inThread {
      let handle = try openDevice(scratch.path("tty"))
      defer { close(handle) }
      var bytes = readDevice(handle, upTo: 1)
      let written = write(handle, "start\n", 6)
      #expect(written == 6)
      bytes += readDevice(handle, upTo: 40_000)
      return bytes
    }
    runner.stop()
    #expect(try await running.value().bytesFromHost == 6)
  }

  @Test func stoppingRemovesTheLink() async throws {
    let scratch = try Scratch()
    let runner = try PseudoTerminalBoard(try board(), link: scratch.path("tty"))
    #expect(exists(scratch.path("tty")))
    let running = Started { try runner.run() }
    runner.stop()
    #expect(try await running.value().imagesSent == 0)
    #expect(!exists(scratch.path("tty")))
  }

  @Test func aBoardThatNeverRunsLeavesNothing() throws {
    let scratch = try Scratch()
    do { _ = try PseudoTerminalBoard(try board(), link: scratch.path("tty")) }
    #expect(!exists(scratch.path("tty")))
  }

  // MARK: The link's path

  @Test func otherFilesAreLeftAlone() throws {
    let scratch = try Scratch()
    let board = try board()
    let file = try scratch.write([1, 2, 3], "file")
    let link = scratch.path("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
    let dangling = scratch.path("dangling")
    try FileManager.default.createSymbolicLink(
      atPath: dangling, withDestinationPath: "/dev/no-such-device")
    for path in [file, link, dangling, scratch.folder.path] {
      #expect(throws: BoardError.linkPathTaken(path: path)) {
        try PseudoTerminalBoard(board, link: path)
      }
      #expect(exists(path))
    }
    #expect(try Data(contentsOf: URL(filePath: file)) == Data([1, 2, 3]))
  }

  @Test func aLinkThatWasLeftBehindIsReplaced() throws {
    let scratch = try Scratch()
    let path = scratch.path("tty")
    try FileManager.default.createSymbolicLink(
      atPath: path, withDestinationPath: "/dev/pts/987654")
    let runner = try PseudoTerminalBoard(try board(), link: path)
    let target = try FileManager.default.destinationOfSymbolicLink(atPath: runner.path)
    #expect(target.hasPrefix("/dev/pts/"))
    #expect(target != "/dev/pts/987654")
  }

  @Test func twoBoardsCannotShareALink() throws {
    let scratch = try Scratch()
    let path = scratch.path("tty")
    let board = try board()
    let first = try PseudoTerminalBoard(board, link: path)
    let target = try FileManager.default.destinationOfSymbolicLink(atPath: path)
    #expect(throws: BoardError.linkInUse(path: path)) { try PseudoTerminalBoard(board, link: path) }
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == target)
    #expect(first.path == path)
  }

  @Test func aLinkThatBecameAnothersIsNotRemoved() throws {
    let scratch = try Scratch()
    let path = scratch.path("tty")
    do {
      let runner = try PseudoTerminalBoard(try board(), link: path)
      try FileManager.default.removeItem(atPath: runner.path)
      _ = try scratch.write([7], "tty")
    }
    #expect(try Data(contentsOf: URL(filePath: path)) == Data([7]))
  }

  @Test func aFolderThatIsMissing() throws {
    let scratch = try Scratch()
    let path = scratch.path("no/such/tty")
    #expect(throws: BoardError.linkNotMade(path: path, errorNumber: ENOENT)) {
      try PseudoTerminalBoard(try board(), link: path)
    }
  }
}

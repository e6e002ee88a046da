import Bytes
import Glibc
import PortTestSupport
import Testing

@Suite("Pseudo-terminals") struct PseudoTerminalTests {
  @Test func everyByteValueArrivesUnchanged() async throws {
    let pty = try TestTerminal()
    let source = try ByteSource(path: pty.path)
    let log = EventLog(source)
    let sent = (0..<4_096).map { UInt8(truncatingIfNeeded: $0) }
    pty.send(sent)
    #expect(await log.waits { $0.bytes.count == sent.count })
    #expect(log.bytes == sent)
    #expect(log.changes == [.connected(name: pty.path)])
    source.close()
    #expect(await log.waits { $0.changes.last == .ended })
  }

  @Test func timesNeverGoBack() async throws {
    let pty = try TestTerminal()
    let source = try ByteSource(path: pty.path)
    let log = EventLog(source)
    let before = WallClock.nanoseconds()
    for i in 0..<20 {
      pty.send([UInt8(i)])
      #expect(await log.waits { $0.bytes.count == i + 1 })
    }
    let after = WallClock.nanoseconds()
    var times: [UInt64] = []
    for case .bytes(_, let at) in log.events { times.append(at) }
    #expect(times == times.sorted())
    #expect(times.allSatisfy { (before...after).contains($0) })
    source.close()
  }

  @Test func silenceIsToldOnce() async throws {
    let pty = try TestTerminal()
    let source = try ByteSource(
      path: pty.path, configuration: PortConfiguration(idleMilliseconds: 20))
    let log = EventLog(source)
    pty.send([1])
    #expect(await log.waits { $0.events.contains(.idle) })
    pty.send([2])
    #expect(await log.waits { $0.events.filter { $0 == .idle }.count == 2 })
    source.close()
    #expect(await log.waits { $0.changes.last == .ended })
    #expect(log.events.filter { $0 == .idle }.count == 2)
  }

  /// The number may go to the next pseudo-terminal, which belongs to another program: it isn't
  /// waited for.
  @Test func aNumberDoesNotComeBack() async throws {
    let pty = try TestTerminal()
    let source = try ByteSource(path: pty.path)
    let log = EventLog(source)
    #expect(await log.waits { !$0.changes.isEmpty })
    pty.hangUp()
    #expect(await log.waits { $0.changes.last == .ended })
    #expect(log.changes == [.connected(name: pty.path), .disconnected(.hangUp), .ended])
  }

  /// A link that was left behind leads to the present owner of the number; one made anew leads to
  /// the board.
  @Test func aLinkThatWasLeftBehindIsNotFollowed() async throws {
    let folder = try TemporaryFolder()
    let link = "\(folder.path)/board"
    let first = try TestTerminal()
    symlink(first.path, link)
    let source = try ByteSource(path: link)
    let log = EventLog(source)
    #expect(await log.waits { !$0.changes.isEmpty })
    first.hangUp()
    #expect(await log.waits { $0.changes.last == .disconnected(.hangUp) })
    // Numbers are given lowest first: one of these has it, or another test was faster.
    var others: [TestTerminal] = []
    while others.last?.path != first.path, others.count < 16 { others.append(try TestTerminal()) }
    try await Task.sleep(for: .milliseconds(500))
    #expect(log.changes.last == .disconnected(.hangUp))
    let board = try #require(others.last)
    unlink(link)
    symlink(board.path, link)
    board.send([4])
    #expect(await log.waits { $0.bytes == [4] })
    source.close()
    #expect(await log.waits { $0.changes.last == .ended })
  }

  @Test func withoutReconnectTheHangUpEnds() async throws {
    let pty = try TestTerminal()
    let source = try ByteSource(
      path: pty.path, configuration: PortConfiguration(reconnects: false))
    let log = EventLog(source)
    pty.hangUp()
    #expect(await log.waits { $0.changes.last == .ended })
    #expect(
      log.changes == [.connected(name: pty.path), .disconnected(.hangUp), .ended])
  }

  @Test func reconnectsThroughTheSameLink() async throws {
    let folder = try TemporaryFolder()
    let link = "\(folder.path)/board"
    let first = try TestTerminal()
    symlink(first.path, link)
    let source = try ByteSource(path: link)
    let log = EventLog(source)
    first.send([1, 2, 3])
    #expect(await log.waits { $0.bytes.count == 3 })
    // The link is removed first: another test's pseudo-terminal may take the number that gets free.
    unlink(link)
    first.hangUp()
    #expect(await log.waits { $0.changes.last == .disconnected(.hangUp) })

    let second = try TestTerminal()
    symlink(second.path, link)
    second.send([4, 5])
    #expect(await log.waits { $0.bytes.count == 5 })
    #expect(log.bytes == [1, 2, 3, 4, 5])
    let connected = ByteEvent.connected(name: link)
    #expect(log.changes == [connected, .disconnected(.hangUp), connected])
    source.close()
    #expect(await log.waits { $0.changes.last == .ended })
  }

  @Test func closesWhileItWaitsForTheDevice() async throws {
    let folder = try TemporaryFolder()
    let link = "\(folder.path)/board"
    let pty = try TestTerminal()
    symlink(pty.path, link)
    let source = try ByteSource(path: link)
    let log = EventLog(source)
    unlink(link)
    pty.hangUp()
    #expect(await log.waits { $0.changes.last == .disconnected(.hangUp) })
    source.close()
    #expect(await log.waits { $0.changes.last == .ended })
  }

  @Test func aSecondReaderIsRefused() async throws {
    let pty = try TestTerminal()
    let source = try ByteSource(path: pty.path)
    let log = EventLog(source)
    #expect(throws: PortError.self) { try ByteSource(path: pty.path) }
    do {
      _ = try ByteSource(path: pty.path)
    } catch PortError.busy(let path, let holder) {
      #expect(path == pty.path)
      #expect(holder?.processID == Int(getpid()))
    }
    // The refused source took nothing and left the first one as it was.
    pty.send([7])
    #expect(await log.waits { $0.bytes == [7] })
    source.close()
    #expect(await log.waits { $0.changes.last == .ended })

    // After the first source has gone, the port is free.
    let next = try ByteSource(path: pty.path)
    let nextLog = EventLog(next)
    pty.send([8])
    #expect(await nextLog.waits { $0.bytes == [8] })
    next.close()
  }

  @Test func aReleasedSourceGivesThePortBack() async throws {
    let pty = try TestTerminal()
    do { _ = try ByteSource(path: pty.path) }
    var reopened: ByteSource?
    _ = await waits {
      reopened = try? ByteSource(path: pty.path)
      return reopened != nil
    }
    #expect(reopened != nil)
    reopened?.close()
  }

  @Test func writesReachTheBoard() throws {
    let pty = try TestTerminal()
    let source = try ByteSource(path: pty.path)
    let sent: [UInt8] = [0, 3, 10, 13, 17, 19, 26, 127, 255]
    try source.write(sent)
    #expect(pty.receive(64) == sent)
    source.close()
  }

  @Test func aBoardThatTakesNothingIsAnErrorNotAHang() throws {
    let pty = try TestTerminal()
    let source = try ByteSource(path: pty.path)
    #expect {
      try source.write([UInt8](repeating: 0, count: 1 << 20), milliseconds: 50)
    } throws: { error in
      guard case PortError.writeTimedOut(_, let written)? = error as? PortError else {
        return false
      }
      return written > 0 && written < 1 << 20
    }
    source.close()
  }

  @Test func aSlowConsumerBoundsTheMemory() async throws {
    let pty = try TestTerminal()
    let source = try ByteSource(path: pty.path)
    let total = 16 << 20
    async let sender: Void = inThread {
      pty.send([UInt8](repeating: 0x55, count: total))
    }
    // Nobody reads yet: the thread stops at its limit and the sender at the kernel's.
    try await Task.sleep(for: .milliseconds(200))
    var received = 0
    for await case .bytes(let bytes, _) in source.events {
      received += bytes.count
      if received == total { source.close() }
    }
    try await sender
    #expect(received == total)
  }
}

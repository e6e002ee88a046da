import Bytes
import Foundation
import Glibc
import PortTestSupport
import Testing

@Suite("Silent boards") struct WatchdogTests {
  private func source(
    _ path: String, watchdog: Int = 60, reconnects: Bool = true
  ) throws -> ByteSource {
    try ByteSource(
      path: path,
      configuration: PortConfiguration(
        reconnects: reconnects, idleMilliseconds: 20, watchdogMilliseconds: watchdog))
  }

  private func isSilence(_ event: ByteEvent) -> Bool {
    if case .silent = event { true } else { false }
  }

  private func isReopening(_ event: ByteEvent) -> Bool {
    if case .disconnected(.silence) = event { true } else { false }
  }

  private func silences(_ log: EventLog) -> Int { log.events.filter(isSilence).count }

  private func reopenings(_ log: EventLog) -> Int { log.events.filter(isReopening).count }

  @Test func silenceIsToldOnceAndThePortIsOpenedAnew() async throws {
    let terminal = try TestTerminal()
    let source = try source(terminal.path)
    let log = EventLog(source)
    #expect(await log.waits { reopenings($0) > 0 })
    let first = log.events.prefix { !isReopening($0) }
    #expect(first.filter(isSilence).count == 1)
    let connected = ByteEvent.connected(name: terminal.path)
    #expect(await log.waits { $0.changes.filter { $0 == connected }.count > 1 })
    // And reading goes on.
    terminal.send([1, 2, 3])
    #expect(await log.waits { $0.bytes == [1, 2, 3] })
    source.close()
    #expect(await log.waits { $0.changes.last == .ended })
  }

  @Test func aLineThatFallsSilentIsIdleThenSilentThenOpenedAnew() async throws {
    let terminal = try TestTerminal()
    let source = try source(terminal.path, watchdog: 100)
    let log = EventLog(source)
    terminal.send([7])
    #expect(await log.waits { reopenings($0) > 0 })
    let events = log.events
    let order = [
      events.firstIndex { if case .bytes = $0 { true } else { false } },
      events.firstIndex(of: .idle), events.firstIndex(where: isSilence),
      events.firstIndex(where: isReopening),
    ].compactMap { $0 }
    #expect(order.count == 4)
    #expect(order == order.sorted())
    source.close()
  }

  /// A board may well be silent: after each vain attempt, the next one comes twice as late.
  @Test func openingAnewInVainGetsRarer() async throws {
    let terminal = try TestTerminal()
    let clock = ContinuousClock()
    let start = clock.now
    let source = try source(terminal.path, watchdog: 40)
    let log = EventLog(source)
    // After 3, 6 and 12 times the watchdog's time, and somewhat later for noticing late.
    #expect(await log.waits { reopenings($0) >= 3 })
    #expect(clock.now - start >= .milliseconds(40 * (3 + 6 + 12)))
    source.close()
  }

  @Test func withoutReconnectingItIsOnlyTold() async throws {
    let terminal = try TestTerminal()
    let source = try source(terminal.path, watchdog: 20, reconnects: false)
    let log = EventLog(source)
    #expect(await log.waits { silences($0) == 1 })
    try await Task.sleep(for: .milliseconds(300))
    #expect(reopenings(log) == 0)
    #expect(silences(log) == 1)
    terminal.send([1])
    #expect(await log.waits { silences($0) == 2 })
    source.close()
  }

  @Test func bytesKeepItQuiet() async throws {
    let terminal = try TestTerminal()
    let source = try source(terminal.path, watchdog: 2_000)
    let log = EventLog(source)
    let longest = try await inThread {
      let clock = ContinuousClock()
      var longest = Duration.zero
      for i in 0..<50 {
        let start = clock.now
        terminal.send([UInt8(i)])
        usleep(50_000)
        longest = max(longest, clock.now - start)
      }
      return longest
    }
    #expect(await log.waits { $0.bytes.count == 50 })
    // Silences after the last byte are real, and so are those that a busy machine makes.
    let events = log.events
    let last = events.lastIndex { if case .bytes = $0 { true } else { false } } ?? 0
    let silences = events[..<last].count { if case .silent = $0 { true } else { false } }
    #expect(silences == 0 || longest > .seconds(1))
    source.close()
  }

  /// A module that hangs keeps its connection and sends nothing more; a new connection wakes it.
  @Test func aSocketIsConnectedAnew() async throws {
    let bridge = try Bridge()
    // One byte per connection, in a thread that runs at once. A busy machine may accept a
    // connection when it is over; its byte is lost, and the next connection gets the next one. Ends
    // with an error.
    Thread.detachNewThread {
      for byte in 1...20 as ClosedRange<UInt8> {
        guard (try? bridge.accept()) != nil else { return }
        bridge.send([byte])
      }
    }
    let source = try source(bridge.address, watchdog: 1_000)
    let log = EventLog(source)
    #expect(await log.waits { $0.bytes.count >= 2 })
    #expect(log.bytes == Set(log.bytes).sorted())
    #expect(reopenings(log) > 0)
    source.close()
  }

  @Test func aFifoMayBeSilent() async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/fifo"
    #expect(mkfifo(path, 0o600) == 0)
    let source = try source(path, watchdog: 10)
    let log = EventLog(source)
    try await Task.sleep(for: .milliseconds(200))
    #expect(log.events.isEmpty)
    source.close()
  }
}

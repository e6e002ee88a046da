import Bytes
import Glibc
import PortTestSupport
import Synchronization
import Testing

/// The events that an observer saw.
private final class Sightings: Sendable {
  private let content = Mutex<(bytes: [UInt8], events: [ByteEvent])>(([], []))

  func see(_ event: ByteEvent) {
    content.withLock {
      if case .bytes(let bytes, _) = event {
        $0.bytes += bytes
      } else if event != .idle {
        $0.events.append(event)
      }
    }
  }

  var count: Int { content.withLock { $0.bytes.count } }
  var bytes: [UInt8] { content.withLock { $0.bytes } }
  var events: [ByteEvent] { content.withLock { $0.events } }
}

@Suite("Observers of a source") struct ObserverTests {
  private func noise(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 &+ $0 >> 7) }
  }

  @Test func theFirstByteIsSeenToo() async throws {
    let terminal = try TestTerminal()
    let source = try ByteSource(opening: terminal.path)
    terminal.send([1, 2, 3])
    let sightings = Sightings()
    try source.start { sightings.see($0) }
    let log = EventLog(source)
    #expect(await log.waits { $0.bytes == [1, 2, 3] })
    #expect(sightings.bytes == [1, 2, 3])
    source.close()
    #expect(await log.waits { $0.changes.last == .ended })
    #expect(sightings.events == [.connected(name: terminal.path), .ended])
  }

  /// The consumer stands still; the observer misses nothing, and the bytes that the consumer missed
  /// are reported.
  @Test func aSlowConsumerIsPassedBy() async throws {
    let terminal = try TestTerminal()
    let source = try ByteSource(opening: terminal.path)
    let sightings = Sightings()
    try source.start { sightings.see($0) }
    let sent = noise(12 << 20)
    try await inThread { terminal.send(sent) }
    _ = await waits { sightings.count >= sent.count }
    #expect(sightings.bytes == sent)

    source.close()
    var received = 0
    var skipped = 0
    for await event in source.events {
      switch event {
      case .bytes(let bytes, _): received += bytes.count
      case .skipped(let bytes): skipped += bytes
      default: break
      }
    }
    #expect(received + skipped == sent.count)
    // The queue's limit, and the read that went over it.
    #expect((4 << 20...5 << 20).contains(received))
  }

  /// A source that waits for its reader is waited for.
  @Test func ofAFileNothingIsSkipped() async throws {
    let folder = try TemporaryFolder()
    let content = noise(10 << 20)
    let file = try folder.write(content, to: "capture.bin")
    let source = try ByteSource(opening: file)
    let sightings = Sightings()
    try source.start { sightings.see($0) }
    try await Task.sleep(for: .milliseconds(100))
    let log = EventLog(source)
    #expect(await log.waits { $0.changes.last == .ended })
    #expect(log.bytes == content)
    #expect(sightings.bytes == content)
  }
}

import Glibc
import Recording
import Testing

@Suite("Dumps of bare bytes") struct DumpTests {
  private func read(_ content: [UInt8], baud: Int?) throws -> (isDump: Bool, [RecordingEvent]) {
    let path = temporaryPath()
    defer { unlink(path) }
    try write(content, to: path)
    // 2026-01-01, to the nanosecond.
    var times = [timespec(tv_sec: 1_767_225_600, tv_nsec: 500), timespec()]
    times[1] = times[0]
    utimensat(AT_FDCWD, path, times, 0)
    var reader = try RecordingReader(path: path, dumpBaud: baud)
    var events: [RecordingEvent] = []
    while let event = try reader.nextEvent() { events.append(event) }
    #expect(reader.count == UInt64(content.count))
    return (reader.isDump, events)
  }

  @Test func timesFollowFromTheBaudAndTheLastChange() throws {
    let content = (0..<9_216).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let (isDump, events) = try read(content, baud: 921_600)
    #expect(isDump)
    var bytes: [UInt8] = []
    let end: UInt64 = 1_767_225_600_000_000_500
    for event in events {
      guard case .bytes(let piece, .received, let time) = event else {
        Issue.record("\(event)")
        continue
      }
      bytes += piece
      // Ten bits a byte: 9,216 bytes take a tenth of a second.
      let expected = end - 100_000_000 + UInt64(bytes.count) * 10_000_000_000 / 921_600
      #expect(time == expected)
      #expect(piece.count <= 921_600 / 500)
    }
    #expect(bytes == content)
    #expect(events.count == 6)
  }

  @Test func aLargeDumpComesWhole() throws {
    var random = Seeded(5)
    let content = (0..<3_000_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    let (isDump, events) = try read(content, baud: 9_600)
    #expect(isDump)
    let bytes = events.flatMap { event -> [UInt8] in
      if case .bytes(let piece, _, _) = event { piece } else { [] }
    }
    #expect(bytes == content)
  }

  @Test func recordingsAreNoDumpsHoweverDamaged() throws {
    let sample = Sample(count: 12, longest: 60, seed: 1)
    for start in [0, 1, 30, sample.blocks[0].count] {
      let (isDump, events) = try read(Array(sample.file[start...]), baud: 9_600)
      #expect(!isDump)
      #expect(events.packets.count == 12)
    }
  }

  @Test func nothingIsNoDump() throws {
    #expect(throws: RecordingError.self) { _ = try read([], baud: 9_600) }
    #expect(throws: RecordingError.self) { _ = try read([1, 2, 3], baud: nil) }
  }

  @Test func aFileIsKnownByAnyName() throws {
    let path = temporaryPath()
    let link = temporaryPath()
    try write([1], to: path)
    symlink(path, link)
    defer {
      unlink(path)
      unlink(link)
    }
    let reader = try RecordingReader(path: path)
    #expect(reader.isSame(as: path) && reader.isSame(as: link))
    #expect(!reader.isSame(as: "/dev/null") && !reader.isSame(as: "/no/such"))
    #expect(reader.size == 1)
  }
}

import Glibc
import Recording
import Testing

@Suite("Recording files") struct RecordingFileTests {
  private func events(_ path: String) throws -> [RecordingEvent] {
    var reader = try RecordingReader(path: path)
    var events: [RecordingEvent] = []
    while let event = try reader.nextEvent() { events.append(event) }
    return events
  }

  @Test func whatIsWrittenIsRead() throws {
    let path = temporaryPath()
    defer { unlink(path) }
    let sample = Sample(count: 400, longest: 2_000, seed: 1)
    var writer = try RecordingWriter(path: path, header: sample.header)
    for packet in sample.packets {
      try writer.append(packet.bytes, direction: packet.direction, at: packet.time)
    }
    #expect(writer.count == UInt64(sample.file.count))
    try writer.finish()
    #expect(try events(path) == sample.events)
  }

  /// The file before the writer closes it is the same as after SIGKILL.
  @Test func aKilledWriterLosesNothing() throws {
    let path = temporaryPath()
    defer { unlink(path) }
    let sample = Sample(count: 30, longest: 500, seed: 2)
    var writer = try RecordingWriter(path: path, header: sample.header)
    for (index, packet) in sample.packets.enumerated() {
      try writer.append(packet.bytes, direction: packet.direction, at: packet.time)
      #expect(try events(path) == Array(sample.events.prefix(index + 2)))
    }
    try writer.finish()
  }

  @Test func anExistingFileIsKept() throws {
    let path = temporaryPath()
    defer { unlink(path) }
    let first = try RecordingWriter(path: path, header: RecordingHeader(application: "first"))
    try first.finish()
    #expect(throws: RecordingError.exists(path)) {
      let second = try RecordingWriter(path: path, header: RecordingHeader(application: "second"))
      try second.finish()
    }
    #expect(try events(path) == [.header(RecordingHeader(application: "first"))])
    let third = try RecordingWriter(
      path: path, header: RecordingHeader(application: "third"), overwrites: true)
    try third.finish()
    #expect(try events(path) == [.header(RecordingHeader(application: "third"))])
  }

  @Test func aFullDiskIsTold() throws {
    #expect(
      throws: RecordingError.writeFailed("/dev/full", reason: "No space left on device")
    ) {
      let writer = try RecordingWriter(
        path: "/dev/full", header: RecordingHeader(), overwrites: true)
      try writer.finish()
    }
  }

  @Test func aMissingFolderIsTold() {
    #expect(
      throws: RecordingError.cannotCreate("/no/such/a.pcapng", reason: "No such file or directory")
    ) {
      let writer = try RecordingWriter(path: "/no/such/a.pcapng", header: RecordingHeader())
      try writer.finish()
    }
  }

  @Test func otherFilesAreNotRecordings() throws {
    let path = temporaryPath()
    defer { unlink(path) }
    #expect(throws: RecordingError.cannotOpen(path, reason: "No such file or directory")) {
      try events(path)
    }
    for content in [[], Array("P9 2 2 255 abcd".utf8), [UInt8](repeating: 0, count: 3 << 20)] {
      let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
      _ = content.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      close(descriptor)
      #expect(throws: RecordingError.notARecording(path)) { try events(path) }
    }
    #expect(throws: RecordingError.readFailed("/tmp", reason: "Is a directory")) {
      try events("/tmp")
    }
  }

  @Test(.enabled(if: isInstalled("tshark"), "tshark is not installed"))
  func tsharkReadsEveryPacket() throws {
    let path = temporaryPath()
    defer { unlink(path) }
    let sample = Sample(count: 25, longest: 400, seed: 3)
    var writer = try RecordingWriter(path: path, header: sample.header)
    for packet in sample.packets {
      try writer.append(packet.bytes, direction: packet.direction, at: packet.time)
    }
    try writer.append(note: "disconnected", at: sample.packets.last?.time ?? 0)
    try writer.finish()
    let fields = [
      "frame.interface_name", "frame.time_epoch", "frame.len", "frame.encap_type",
      "frame.comment",
    ]
    let text = try #require(
      output(
        of: ["tshark", "-r", path, "-T", "fields", "-E", "separator=/t"]
          + fields.flatMap { ["-e", $0] }))
    let rows = text.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
    }
    try #require(rows.count == sample.packets.count + 1)
    for (row, packet) in zip(rows, sample.packets) {
      #expect(row[0] == (packet.direction == .received ? "rx" : "tx"))
      let fraction = String(packet.time % 1_000_000_000)
      let padded = String(repeating: "0", count: 9 - fraction.count) + fraction
      #expect(row[1] == "\(packet.time / 1_000_000_000).\(padded)")
      #expect(row[2] == "\(packet.bytes.count)")
    }
    #expect(rows.last?[2] == "0")
    #expect(rows.last?[4] == "disconnected")
  }
}

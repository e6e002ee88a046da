import Glibc
import Recording
import Testing

/// Recordings and dumps that gzip or zstd made smaller.
@Suite("Compressed recordings") struct PackedTests {
  private func read(_ content: [UInt8], dumpBaud: Int? = nil) throws -> [RecordingEvent] {
    let path = temporaryPath()
    defer { unlink(path) }
    try write(content, to: path)
    var reader = try RecordingReader(path: path, dumpBaud: dumpBaud)
    var events: [RecordingEvent] = []
    while let event = try reader.nextEvent() { events.append(event) }
    #expect(reader.count == UInt64(content.count))
    return events
  }

  private func unpack(
    _ pieces: [ArraySlice<UInt8>], _ compression: Compression
  ) -> (content: [UInt8], unpacker: Unpacker) {
    let unpacker = Unpacker(compression)
    var content: [UInt8] = []
    for piece in pieces {
      unpacker.feed(piece)
      while let next = unpacker.next() { content += next }
    }
    return (content, unpacker)
  }

  @Test(arguments: Packing.allCases) func theyHoldWhatTheyHeld(packing: Packing) throws {
    let sample = Sample(count: 400, longest: 2_000, seed: 41)
    #expect(try read(packing.pack(sample.file)) == sample.events)
    for capture in Capture.all {
      #expect(try read(packing.pack(capture.file(sample))) == capture.events(sample))
    }
  }

  /// Members follow each other as recorders append them, and as pigz and pzstd write them.
  @Test(arguments: Packing.allCases) func membersFollowEachOther(packing: Packing) throws {
    let sample = Sample(count: 60, longest: 500, seed: 42)
    let file = sample.file
    for count in [2, 3, 50] {
      let size = file.count / count + 1
      let members = stride(from: 0, to: file.count, by: size).flatMap {
        packing.pack(Array(file[$0..<min($0 + size, file.count)]))
      }
      #expect(try read(members) == sample.events)
      // Zeros behind them fill a tape's block.
      #expect(try read(members + [UInt8](repeating: 0, count: 700)) == sample.events)
    }
  }

  @Test(arguments: zip(Packing.allCases, Compression.allCases))
  func piecesOfAnySize(packing: Packing, compression: Compression) {
    let file = Sample(count: 20, longest: 300, seed: 43).file
    let packed = packing.pack(file) + packing.pack(Array(file.prefix(100)))
    for size in [1, 2, 7, 100] {
      let pieces = stride(from: 0, to: packed.count, by: size).map {
        packed[$0..<min($0 + size, packed.count)]
      }
      let (content, unpacker) = unpack(pieces, compression)
      #expect(content == file + file.prefix(100))
      #expect(unpacker.failure == nil && !unpacker.isWithin)
      #expect(unpacker.position == UInt64(packed.count))
    }
  }

  /// Cut anywhere, all before the cut comes out, and that something is missing is told.
  @Test(arguments: Packing.allCases) func aFileThatIsCutGivesWhatIsThere(packing: Packing) throws {
    // Large enough for several blocks of the compressed form.
    let sample = Sample(count: 600, longest: 2_000, seed: 44)
    let packed = packing.pack(sample.file)
    var counts: [Int] = []
    for share in 1..<8 {
      let cut = Array(packed[..<(packed.count * share / 8)])
      let events = try read(cut)
      #expect(events.packets == Array(sample.events.packets.prefix(events.packets.count)))
      #expect(
        events.contains(.damaged(.packedCutOff, offset: UInt64(cut.count), count: 0)), "\(share)")
      counts.append(events.packets.count)
    }
    #expect(counts == counts.sorted() && counts[6] > 400, "\(counts)")
    // All packets come without the file's last byte, too: zstd has blocks of 128 KiB, and the
    // checksum is no part of them.
    let events = try read(packed.dropLast())
    #expect(events.packets == sample.events.packets)
    #expect(events.contains { if case .damaged(.packedCutOff, _, _) = $0 { true } else { false } })
  }

  @Test(arguments: Packing.allCases) func damageWithinIsTold(packing: Packing) throws {
    var sample = Sample(count: 600, longest: 2_000, seed: 45)
    // The bytes must be compressible, or a changed one is just another byte.
    for index in sample.packets.indices {
      sample.packets[index].bytes = sample.packets[index].bytes.map { $0 & 0x33 }
    }
    var packed = packing.pack(sample.file)
    for index in packed.count / 2..<packed.count / 2 + 40 { packed[index] ^= 0xA5 }
    let events = try read(packed)
    let part = try #require(
      events.compactMap { event -> (offset: UInt64, count: UInt64)? in
        guard case .damaged(.packedBroken, let offset, let count) = event else { return nil }
        return (offset, count)
      }.first)
    #expect(part.offset + part.count == UInt64(packed.count))
    #expect(!events.packets.isEmpty)
  }

  @Test(arguments: Packing.allCases) func whatFollowsIsTold(packing: Packing) throws {
    let sample = Sample(count: 5, longest: 200, seed: 46)
    let packed = packing.pack(sample.file)
    let events = try read(packed + Array("not compressed".utf8))
    #expect(events.packets == sample.events.packets)
    #expect(events.contains(.damaged(.packedRest, offset: UInt64(packed.count), count: 14)))
  }

  /// A kilobyte that claims to be megabytes gives 64 KiB at a time, and is no recording.
  @Test(arguments: zip(Packing.allCases, Compression.allCases))
  func aBombGivesLittleAtATime(packing: Packing, compression: Compression) throws {
    let size = 64 << 20
    let bomb = packing.pack([UInt8](repeating: 0, count: size))
    #expect(bomb.count < size / 500)
    let unpacker = Unpacker(compression)
    unpacker.feed(bomb)
    var (pieces, total) = (0, 0)
    while let piece = unpacker.next() {
      #expect(!piece.isEmpty && piece.count <= Unpacker.mostAtOnce)
      pieces += 1
      total += piece.count
    }
    #expect(total == size && pieces >= size / Unpacker.mostAtOnce)
    #expect(throws: RecordingError.self) { _ = try read(bomb) }
  }

  @Test func aClaimTakesNoMemory() {
    // A frame of 2^60 bytes with a window of 2 GiB, and one of half a petabyte in one piece.
    for header in [[0xC0, 0xA8], [0xE0]] as [[UInt8]] {
      let frame = [0x28, 0xB5, 0x2F, 0xFD] + header + [0, 0, 0, 0, 0, 0, 0, 0x10, 1, 0, 0]
      let (content, unpacker) = unpack([frame[...]], .zstd)
      #expect(content.isEmpty && unpacker.failure == .broken)
    }
  }

  @Test(arguments: Packing.allCases) func dumpsAndTwiceAndNothing(packing: Packing) throws {
    let dump = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let bytes = try read(packing.pack(dump), dumpBaud: 9_600).flatMap { event -> [UInt8] in
      if case .bytes(let piece, .received, _) = event { piece } else { [] }
    }
    #expect(bytes == dump)
    let sample = Sample(count: 5, longest: 200, seed: 47)
    for again in Packing.allCases {
      let error = #expect(throws: RecordingError.self) {
        _ = try read(again.pack(packing.pack(sample.file)))
      }
      #expect("\(try #require(error))".contains("compressed twice"))
    }
    #expect(throws: RecordingError.self) { _ = try read(packing.pack([])) }
    // The first bytes alone are no recording either.
    #expect(throws: RecordingError.self) { _ = try read(Array(packing.pack(dump).prefix(4))) }
  }

  /// Files as the programs that people have write them.
  @Test(arguments: ["gzip -c", "gzip -9 -c", "zstd -q -c", "zstd -q -19 -c", "zstd -q --long -c"])
  func programsWriteThem(command: String) throws {
    guard isInstalled(String(command.prefix { $0 != " " })) else { return }
    let sample = Sample(count: 300, longest: 2_000, seed: 48)
    let path = temporaryPath()
    defer {
      unlink(path)
      unlink(path + ".packed")
    }
    try write(sample.file, to: path)
    try #require(system("\(command) < \(path) > \(path).packed 2>/dev/null") == 0)
    #expect(try read(contents(path + ".packed")) == sample.events)
  }
}

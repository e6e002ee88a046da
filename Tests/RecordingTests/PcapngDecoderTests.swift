import Recording
import Testing

@Suite("Reading recordings") struct PcapngDecoderTests {
  @Test func roundTrip() {
    let sample = Sample(count: 50, longest: 300, seed: 1)
    #expect(decoded(sample.file) == sample.events)
  }

  @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 11, 12, 13, 64, 4096]) func piecesOfAnySize(size: Int) {
    let sample = Sample(count: 20, longest: 300, seed: 2)
    let pieces = Array(repeating: size, count: sample.file.count / size)
    #expect(decoded(sample.file, pieces: pieces) == sample.events)
  }

  @Test func payloadsOfEveryLengthArePadded() {
    for length in 1...9 {
      var sample = Sample(count: 0, longest: 1, seed: 0)
      sample.packets = [([UInt8](repeating: 0xA5, count: length), .received, 5)]
      #expect(sample.file.count % 4 == 0)
      #expect(decoded(sample.file) == sample.events)
    }
  }

  @Test func notesStandBetweenThePackets() {
    let file =
      PcapngEncoder.header(RecordingHeader()) + PcapngEncoder.bytes([1], direction: .sent, at: 10)
      + PcapngEncoder.note("disconnected", at: 11)
    #expect(
      decoded(file) == [
        .header(RecordingHeader()), .bytes([1], direction: .sent, at: 10),
        .note("disconnected", at: 11),
      ])
  }

  @Test func aHeaderAloneIsAWholeRecording() {
    let header = RecordingHeader(linkProtocol: "raw:160x120")
    #expect(decoded(PcapngEncoder.header(header)) == [.header(header)])
  }

  @Test func extremeTimesSurvive() {
    for time in [0, 1, UInt64(UInt32.max), UInt64(UInt32.max) + 1, UInt64.max] {
      let file =
        PcapngEncoder.header(RecordingHeader())
        + PcapngEncoder.bytes([1], direction: .received, at: time)
      #expect(decoded(file).last == .bytes([1], direction: .received, at: time))
    }
  }

  @Test func aFileCutAnywhereGivesEveryCompleteBlock() {
    let sample = Sample(count: 12, longest: 60, seed: 3)
    let file = sample.file
    var ends: [Int] = []
    for block in sample.blocks { ends.append((ends.last ?? 0) + block.count) }
    for cut in 0...file.count {
      let events = decoded(Array(file[..<cut]))
      let complete = ends.dropFirst().filter { $0 <= cut }.count
      #expect(events.packets == Array(sample.events.packets.prefix(complete)), "cut at \(cut)")
      // If the file is cut within the header, missing bytes count from the last whole block.
      if cut >= ends[0] {
        let last = ends.last { $0 <= cut } ?? 0
        #expect(events.damagedBytes == UInt64(cut - last), "cut at \(cut)")
        if cut > last {
          #expect(
            events.last == .damaged(.cutOff, offset: UInt64(last), count: UInt64(cut - last)))
        }
      }
    }
  }

  @Test func aBrokenLengthCostsOneBlock() {
    let sample = Sample(count: 10, longest: 60, seed: 4)
    var random = Seeded(5)
    var start = sample.blocks[0].count
    for (index, block) in sample.blocks.dropFirst().enumerated() {
      for position in [4, 5, 6, 7, block.count - 4, block.count - 3, block.count - 1] {
        var file = sample.file
        file[start + position] ^= .random(in: 1...255, using: &random)
        var expected = sample.events.packets
        expected.remove(at: index)
        let events = decoded(file)
        #expect(events.packets == expected, "block \(index), byte \(position)")
        #expect(events.damagedBytes == UInt64(block.count))
      }
      start += block.count
    }
  }

  @Test func aLengthThatPromisesGigabytesAllocatesNothing() {
    let sample = Sample(count: 3, longest: 60, seed: 6)
    var file = sample.file
    let first = sample.blocks[0].count
    for i in 4..<8 { file[first + i] = 0xFF }
    #expect(decoded(file).packets == Array(sample.events.packets.dropFirst()))
  }

  @Test func aCountBeyondTheBlockIsBrokenContent() {
    let sample = Sample(count: 3, longest: 60, seed: 7)
    var file = sample.file
    let first = sample.blocks[0].count
    for i in 20..<24 { file[first + i] = 0xFF }
    let events = decoded(file)
    #expect(events.packets == Array(sample.events.packets.dropFirst()))
    #expect(
      events.contains(
        .damaged(
          .brokenContent, offset: UInt64(first), count: UInt64(sample.blocks[1].count))))
  }

  @Test func anUnknownInterfaceIsBrokenContent() {
    let sample = Sample(count: 3, longest: 60, seed: 8)
    var file = sample.file
    file[sample.blocks[0].count + 8] = 77
    #expect(decoded(file).packets == Array(sample.events.packets.dropFirst()))
  }

  @Test func aDestroyedStartStillGivesThePackets() {
    let sample = Sample(count: 6, longest: 60, seed: 9)
    for position in stride(from: 0, to: sample.blocks[0].count, by: 1) {
      var file = sample.file
      file[position] ^= 0xFF
      let events = decoded(file)
      let bytes = events.packets.map { event -> [UInt8] in
        if case .bytes(let bytes, _, _) = event { bytes } else { [] }
      }
      #expect(bytes == sample.packets.map(\.bytes), "byte \(position)")
    }
    // The header is missing entirely: directions and times are those of every recording.
    let rest = Array(sample.file[sample.blocks[0].count...])
    #expect(decoded(rest) == sample.events.packets)
  }

  @Test func insertedGarbageCostsNothingElse() {
    let sample = Sample(count: 6, longest: 60, seed: 10)
    var random = Seeded(11)
    for length in [1, 2, 3, 4, 13, 1000] {
      var blocks = sample.blocks
      blocks.insert((0..<length).map { _ in .random(in: 0...255, using: &random) }, at: 3)
      let events = decoded(blocks.flatMap { $0 })
      #expect(events.packets == sample.events.packets)
      #expect(events.damagedBytes == UInt64(length))
    }
  }

  @Test func randomDamageNeverCrashesAndAlwaysAddsUp() {
    let sample = Sample(count: 40, longest: 80, seed: 12)
    let whole = sample.file
    for seed in 0..<2_000 {
      var random = Seeded(UInt64(seed))
      var file = whole
      for _ in 0..<Int.random(in: 1...30, using: &random) {
        let position = Int.random(in: 0..<file.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: file[position] = .random(in: 0...255, using: &random)
        case 1: file.remove(at: position)
        default: file.insert(.random(in: 0...255, using: &random), at: position)
        }
      }
      let events = decoded(file)
      let pieces = (0..<100).map { _ in Int.random(in: 0...200, using: &random) }
      #expect(decoded(file, pieces: pieces) == events, "seed \(seed)")
      let delivered = events.packets.reduce(0) { sum, event in
        if case .bytes(let bytes, _, _) = event { sum + bytes.count } else { sum }
      }
      #expect(delivered + Int(events.damagedBytes) <= file.count, "seed \(seed)")
    }
  }

  @Test func otherProgramsByteOrderAndTimesAreUnderstood() {
    // Big-endian, microseconds by default, an interface with another name, a name block in between.
    func big(_ values: [UInt32]) -> [UInt8] {
      values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    }
    let file =
      big([0x0A0D_0D0A, 28, 0x1A2B_3C4D, 0x0001_0000, .max, .max, 28])
      + big([1, 20, 147 << 16, 0, 20]) + big([4, 12, 12])
      + big([6, 36, 0, 0, 5, 3, 3, 0x0102_0300, 36])
    #expect(
      decoded(file) == [
        .header(RecordingHeader(application: "")),
        .bytes([1, 2, 3], direction: .received, at: 5_000),
      ])
  }

  @Test func joinedFilesAreReadInOneGo() {
    let first = Sample(count: 3, longest: 20, seed: 13)
    var second = Sample(count: 3, longest: 20, seed: 14)
    second.header.linkProtocol = "jpeg-stream"
    #expect(decoded(first.file + second.file) == first.events + second.events)
  }
}

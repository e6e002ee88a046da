import Recording
import Testing

@Suite("Classic pcap") struct PcapDecoderTests {
  private func decoded(_ file: [UInt8], pieces: [Int] = []) -> [RecordingEvent] {
    var decoder = PcapDecoder()
    var events: [RecordingEvent] = []
    var start = 0
    for piece in pieces {
      events += decoder.push(file[start..<min(start + piece, file.count)])
      start = min(start + piece, file.count)
    }
    events += decoder.push(file[start...])
    return events + decoder.finish()
  }

  private func bytes(_ events: [RecordingEvent]) -> [[UInt8]] {
    events.compactMap { if case .bytes(let bytes, _, _) = $0 { bytes } else { nil } }
  }

  @Test(arguments: 0..<4) func allFourForms(index: Int) {
    let capture = Capture.all[index]
    let sample = Sample(count: 50, longest: 300, seed: 21)
    let file = capture.file(sample)
    #expect(decoded(file) == capture.events(sample))
    for size in [1, 2, 3, 15, 16, 17, 64, 4096] {
      let pieces = [Int](repeating: size, count: file.count / size + 1)
      #expect(decoded(file, pieces: pieces) == capture.events(sample))
    }
  }

  @Test func linkTypesForPrivateUseAreBare() {
    let sample = Sample(count: 2, longest: 30, seed: 22)
    for link in UInt32(147)...162 {
      var decoder = PcapDecoder()
      // The upper half of the field tells of checksums of networks.
      let file = Capture(link: link | 0x5400_0000).file(sample)
      #expect(bytes(decoder.push(file) + decoder.finish()) == sample.packets.map(\.bytes))
      #expect(decoder.foreignLink == nil)
    }
    for link in [UInt32(0), 1, 101, 113, 127, 146, 163, 220, 249, 276] {
      var decoder = PcapDecoder()
      let events = decoder.push(Capture(link: link).file(sample)) + decoder.finish()
      #expect(bytes(events).isEmpty)
      #expect(decoder.foreignLink == LinkType(UInt16(link)))
    }
  }

  /// RTAC_SERIAL: times, event, control lines and a footer stand before the bytes.
  @Test func serialEventsTellTheDirection() {
    let capture = Capture(link: 250)
    let header: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 2]
    var file = capture.header
    for (event, content) in [(1, [1, 2]), (2, [3]), (0, []), (4, [4, 5]), (3, [6])]
      as [(UInt8, [UInt8])]
    {
      file += capture.record(header + [event, 0x15, 0, 0] + content, at: 1_000_000_000)
    }
    let directions = decoded(file).compactMap { event in
      if case .bytes(let bytes, let direction, _) = event { (direction, bytes) } else { nil }
    }
    #expect(directions.map(\.0) == [.sent, .received, .received, .sent])
    #expect(directions.map(\.1) == [[1, 2], [3], [4, 5], [6]])
  }

  @Test func aFileCutAnywhereGivesEveryCompleteRecord() {
    let sample = Sample(count: 8, longest: 40, seed: 23)
    let capture = Capture()
    let file = capture.file(sample)
    var ends = [24]
    for packet in sample.packets { ends.append(ends[ends.count - 1] + 16 + packet.bytes.count) }
    for count in 0...file.count {
      let events = decoded(Array(file[..<count]))
      let whole = ends.filter { $0 <= count }.count - 1
      #expect(bytes(events) == sample.packets.prefix(max(whole, 0)).map(\.bytes), "\(count)")
      let rest = count - (whole < 0 ? 0 : ends[whole])
      #expect(events.damagedBytes == UInt64(rest), "\(count)")
      if rest > 0, whole >= 0 {
        #expect(
          events.last == .damaged(.cutOff, offset: UInt64(ends[whole]), count: UInt64(rest)))
      }
    }
  }

  /// A length that is wrong costs its record, and one that promises gigabytes no memory.
  @Test func aBrokenLengthCostsOneRecord() {
    let sample = Sample(count: 9, longest: 60, seed: 24)
    let capture = Capture()
    let place = 24 + sample.packets[..<4].reduce(0) { $0 + 16 + $1.bytes.count }
    for length in [UInt32.max, 1 << 20, 700, 90, 0] {
      var file = capture.file(sample)
      file.replaceSubrange(place + 8..<place + 12, with: capture.words(length))
      let found = bytes(decoded(file))
      // The part of the record that the length leaves may come out; the other records do.
      let others = sample.packets.enumerated().filter { $0.offset != 4 }.map(\.element.bytes)
      #expect(found.filter { others.contains($0) } == others, "\(length)")
      #expect(found.count <= others.count + 1, "\(length)")
    }
  }

  @Test func insertedGarbageCostsNothingElse() {
    let sample = Sample(count: 6, longest: 60, seed: 25)
    let capture = Capture()
    var random = Seeded(26)
    for length in [1, 2, 3, 4, 13, 1000] {
      let garbage = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      let records = sample.packets.map { capture.record($0.bytes, at: $0.time) }
      let file = capture.header + records[..<3].joined() + garbage + records[3...].joined()
      let events = decoded(file)
      #expect(bytes(events) == sample.packets.map(\.bytes))
      #expect(events.damagedBytes == UInt64(length))
    }
  }

  @Test func randomDamageNeverCrashesAndAlwaysAddsUp() {
    let sample = Sample(count: 40, longest: 80, seed: 27)
    let whole = Capture(isNano: true, isBig: true).file(sample)
    for seed in 0..<2_000 {
      var random = Seeded(UInt64(seed))
      var file = whole
      for _ in 0..<Int.random(in: 1...30, using: &random) {
        let position = Int.random(in: 24..<file.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: file[position] = .random(in: 0...255, using: &random)
        case 1: file.remove(at: position)
        default: file.insert(.random(in: 0...255, using: &random), at: position)
        }
      }
      let events = decoded(file)
      let pieces = (0..<100).map { _ in Int.random(in: 0...200, using: &random) }
      #expect(decoded(file, pieces: pieces) == events, "seed \(seed)")
      let delivered = bytes(events).reduce(0) { $0 + $1.count }
      #expect(delivered + Int(events.damagedBytes) <= file.count, "seed \(seed)")
    }
  }

  @Test func joinedFilesAreReadInOneGo() {
    let samples = [
      Sample(count: 3, longest: 40, seed: 28), Sample(count: 4, longest: 40, seed: 29),
    ]
    let captures = [Capture(isBig: true), Capture(isNano: true)]
    let file = zip(captures, samples).flatMap { $0.file($1) }
    #expect(decoded(file) == zip(captures, samples).flatMap { $0.events($1) })
  }
}

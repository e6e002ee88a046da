import Images
import LinkTestSupport
import Packets
import Testing

/// Flips, deletes, inserts, cuts and repeats bytes, as a bad wire would.
struct Mutator {
  var generator: SeededGenerator

  mutating func mutate(_ bytes: [UInt8], pool: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
      guard bytes.count > 2 else { break }
      let at = Int.random(in: 0..<bytes.count, using: &generator)
      let length = min(bytes.count - at, burst())
      switch Int.random(in: 0..<8, using: &generator) {
      case 0: bytes[at] ^= UInt8(1 << Int.random(in: 0..<8, using: &generator))
      case 1: bytes[at] = 0
      case 2: bytes.removeSubrange(at..<(at + length))
      case 3: bytes.insert(contentsOf: generator.bytes(length), at: at)
      case 4: bytes.insert(contentsOf: bytes[at..<(at + length)], at: at)
      case 5:
        // A stretch of bytes from anywhere in this or another stream.
        let from = Int.random(in: 0..<pool.count, using: &generator)
        let to = min(pool.count, from + burst() * 4)
        bytes.insert(contentsOf: pool[from..<to], at: at)
      case 6: bytes.replaceSubrange(at..<(at + length), with: generator.bytes(length))
      default:
        if Int.random(in: 0..<4, using: &generator) == 0 { bytes.removeSubrange(at...) }
      }
    }
    return bytes
  }

  private mutating func burst() -> Int {
    [1, 1, 2, 5, 20, 100, 400, 1500].randomElement(using: &generator) ?? 1
  }
}

@Suite struct ScribeCorruptionTests {
  /// A stream of a few small images of all formats, with console text and logs.
  static func stream(seed: UInt64) -> (bytes: [UInt8], images: [CapturedImage]) {
    var generator = SeededGenerator(seed: seed)
    let mtu = [96, 128, 252, 300, 1024].randomElement(using: &generator) ?? 252
    let board = TestBoard(mtu: mtu)
    var images: [CapturedImage] = []
    for number in 0..<6 {
      let image = TestImage.make(
        number: UInt32(number),
        format: TestImage.boardFormats.randomElement(using: &generator) ?? .gray8,
        width: Int.random(in: 1...160, using: &generator),
        height: Int.random(in: 1...24, using: &generator), using: &generator,
        timestamp: UInt64(seed &* 1000 &+ UInt64(number) &+ 1))
      images.append(image)
      board.send(image)
      if Bool.random(using: &generator) { board.printRaw(Array("loop \(number)\r\n".utf8)) }
    }
    return (board.bytes, images)
  }

  /// 10,000 corrupted streams: no crash, no image that wasn't sent, and every byte accounted for.
  @Test(arguments: 0..<10)
  func corruptedStreamsGiveNoFalseImage(part: Int) {
    var intact = 0
    var damaged = 0
    for base in 0..<20 {
      let seed = UInt64(part * 1000 + base)
      let (bytes, images) = Self.stream(seed: seed)
      let pool = bytes + Self.stream(seed: seed ^ 1).bytes
      let others = Self.stream(seed: seed ^ 1).images
      var mutator = Mutator(generator: SeededGenerator(seed: seed ^ 0xC0FFEE))
      for round in 0..<50 {
        let stream = mutator.mutate(bytes, pool: pool)
        var decoder = ScribeDecoder()
        var events: [LinkEvent] = []
        for piece in mutator.generator.split(stream, longest: 700) {
          events += decoder.decode(piece)
          if !decoder.statistics.isBalanced { Issue.record("unbalanced: \(decoder.statistics)") }
        }
        events += decoder.finish()
        for image in events.intactImages {
          intact += 1
          // The time is lost with BEGIN.
          let isSent = (images + others).contains { sent in
            var sent = sent
            if image.timestamp == nil { sent.timestamp = nil }
            return sent == image
          }
          if !isSent { Issue.record("false image \(image.number), seed \(seed), round \(round)") }
        }
        for (image, damage) in events.damagedImages {
          damaged += 1
          // The mutator splices in packets of another board, which has other descriptors.
          if damage.contains(.layoutUnproven) { continue }
          checkPixels(of: image, against: images + others, "seed \(seed), round \(round)")
        }
        let statistics = decoder.statistics
        if statistics.pendingBytes != 0 || statistics.bytesReceived != stream.count
          || !statistics.isBalanced || statistics.totalDroppedBytes != events.droppedByteCount
          || statistics.totalImagesLost != events.lostCount()
        {
          Issue.record("counters don't add up, seed \(seed), round \(round): \(statistics)")
        }
      }
    }
    // The corruption must neither spare nor kill everything.
    #expect(intact > 1000 && damaged > 50, "\(intact) intact, \(damaged) damaged")
  }

  /// Pixels that a damaged image claims to have were sent, at that place. Chunks have no row
  /// numbers, so another board's may be among them where the mutator put them.
  private func checkPixels(
    of image: CapturedImage, against sent: [CapturedImage], _ comment: String
  ) {
    guard image.format.bytesPerRow(width: image.width) != nil else {
      if !sent.contains(where: { $0.payload == image.payload }) {
        Issue.record("false JPEG \(image.number), \(comment)")
      }
      return
    }
    let payloads = sent.filter { $0.number == image.number }.map(\.payload)
    var present = RangeSet(image.payload.indices)
    for range in image.missing { present.remove(contentsOf: range) }
    let isSent = present.ranges.allSatisfy { range in
      range.allSatisfy { index in
        payloads.contains { index < $0.count && $0[index] == image.payload[index] }
      }
    }
    if !isSent { Issue.record("false pixels in image \(image.number), \(comment)") }
  }

  @Test func garbageBeforeCostsNoImage() {
    let (bytes, images) = Self.stream(seed: 77)
    var generator = SeededGenerator(seed: 78)
    for _ in 0..<200 {
      var decoder = ScribeDecoder()
      let garbage = generator.bytes(Int.random(in: 0...4000, using: &generator))
      let events = decoder.decode(garbage + bytes) + decoder.finish()
      #expect(events.intactImages == images)
    }
  }

  /// Line noise of any length in the middle costs at most the packet that it hits.
  @Test func noiseCostsAtMostOneSlice() {
    var generator = SeededGenerator(seed: 79)
    let board = TestBoard()
    let image = CapturedImage(
      width: 60, height: 60, format: .gray8, payload: generator.bytes(3600), timestamp: 1)
    board.send(image)
    let bytes = board.bytes
    for _ in 0..<500 {
      var noisy = bytes
      let at = Int.random(in: 0..<bytes.count, using: &generator)
      noisy.insert(contentsOf: generator.bytes(Int.random(in: 1...50, using: &generator)), at: at)
      var decoder = ScribeDecoder()
      let events = decoder.decode(noisy) + decoder.finish()
      let missing = events.damagedImages.first?.image.missing.joined().count ?? 0
      #expect(events.intactImages.count + events.damagedImages.count == 1)
      #expect(missing <= 242)
    }
  }

  @Test func consoleTextComesOutBesideImages() {
    let (bytes, images) = Self.stream(seed: 3)
    var decoder = ScribeDecoder()
    let events = decoder.decode(bytes) + decoder.finish()
    #expect(events.intactImages == images)
    let lines = events.consoleText.split(separator: "\r\n")
    #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("loop ") })
    #expect(decoder.statistics.consoleBytes == events.consoleText.utf8.count)
    #expect(decoder.statistics.droppedBytes.isEmpty)
  }
}

import Images
import LinkTestSupport
import Packets
import Testing

@Suite struct JPEGStreamTests {
  private func jpegs(_ count: Int, seed: UInt64, thumbnails: Bool = false) -> [[UInt8]] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { index in
      let thumbnail =
        thumbnails ? TestImage.jpeg(width: 8, height: 8, scanBytes: 40, using: &generator) : []
      return TestImage.jpeg(
        width: 160 + index, height: 120, scanBytes: 700, thumbnail: thumbnail, using: &generator)
    }
  }

  private func events(_ bytes: [UInt8], limit: Int = 1 << 20) -> [LinkEvent] {
    var decoder = JPEGStreamDecoder(limits: LinkLimits(maximumImageBytes: limit))
    let events = decoder.events(of: [bytes])
    #expect(decoder.statistics.isBalanced)
    #expect(decoder.statistics.droppedBytes.values.reduce(0, +) == events.droppedByteCount)
    return events
  }

  @Test(arguments: [false, true])
  func filesInARowComeOut(thumbnails: Bool) {
    let files = jpegs(4, seed: 1, thumbnails: thumbnails)
    let images = events(Array(files.joined())).intactImages
    #expect(images.map(\.payload) == files)
    #expect(images.map(\.width) == [160, 161, 162, 163])
    #expect(images.map(\.height) == [120, 120, 120, 120])
    #expect(images.map(\.number) == [0, 1, 2, 3])
  }

  /// Words and padding between files, as from ArduCAM sketches.
  @Test func wordsAndPaddingBetweenFiles() {
    let files = jpegs(2, seed: 2)
    let bytes =
      Array("ArduCAM Start!\r\nACK IMG\r\n".utf8) + files[0] + [0, 0, 0, 0, 0]
      + Array("next\n".utf8) + files[1] + [0]
    let events = events(bytes)
    #expect(events.intactImages.map(\.payload) == files)
    #expect(events.consoleText == "ArduCAM Start!\r\nACK IMG\r\nnext\n")
    #expect(events.droppedByteCount == 0)
  }

  /// The part that is there is given out as damaged; the next file comes whole.
  @Test func aLostEndCostsNoFile() {
    let files = jpegs(3, seed: 3)
    for cut in [2, 60, 600] {
      let events = events(files[0] + files[1].dropLast(cut) + files[2])
      #expect(events.intactImages.map(\.payload) == [files[0], files[2]])
      #expect(events.damagedImages.map(\.image.payload) == [Array(files[1].dropLast(cut))])
      #expect(events.damagedImages.map(\.damage) == [[.endLost]])
      #expect(events.lostCount() == 0 && events.droppedByteCount == 0)
    }
  }

  @Test func filesWithoutEnds() {
    let files = jpegs(3, seed: 13).map { Array($0.dropLast(2)) }
    var decoder = JPEGStreamDecoder()
    var events = decoder.decode(Array(files.joined()))
    #expect(events.damagedImages.count == 2)
    // A pause ends the last, as those before it had no end.
    events += decoder.idle()
    #expect(events.damagedImages.map(\.image.payload) == files)
    #expect(decoder.finish().isEmpty && decoder.statistics.isBalanced)
  }

  /// FF D8 in which a byte is lost or has a bit changed, before a header that can be no other's.
  @Test(
    arguments: [
      [0xD8], [0xFF], [], [0xDF, 0xD8], [0xFF, 0x98], [0x7F, 0xD8], [0xFF, 0xFF, 0xD8],
    ] as [[UInt8]])
  func aBrokenStartIsPutBack(start: [UInt8]) {
    let files = jpegs(3, seed: 14)
    for before in [[], Array("ACK IMG END\r\n".utf8), [0, 0, 0]] as [[UInt8]] {
      let bytes = files[0] + before + start + files[1].dropFirst(2) + before + files[2]
      let events = events(bytes)
      #expect(events.intactImages.map(\.payload) == files, "\(start) \(before)")
      #expect(events.lostCount() == 0)
    }
    // The end before it lost, too.
    let torn = events(files[0].dropLast(2) + start + files[1].dropFirst(2))
    #expect(torn.intactImages.map(\.payload) == [files[1]])
    #expect(torn.damagedImages.count == 1)
  }

  @Test func startsWithoutPictureAreDropped() {
    let file = jpegs(1, seed: 15)[0]
    for junk in [
      [0xFF, 0xD8, 0xFF, 0xD9], [0xFF, 0xD8, 0xFF, 0xDA, 0, 2, 7, 7, 7, 0xFF, 0xD9],
      [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 1, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 9, 9, 0xFF, 0xD9],
      // A frame header of 0x0 pixels.
      [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0]
        + [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 9, 9, 0xFF, 0xD9],
    ] as [[UInt8]] {
      let events = events(junk + file)
      #expect(events.intactImages.map(\.payload) == [file])
      #expect(events.damagedImages.isEmpty && events.lostCount(.badJPEG) == 1)
    }
  }

  /// An illegal marker among the data is left to what decodes them.
  @Test func aChangedByteIsNoEnd() {
    let files = jpegs(2, seed: 16)
    for marker in [0x01, 0xC4, 0xD8, 0xDB, 0xE5, 0xFE] as [UInt8] {
      var broken = files[0]
      let at = broken.count - 300
      broken.replaceSubrange(at..<at + 4, with: [0xFF, marker, 0x12, 0x34])
      #expect(events(broken + files[1]).intactImages.map(\.payload) == [broken, files[1]])
    }
  }

  /// As ONLCR does, with the first file and what follows.
  @Test func translatedLineEndsAreUndone() {
    var generator = SeededGenerator(seed: 17)
    let files = (0..<3).map { _ in
      TestImage.jpeg(width: 160, height: 120, scanBytes: 4000, using: &generator)
    }
    let bytes = Array(files.joined()).flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
    let events = events(bytes)
    let isUndone = events.intactImages.map(\.payload) == files
    #expect(isUndone)
    #expect(events.filter { $0 == .advice(.lineEndsTranslated) }.count == 1)
    #expect(events.droppedByteCount == 0)
  }

  @Test func eatenFlowControlIsNamedOnce() {
    var generator = SeededGenerator(seed: 18)
    let files = (0..<3).map { _ in
      TestImage.jpeg(width: 160, height: 120, scanBytes: 6000, using: &generator)
    }
    let bytes = Array(files.joined()).filter { $0 != 0x11 && $0 != 0x13 }
    let found = events(bytes)
    #expect(found.filter { $0 == .advice(.flowControlEaten) }.count == 1)
    #expect(found.intactImages.isEmpty)
    // Nothing of the kind where files are sound, or broken otherwise.
    let sound = events(Array(files.joined()) + files[0].dropFirst(30) + files[1])
    #expect(!sound.contains(.advice(.flowControlEaten)))
    #expect(!sound.contains(.advice(.lineEndsTranslated)))
  }

  @Test func paddingAndPartHeadersAreNoText() {
    let files = jpegs(2, seed: 19)
    let part = Array(
      "\r\n--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 800\r\n\r\n".utf8)
    let padding = [UInt8](repeating: 0xFF, count: 100)
    let events = events(part + files[0] + part + files[1] + padding)
    #expect(events.intactImages.map(\.payload) == files)
    #expect(events.droppedByteCount == 0)
    let hasNoText = events.consoleText.allSatisfy { $0.isNewline }
    #expect(hasNoText)
  }

  @Test func aLostStartCostsOneFile() {
    let files = jpegs(3, seed: 4)
    let events = events(files[0] + files[1].dropFirst(50) + files[2])
    #expect(events.intactImages.map(\.payload) == [files[0], files[2]])
  }

  /// A segment length that points far beyond the next file must not cost that file.
  @Test func aWrongSegmentLengthCostsOneFile() {
    let files = jpegs(4, seed: 5)
    var broken = files[1]
    broken[4] = 0x08
    let events = events(files[0] + broken + files[2] + files[3])
    let payloads = events.intactImages.map(\.payload)
    #expect(payloads.contains(files[0]) && payloads.contains(files[2]))
    #expect(payloads.contains(files[3]) && payloads.count == 3)
  }

  @Test func aFileOverTheLimitIsDropped() {
    var generator = SeededGenerator(seed: 6)
    let large = TestImage.jpeg(width: 8, height: 8, scanBytes: 5000, using: &generator)
    let small = TestImage.jpeg(width: 8, height: 8, scanBytes: 100, using: &generator)
    let events = events(large + small, limit: 2000)
    #expect(events.intactImages.map(\.payload) == [small])
    #expect(events.lostCount(.tooLarge) == 1)
  }

  @Test func aFileAtTheLimitPasses() {
    let file = jpegs(1, seed: 7)[0]
    #expect(events(file, limit: file.count).intactImages.count == 1)
    #expect(events(file, limit: file.count - 1).intactImages.isEmpty)
  }

  @Test func aCutFileIsDamaged() {
    let file = jpegs(1, seed: 8)[0]
    let found = events(Array(file.dropLast()))
    #expect(found.damagedImages.map(\.image.payload) == [Array(file.dropLast())])
    #expect(found.damagedImages.map(\.damage) == [[.endLost]])
    // Cut in its header there is nothing to show.
    #expect(
      events(Array(file.prefix(40))) == [
        .bytesDropped(.cutOff, count: 40), .imagesLost(count: 1, cause: .incomplete),
      ])
  }

  @Test func corruptedStreamsNeitherCrashNorLoseBytes() {
    for seed in 0..<2000 as Range<UInt64> {
      let bytes = Array(jpegs(4, seed: seed % 20, thumbnails: seed % 3 == 0).joined())
      var mutator = Mutator(generator: SeededGenerator(seed: seed))
      for image in events(mutator.mutate(bytes, pool: bytes)).intactImages {
        #expect(image.payload.starts(with: [0xFF, 0xD8, 0xFF]))
        #expect(image.payload.suffix(2) == [0xFF, 0xD9])
        #expect(image.width > 0 && image.height > 0)
      }
    }
  }
}

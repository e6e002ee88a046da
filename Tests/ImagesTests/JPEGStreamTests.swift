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

  @Test func aLostEndCostsOneFile() {
    let files = jpegs(3, seed: 3)
    let events = events(files[0] + files[1].dropLast(60) + files[2])
    #expect(events.intactImages.map(\.payload) == [files[0], files[2]])
    #expect(events.lostCount() == 1)
    #expect(events.droppedByteCount == files[1].count - 60)
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

  @Test func aCutFileIsDropped() {
    let file = jpegs(1, seed: 8)[0]
    let events = events(Array(file.dropLast()))
    #expect(
      events == [
        .bytesDropped(.cutOff, count: file.count - 1), .imagesLost(count: 1, cause: .incomplete),
      ])
  }

  @Test func corruptedStreamsNeitherCrashNorLoseBytes() {
    for seed in 0..<2000 as Range<UInt64> {
      let bytes = Array(jpegs(4, seed: seed % 20, thumbnails: seed % 3 == 0).joined())
      var mutator = Mutator(generator: SeededGenerator(seed: seed))
      for image in events(mutator.mutate(bytes, pool: bytes)).intactImages {
        #expect(image.payload.starts(with: [0xFF, 0xD8, 0xFF]))
        #expect(image.payload.suffix(2) == [0xFF, 0xD9])
      }
    }
  }
}

import FirmwareProto
import Glibc
import Images
import LinkTestSupport
import Packets
import Testing

/// Sizes and counts from a link are bounded before memory is taken for them.
@Suite struct BoundsTests {
  /// Large images that are announced and never sent cost nothing: filling a hundred thousand of 8
  /// MiB would take minutes.
  @Test func announcementsCostNothing() {
    let board = TestBoard()
    let image = CapturedImage(
      width: 4096, height: 2048, format: .gray8, payload: [], timestamp: 1)
    for _ in 0..<100_000 {
      #expect(board.begin(image) == SCRIBE_OK)
      _ = scribe_abort_image(board.encoder)
    }
    var decoder = ScribeDecoder()
    var lost = 0
    let start = threadSeconds()
    for packet in board.packets { lost += decoder.decode(packet).lostCount(.abortedByBoard) }
    #expect(threadSeconds() - start < 20)
    #expect(lost == 100_000)
    #expect(decoder.statistics.isBalanced)
  }

  /// A slice each of 8000 images of 2 MiB: were memory taken for what they claim, 16 GB.
  @Test func aSliceTakesItsOwnMemory() {
    let board = TestBoard()
    var bytes: [UInt8] = []
    let image = CapturedImage(
      width: 4096, height: 4096, format: .bilevel, payload: [], timestamp: 1)
    let row = [UInt8](repeating: 0x5A, count: 512)
    for _ in 0..<8000 {
      _ = board.begin(image)
      _ = scribe_lines(board.encoder, row, 1)
      _ = scribe_end_image(board.encoder)
    }
    for packet in board.packets { bytes += packet }
    var decoder = ScribeDecoder()
    let start = residentBytes()
    let events = decoder.decode(bytes) + decoder.finish()
    #expect(events.damagedImages.count == 8000)
    #expect(events.damagedImages.first?.image.byteCount == 4096 * 512)
    #expect(residentBytes() - start < 1 << 30)
  }

  @Test func imagesAboveTheLimitAreRefused() {
    let board = TestBoard()
    for side in [4096, 4095] {
      let image = CapturedImage(
        width: side, height: 4096, format: .rgb565LittleEndian, payload: [])
      #expect(board.begin(image) == SCRIBE_BAD_ARGUMENT)
    }
    // The encoder has the same limit, so a smaller one is set here.
    var decoder = ScribeDecoder(limits: LinkLimits(maximumImageBytes: 99))
    var generator = SeededGenerator(seed: 5)
    let image = TestImage.make(
      number: 0, format: .gray8, width: 10, height: 10, using: &generator, timestamp: 1)
    let small = TestBoard()
    small.send(image)
    let events = decoder.decode(small.bytes) + decoder.finish()
    #expect(events.lostCount(.tooLarge) == 1 && events.intactImages.isEmpty)
    #expect(board.packets.isEmpty)
    decoder = ScribeDecoder(limits: LinkLimits(maximumImageBytes: 100))
    #expect((decoder.decode(small.bytes) + decoder.finish()).intactImages == [image])
  }

  /// Pieces of slices that never become whole: one byte each, a million of them.
  @Test func tinyPiecesHaveABound() {
    let packets = PieceSender()
    var decoder = ScribeDecoder()
    _ = decoder.decode(packets.begin(width: 256, height: 65535))
    var kept = 0
    for row in 0..<1000 {
      var bytes: [UInt8] = []
      for number in 0..<255 { bytes += packets.piece(row: row, number: number) }
      _ = decoder.decode(bytes)
      kept = decoder.statistics.pendingBytes
    }
    #expect(decoder.statistics.isBalanced)
    // Each piece counts 256 bytes and its own two against 16 MiB.
    #expect(kept <= 2 * (16 << 20) / 258)
    #expect((decoder.statistics.droppedBytes[.malformed] ?? 0) > 1_000_000)
  }

  /// Syncs in place of pixels: an image and the next are held, no more.
  @Test func rawImagesHaveABound() throws {
    let layout = try RawLayout(width: 100, height: 50, format: .gray8, sync: [1, 2])
    var decoder = RawDecoder(layout: layout)
    let bytes = (0..<1000).map { UInt8(1 + $0 % 2) }
    for _ in 0..<200 {
      _ = decoder.decode(bytes)
      #expect(decoder.statistics.pendingBytes <= 2 * (layout.frameBytes + 2))
    }
    #expect(decoder.statistics.isBalanced)
  }

  /// A header whose FF D8 was lost, and a segment that no file may have: the search goes on.
  @Test func aSegmentOverTheLimitEndsTheFile() {
    var generator = SeededGenerator(seed: 90)
    let file = TestImage.jpeg(width: 8, height: 8, scanBytes: 50, using: &generator)
    var decoder = JPEGStreamDecoder(limits: LinkLimits(maximumImageBytes: 1000))
    let broken = file[2..<20] + [0xFF, 0xDB, 0xFF, 0xFF] + file
    let events = decoder.events(of: [Array(broken)])
    #expect(events.intactImages.map(\.payload) == [file])
    #expect(events.lostCount(.tooLarge) == 1)
    #expect(decoder.statistics.isBalanced)
  }

  /// Starts alone, each of which leads nowhere: were each followed by a look at 4096 bytes, it would
  /// take minutes.
  @Test func startsAloneAreQuick() {
    let bytes = [[UInt8]](repeating: [0xFF, 0xD8, 0xFF, 0xD8, 0xFF, 0xC0, 0, 1], count: 1 << 20)
    var decoder = JPEGStreamDecoder()
    let start = threadSeconds()
    let events = decoder.events(of: [Array(bytes.joined())])
    #expect(threadSeconds() - start < 20)
    #expect(events.lostCount(.badJPEG) == 2 << 20)
    #expect(decoder.statistics.isBalanced)
  }

  /// A dead wire's FF after the start of a JPEG looks like endless fill bytes before a marker.
  @Test func fillBytesHaveABound() {
    let limit = 10_000
    var decoder = JPEGStreamDecoder(limits: LinkLimits(maximumImageBytes: limit))
    var events = decoder.decode([0xFF, 0xD8, 0xFF])
    let fill = [UInt8](repeating: 0xFF, count: 1000)
    for _ in 0..<1000 {
      events += decoder.decode(fill)
      #expect(decoder.statistics.pendingBytes <= limit + fill.count)
      #expect(decoder.statistics.isBalanced)
    }
    #expect(events.lostCount(.tooLarge) == 1)
    // An image after them is decoded.
    var generator = SeededGenerator(seed: 6)
    let jpeg = TestImage.jpeg(width: 8, height: 8, scanBytes: 40, using: &generator)
    #expect(decoder.decode(jpeg).intactImages.map(\.payload) == [jpeg])
  }

  /// Starts within a header that all lead to the same broken data: each is tried, but the data are
  /// passed only once.
  @Test func brokenFilesAreNotReadAgainAndAgain() {
    let starts = 10_000
    // FF D8, then a segment over the rest of the header.
    var header: [UInt8] = []
    for i in 0..<starts {
      let length = (starts - i) * 6 - 4
      header += [0xFF, 0xD8, 0xFF, 0xE0, UInt8(length >> 8), UInt8(length & 255)]
    }
    var file = header + [0xFF, 0xDA, 0, 2]
    file += [UInt8](repeating: 0x55, count: 15 << 20)
    file += [0xFF, 0xE0, 0, 0]
    var decoder = JPEGStreamDecoder()
    let start = threadSeconds()
    let events = decoder.decode(file) + decoder.finish()
    #expect(threadSeconds() - start < 2)
    #expect(events.intactImages.isEmpty)
    #expect(decoder.statistics.isBalanced && decoder.statistics.pendingBytes == 0)
  }
}

/// Time of this thread, which a busy machine doesn't change.
private func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Memory of this process that is in use.
private func residentBytes() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var text = [CChar](repeating: 0, count: 256)
  guard fgets(&text, 256, file) != nil else { return 0 }
  let fields = String(
    decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self
  )
  .split(separator: " ")
  return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
}

/// Packets that no encoder sends.
private final class PieceSender {
  private var sequence: UInt8 = 0

  func begin(width: Int, height: Int) -> [UInt8] {
    packet(
      0x12, [0, 0, 0, 0],
      [0, 0, 0, 0, UInt8(width & 255), UInt8(width >> 8), UInt8(height & 255), UInt8(height >> 8)]
        + [1, 2] + [UInt8](repeating: 0, count: 26))
  }

  func piece(row: Int, number: Int) -> [UInt8] {
    packet(
      0x13, [0, 0x06, UInt8(row & 255), UInt8(row >> 8)], [UInt8(number), 7])
  }

  private func packet(_ type: UInt8, _ header: [UInt8], _ body: [UInt8]) -> [UInt8] {
    var bytes = [type, sequence] + header + body
    sequence &+= 1
    let crc = scribe_crc32(0, bytes, bytes.count)
    for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: crc >> UInt32(shift))) }
    var encoded = [UInt8](repeating: 0, count: bytes.count + 2)
    let count = scribe_cobs_encode(&encoded, bytes, bytes.count)
    return [0] + encoded.prefix(count) + [0]
  }
}

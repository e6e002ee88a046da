import FirmwareProto
import Images
import LinkTestSupport
import Packets
import Testing

/// A coder of the C encoder, and the image format that it takes.
final class TestCoder {
  let format: PixelFormat
  let pointer: UnsafeMutablePointer<scribe_coder>
  private let memory: UnsafeMutableRawPointer
  private var kept: UnsafeMutableBufferPointer<UInt8>?

  init(_ format: PixelFormat) {
    self.format = format
    if format == .bilevel {
      let bilevel = UnsafeMutablePointer<scribe_bilevel>.allocate(capacity: 1)
      scribe_bilevel_init(bilevel)
      memory = UnsafeMutableRawPointer(bilevel)
    } else {
      let lossless = UnsafeMutablePointer<scribe_lossless>.allocate(capacity: 1)
      scribe_lossless_init(lossless)
      memory = UnsafeMutableRawPointer(lossless)
    }
    pointer = memory.assumingMemoryBound(to: scribe_coder.self)
  }

  /// Keeps rows, so that images are coded against the one before.
  func keepRows(_ bytes: Int) {
    let rows = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes)
    rows.initialize(repeating: 0)
    kept = rows
    pointer.pointee.previous = rows.baseAddress
    pointer.pointee.previous_size = bytes
  }

  deinit {
    memory.deallocate()
    kept?.deallocate()
  }
}

@Suite struct CodedRowsTests {
  private static let formats: [PixelFormat] = [.gray8, .bilevel]

  /// Flat ground with blocks on it and, in some images, noise: it leads to runs, contexts and
  /// escapes.
  private func image(
    _ number: Int, _ format: PixelFormat, width: Int, height: Int,
    using generator: inout SeededGenerator
  ) -> CapturedImage {
    let isNoisy = Int.random(in: 0..<4, using: &generator) == 0
    var gray = [UInt8](repeating: 200, count: width * height)
    for _ in 0..<(width * height / 60 + 1) {
      let x = Int.random(in: 0..<width, using: &generator)
      let y = Int.random(in: 0..<height, using: &generator)
      let level = UInt8.random(in: 0...120, using: &generator)
      for row in y..<min(height, y + 3) {
        for column in x..<min(width, x + 4) { gray[row * width + column] = level }
      }
    }
    if isNoisy { gray = generator.bytes(gray.count) }
    var payload = gray
    if format == .bilevel {
      let stride = (width + 7) / 8
      payload = [UInt8](repeating: 0, count: stride * height)
      for (index, level) in gray.enumerated() where level < 128 {
        payload[index / width * stride + index % width / 8] |= 0x80 >> UInt8(index % width % 8)
      }
    }
    return CapturedImage(
      number: UInt32(number), width: width, height: height, format: format, payload: payload,
      timestamp: UInt64(number + 1) * 100_000)
  }

  private func events(_ packets: some Collection<[UInt8]>) -> (ScribeDecoder, [LinkEvent]) {
    var decoder = ScribeDecoder()
    let events = decoder.decode(Array(packets.joined())) + decoder.finish()
    #expect(decoder.statistics.isBalanced)
    #expect(decoder.statistics.pendingBytes == 0)
    return (decoder, events)
  }

  @Test(arguments: formats, [96, 252, 1024])
  func everySizeComesBack(format: PixelFormat, mtu: Int) {
    var generator = SeededGenerator(seed: UInt64(mtu))
    let board = TestBoard(mtu: mtu)
    let coder = TestCoder(format)
    board.coder = coder.pointer
    var sent: [CapturedImage] = []
    for width in [1, 2, 7, 8, 9, 31, 64, 100, 320, 640] {
      for height in [1, 2, 17, 40] {
        let image = image(sent.count, format, width: width, height: height, using: &generator)
        sent.append(image)
        #expect(board.send(image) == SCRIBE_OK)
      }
    }
    let (_, events) = events(board.packets)
    #expect(events.intactImages == sent)
    #expect(events.droppedByteCount == 0)
  }

  /// Every image after the first is coded against the one before, until one is lost.
  @Test func imagesToldByTheLastOneComeBack() throws {
    var generator = SeededGenerator(seed: 91)
    let board = TestBoard()
    let coder = TestCoder(.bilevel)
    coder.keepRows(20 * 100)
    board.coder = coder.pointer
    var sent = [image(0, .bilevel, width: 160, height: 100, using: &generator)]
    for number in 1..<40 {
      var next = sent[number - 1]
      next.number = UInt32(number)
      next.timestamp = UInt64(number + 1) * 100_000
      next.payload[Int.random(in: 0..<next.payload.count, using: &generator)] ^= 0x18
      sent.append(next)
    }
    var starts: [Int] = []
    for image in sent {
      starts.append(board.packets.count)
      #expect(board.send(image) == SCRIBE_OK)
    }
    #expect(events(board.packets).1.intactImages == sent)
    // Without image 5, slices that refer to it have no reference, and the others are there.
    var packets = board.packets
    packets.removeSubrange(starts[5]..<starts[6])
    let (decoder, events) = events(packets)
    #expect((decoder.statistics.droppedBytes[.noReference] ?? 0) > 0)
    // In some of the next images no slice can be decoded: they count as lost, too.
    #expect((1...8).contains(events.lostCount()))
    #expect(events.lostCount() + events.damagedImages.count + events.intactImages.count == 40)
    for (image, _) in events.damagedImages {
      let missing = Set(image.missingRows.joined())
      for row in 0..<100 where !missing.contains(row) {
        let range = row * 20..<(row + 1) * 20
        #expect(image.payload[range] == sent[Int(image.number)].payload[range])
      }
    }
    // Each slice is sent anew within eight images.
    #expect(events.intactImages.last == sent.last)
  }

  /// Each slice alone gives its rows, whatever else is lost.
  @Test(arguments: formats) func everySliceStandsAlone(format: PixelFormat) throws {
    var generator = SeededGenerator(seed: 92)
    let coder = TestCoder(format)
    let rowBytes = try #require(format.bytesPerRow(width: 90))
    for round in 0..<6 {
      let image = image(0, format, width: 90, height: 100, using: &generator)
      let board = TestBoard()
      board.coder = coder.pointer
      board.send(image)
      let slices = board.packets.filter(\.isSlice)
      let others = board.packets.filter { !$0.isSlice }
      // Fragments of a slice have one position, in bytes 4 and 5 of the packet.
      var found = 0
      for position in Set(slices.map { Array($0.unstuffed[4..<6]) }) {
        let alone = slices.filter { Array($0.unstuffed[4..<6]) == position }
        let (_, events) = events(others.dropLast() + alone + others.suffix(1))
        let (damaged, _) = try #require(events.damagedImages.first)
        let missing = Set(damaged.missingRows.joined())
        let first = Int(position[0]) | Int(position[1]) << 8
        #expect(!missing.contains(first), "round \(round)")
        let fill: UInt8 = format == .bilevel ? 0 : 0x80
        for row in 0..<100 {
          let range = row * rowBytes..<(row + 1) * rowBytes
          if missing.contains(row) {
            #expect(damaged.payload[range].allSatisfy { $0 == fill })
          } else {
            found += 1
            #expect(damaged.payload[range] == image.payload[range])
          }
        }
      }
      // Together the slices are the image: no row twice, none left out.
      #expect(found == 100)
    }
  }

  @Test(arguments: formats) func lostPacketsCostTheirSliceAlone(format: PixelFormat) throws {
    var generator = SeededGenerator(seed: 93)
    let coder = TestCoder(format)
    let image = image(0, format, width: 120, height: 96, using: &generator)
    let rowBytes = try #require(format.bytesPerRow(width: 120))
    let board = TestBoard(mtu: 96)
    board.coder = coder.pointer
    board.send(image)
    let indices = board.packets.indices.filter { board.packets[$0].isSlice }
    #expect(indices.count >= 4)
    for index in indices {
      var packets = board.packets
      packets.remove(at: index)
      let (_, events) = events(packets)
      let (damaged, damage) = try #require(events.damagedImages.first)
      let missing = Array(damaged.missingRows.joined())
      #expect(damage == [.missingRows(missing.count)])
      #expect((1...32).contains(missing.count))
      for row in Set(0..<96).subtracting(missing) {
        let range = row * rowBytes..<(row + 1) * rowBytes
        #expect(damaged.payload[range] == image.payload[range])
      }
    }
  }

  /// Slices whose code is cut, changed or noise, in packets with the right CRC: each is dropped and
  /// counted, or gives the rows that it announces, and never more.
  @Test(arguments: formats) func damagedCodeIsBounded(format: PixelFormat) throws {
    var generator = SeededGenerator(seed: 94)
    let coder = TestCoder(format)
    let rowBytes = try #require(format.bytesPerRow(width: 200))
    var dropped = 0
    for round in 0..<300 {
      let image = image(0, format, width: 200, height: 64, using: &generator)
      let board = TestBoard()
      board.coder = coder.pointer
      board.send(image)
      let packets = board.packets.map { packet -> [UInt8] in
        guard packet.isSlice else { return packet }
        var body = packet.unstuffed
        switch round % 4 {
        case 0: body.removeLast(min(body.count - 6, Int.random(in: 1...20, using: &generator)))
        case 1: body += generator.bytes(Int.random(in: 1...5, using: &generator))
        case 2:
          let at = Int.random(in: 3..<body.count, using: &generator)
          body[at] ^= UInt8.random(in: 1...255, using: &generator)
        default:
          let count = Int.random(in: 0...200, using: &generator)
          body = Array(body.prefix(6)) + generator.bytes(count)
        }
        return body.framed
      }
      let (decoder, events) = events(packets)
      let images = events.damagedImages.map(\.image) + events.intactImages
      #expect(images.count <= 1)
      for image in images { #expect(image.payload.count == rowBytes * 64) }
      dropped += decoder.statistics.droppedBytes[.badSlice] ?? 0
    }
    #expect(dropped > 10_000)
  }

  /// A slice that claims 255 rows does not fit an image of four.
  @Test func rowsBeyondTheImageAreMalformed() {
    let board = TestBoard()
    _ = board.begin(
      CapturedImage(width: 8, height: 4, format: .bilevel, payload: [0, 0, 0, 0], timestamp: 1))
    _ = scribe_abort_image(board.encoder)
    let coder = TestCoder(.bilevel)
    board.coder = coder.pointer
    board.send(
      CapturedImage(
        number: 1, width: 8, height: 4, format: .bilevel, payload: [1, 2, 3, 4], timestamp: 1))
    let packets = board.packets.map { packet -> [UInt8] in
      guard packet.isSlice else { return packet }
      var body = packet.unstuffed
      body[6] = 255
      return body.framed
    }
    let (decoder, events) = events(packets)
    #expect((decoder.statistics.droppedBytes[.malformed] ?? 0) > 0)
    #expect(events.intactImages.isEmpty)
  }

  /// Code that makes no sense, in packets that came whole, is told from slices that never came.
  @Test(arguments: formats) func badCodeIsToldFromLosses(format: PixelFormat) throws {
    let coder = TestCoder(format)
    let count = try #require(format.bytesPerRow(width: 64)) * 40
    var images: [CapturedImage] = []
    let board = TestBoard()
    board.coder = coder.pointer
    for number in 0..<3 as Range<UInt32> {
      let pixels = [UInt8](repeating: 100 + UInt8(number), count: count)
      let image = CapturedImage(
        number: number, width: 64, height: 40, format: format, payload: pixels,
        timestamp: UInt64(number) + 1)
      board.send(image)
      images.append(image)
    }
    func setRows(_ body: [UInt8], _ rows: UInt8) -> [UInt8] {
      var body = body
      body[6] = rows
      return body
    }
    let noise = [UInt8](repeating: 0x5A, count: 40)
    // More code than rows take, slices of no row, and of rows beyond the image.
    let changes: [([UInt8]) -> [UInt8]] = [
      { $0 + noise }, { setRows($0, 0) }, { setRows($0, 255) },
    ]
    for change in changes {
      let packets = board.packets.map { packet -> [UInt8] in
        let body = packet.unstuffed
        return packet.isSlice && body[2] == 1 ? change(body).framed : packet
      }
      let (decoder, events) = events(packets)
      #expect(events.intactImages == [images[0], images[2]])
      #expect(events.filter { $0 == .imagesLost(count: 1, cause: .undecodable) }.count == 1)
      #expect(decoder.statistics.imagesLost == [.undecodable: 1])
    }
    let (decoder, _) = events(board.packets.filter { !$0.isSlice || $0.unstuffed[2] != 1 })
    #expect(decoder.statistics.imagesLost == [.onLink: 1])
  }

  /// Lines of bars, as simple as print can be.
  @Test func aPageOfTextIsSmall() {
    // 320 x 240 with 12 lines of blocks like letters.
    var payload = [UInt8](repeating: 0, count: 40 * 240)
    var generator = SeededGenerator(seed: 95)
    for line in 0..<12 {
      for column in 2..<38 {
        let shape = UInt8.random(in: 0...3, using: &generator)
        for row in 0..<9 {
          payload[(line * 20 + row + 5) * 40 + column] =
            shape == 0 ? 0 : row % 4 == 0 && shape > 1 ? 0x7C : 0x44
        }
      }
    }
    let board = TestBoard()
    let coder = TestCoder(.bilevel)
    board.coder = coder.pointer
    let image = CapturedImage(
      width: 320, height: 240, format: .bilevel, payload: payload, timestamp: 1)
    board.send(image)
    let (_, events) = events(board.packets)
    #expect(events.intactImages == [image])
    #expect(board.bytes.count < 2500)
  }
}

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

  private func isSlice(_ packet: [UInt8]) -> Bool { packet[packet.first == 0 ? 2 : 1] == 0x13 }

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
      let slices = board.packets.filter(isSlice)
      let others = board.packets.filter { !isSlice($0) }
      // Fragments of a slice have one position, in bytes 4 and 5 of the packet.
      var found = 0
      for position in Set(slices.map { Array(unstuffed($0)[4..<6]) }) {
        let alone = slices.filter { Array(unstuffed($0)[4..<6]) == position }
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
    let indices = board.packets.indices.filter { isSlice(board.packets[$0]) }
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
        guard isSlice(packet) else { return packet }
        var body = unstuffed(packet)
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
        return framed(body)
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
      guard isSlice(packet) else { return packet }
      var body = unstuffed(packet)
      body[6] = 255
      return framed(body)
    }
    let (decoder, events) = events(packets)
    #expect((decoder.statistics.droppedBytes[.malformed] ?? 0) > 0)
    #expect(events.intactImages.isEmpty)
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

/// The packet's header and body, without delimiters, COBS and CRC.
private func unstuffed(_ packet: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  var at = packet.first == 0 ? 1 : 0
  while at < packet.count - 1 {
    let code = Int(packet[at])
    result += packet[(at + 1)..<min(at + code, packet.count - 1)]
    at += code
    if code < 255, at < packet.count - 1 { result.append(0) }
  }
  return Array(result.dropLast(4))
}

/// A packet around header and body, with the right CRC.
private func framed(_ body: [UInt8]) -> [UInt8] {
  let crc = scribe_crc32(0, body, body.count)
  let packet = body + (0..<4).map { UInt8(truncatingIfNeeded: crc >> (8 * UInt32($0))) }
  var stuffed = [UInt8](repeating: 0, count: packet.count + packet.count / 254 + 1)
  let count = scribe_cobs_encode(&stuffed, packet, packet.count)
  return [0] + stuffed.prefix(count) + [0]
}

import FirmwareProto
import Images
import LinkTestSupport
import Packets
import Testing

/// Whole packets lost, repeated or out of order.
@Suite struct ScribeLossTests {
  /// Packets of images of 10 x 60 gray8, two slices of 24 rows and one of 12 each.
  private struct Recording {
    var packets: [[UInt8]] = []
    var images: [CapturedImage] = []
    /// The packets of image n: BEGIN, three slices, END.
    var ofImage: [Range<Int>] = []

    init(images count: Int = 3) {
      var generator = SeededGenerator(seed: 40)
      let board = TestBoard()
      for number in 0..<count {
        let image = CapturedImage(
          number: UInt32(number), width: 10, height: 60, format: .gray8,
          payload: generator.bytes(600), timestamp: UInt64(1000 + number))
        board.send(image)
        images.append(image)
        ofImage.append((board.packets.count - 5)..<board.packets.count)
      }
      packets = board.packets
    }
  }

  private func events(_ packets: some Collection<[UInt8]>) -> (ScribeDecoder, [LinkEvent]) {
    var decoder = ScribeDecoder()
    let events = decoder.decode(Array(packets.joined())) + decoder.finish()
    #expect(decoder.statistics.isBalanced)
    #expect(decoder.statistics.pendingBytes == 0)
    return (decoder, events)
  }

  @Test func beginLost() {
    var recording = Recording()
    recording.packets.remove(at: recording.ofImage[1].lowerBound)
    let (decoder, events) = events(recording.packets)
    // Proven by END all the same; only the time is unknown.
    var expected = recording.images
    expected[1].timestamp = nil
    #expect(events.intactImages == expected)
    #expect(decoder.statistics.packetsMissing == 1)
  }

  @Test func endLost() {
    var recording = Recording()
    recording.packets.remove(at: recording.ofImage[1].upperBound - 1)
    let (_, events) = events(recording.packets)
    #expect(events.intactImages == [recording.images[0], recording.images[2]])
    #expect(events.damagedImages.map(\.image) == [recording.images[1]])
    #expect(events.damagedImages.map(\.damage) == [[.endLost]])
  }

  @Test func endOfTheLastImageLost() {
    let recording = Recording(images: 1)
    var decoder = ScribeDecoder()
    let events = decoder.decode(Array(recording.packets.dropLast().joined()))
    #expect(events.intactImages.isEmpty && events.damagedImages.isEmpty)
    // A pause is enough for the image to be shown.
    #expect(decoder.idle() == [.damagedImage(recording.images[0], [.endLost])])
    #expect(decoder.statistics.isBalanced)
  }

  @Test(arguments: [(1, 0..<242), (2, 242..<484), (3, 484..<600)])
  func sliceLost(offset: Int, bytes: Range<Int>) throws {
    var recording = Recording()
    recording.packets.remove(at: recording.ofImage[1].lowerBound + offset)
    let (decoder, events) = events(recording.packets)
    let (image, damage) = try #require(events.damagedImages.first)
    #expect(image.missing == [bytes])
    let rows = bytes.lowerBound / 10..<(bytes.upperBound + 9) / 10
    #expect(image.missingRows == [rows])
    #expect(damage == [.missingRows(rows.count)])
    #expect(!image.isIntact)
    var expected = recording.images[1].payload
    for index in bytes { expected[index] = 0x80 }
    #expect(image.payload == expected)
    #expect(decoder.statistics.payloadBytes == 1800 - bytes.count)
  }

  @Test(arguments: TestImage.boardFormats.dropLast())
  func missingRowsAreFilledInEveryFormat(format: PixelFormat) throws {
    var generator = SeededGenerator(seed: 41)
    let image = TestImage.make(
      number: 0, format: format, width: 300, height: 4, using: &generator, timestamp: 1)
    let board = TestBoard(mtu: 96)
    board.send(image)
    let rowBytes = try #require(format.bytesPerRow(width: 300))
    // One packet is lost from the middle.
    var packets = board.packets
    packets.remove(at: 3 + (packets.count - 4) / 2)
    let (_, events) = events(packets)
    let (damaged, _) = try #require(events.damagedImages.first)
    let missing = Set(damaged.missing.joined())
    #expect(missing.count == min(86, rowBytes * 4 - 86))
    let fill: [UInt8] =
      switch format {
      case .rgb565LittleEndian: [0x10, 0x84]
      case .rgb565BigEndian: [0x84, 0x10]
      case .bilevel: [0]
      case .gray4: [0x88]
      default: [0x80]
      }
    #expect(
      damaged.payload.indices.allSatisfy {
        damaged.payload[$0] == (missing.contains($0) ? fill[$0 % fill.count] : image.payload[$0])
      })
  }

  @Test func beginAndEndLost() {
    var recording = Recording()
    recording.packets.remove(at: recording.ofImage[1].upperBound - 1)
    recording.packets.remove(at: recording.ofImage[1].lowerBound)
    let (_, events) = events(recording.packets)
    #expect(events.intactImages == [recording.images[0], recording.images[2]])
    #expect(events.damagedImages.map(\.image.payload) == [recording.images[1].payload])
    #expect(events.damagedImages.map(\.damage) == [[.endLost, .layoutUnproven]])
  }

  @Test func imageLostAltogether() {
    var recording = Recording(images: 4)
    recording.packets.removeSubrange(
      recording.ofImage[1].lowerBound..<recording.ofImage[2].upperBound)
    let (_, events) = events(recording.packets)
    #expect(events.intactImages == [recording.images[0], recording.images[3]])
    #expect(events.lostCount(.onLink) == 2)
    #expect(events.lostCount() == 2)
  }

  @Test func allButEndLost() {
    var recording = Recording()
    let range = recording.ofImage[1]
    recording.packets.removeSubrange(range.lowerBound..<(range.upperBound - 1))
    let (_, events) = events(recording.packets)
    #expect(events.intactImages == [recording.images[0], recording.images[2]])
    #expect(events.lostCount(.onLink) == 1)
  }

  @Test func imagesTheBoardDroppedAreToldFromLosses() {
    let board = TestBoard()
    let image = CapturedImage(width: 1, height: 1, format: .gray8, payload: [5], timestamp: 1)
    board.send(image)
    for _ in 0..<3 { _ = scribe_skip_image(board.encoder) }
    let before = board.packets.count
    board.send(image)
    let after = board.packets.count
    board.send(image)
    _ = scribe_skip_image(board.encoder)
    board.send(image)
    var packets = board.packets
    packets.removeSubrange(before..<after)
    let (_, events) = events(packets)
    #expect(events.intactImages.map(\.number) == [0, 5, 7])
    #expect(events.lostCount(.droppedByBoard) == 4)
    #expect(events.lostCount(.onLink) == 1)
  }

  @Test func anAbortedImageIsVoid() {
    let board = TestBoard()
    let image = CapturedImage(
      width: 100, height: 9, format: .gray8, payload: [UInt8](repeating: 3, count: 900),
      timestamp: 1)
    #expect(board.begin(image) == SCRIBE_OK)
    #expect(scribe_lines(board.encoder, image.payload, 5) == SCRIBE_OK)
    #expect(scribe_abort_image(board.encoder) == SCRIBE_OK)
    board.send(image)
    let (decoder, events) = events(board.packets)
    #expect(events.intactImages.map(\.number) == [1])
    #expect(events.lostCount(.abortedByBoard) == 1)
    #expect(decoder.statistics.droppedBytes == [.abortedImage: 484])
  }

  /// A full transmit buffer in the middle of an image: the image is given up, no half image is
  /// shown as whole.
  @Test func anOverflowGivesUpTheImage() {
    let board = TestBoard()
    let image = CapturedImage(
      width: 100, height: 20, format: .gray8, payload: [UInt8](repeating: 3, count: 2000),
      timestamp: 1)
    _ = board.begin(image)
    _ = scribe_lines(board.encoder, image.payload, 6)
    board.isFull = true
    #expect(scribe_lines(board.encoder, image.payload, 6) == SCRIBE_OVERFLOW)
    board.isFull = false
    #expect(scribe_lines(board.encoder, image.payload, 8) == SCRIBE_OVERFLOW)
    #expect(scribe_end_image(board.encoder) == SCRIBE_OVERFLOW)
    #expect(board.encoder.pointee.images_aborted == 1)
    board.send(image)
    let (_, events) = events(board.packets)
    #expect(events.intactImages.map(\.number) == [1])
    #expect(events.lostCount(.abortedByBoard) == 1)
    #expect(events.damagedImages.isEmpty)
  }

  @Test func rowsTheFirmwareForgotAreMissing() {
    let board = TestBoard()
    let image = CapturedImage(
      width: 100, height: 9, format: .gray8, payload: [UInt8](repeating: 3, count: 900),
      timestamp: 1)
    _ = board.begin(image)
    _ = scribe_bytes(board.encoder, image.payload, 550)
    #expect(scribe_end_image(board.encoder) == SCRIBE_BAD_STATE)
    let (_, events) = events(board.packets)
    #expect(events.damagedImages.map(\.image.missingRows) == [[4..<9]])
  }

  @Test func packetsOutOfOrderWithinAnImage() {
    var generator = SeededGenerator(seed: 42)
    for format in TestImage.boardFormats {
      for _ in 0..<20 {
        let image = TestImage.make(
          number: 0, format: format, width: 300, height: 12, using: &generator, timestamp: 9)
        let board = TestBoard(mtu: 128)
        board.send(image)
        // HELLO says that the board starts anew, and END that the image ends: these are kept.
        var packets = board.packets
        let middle = 1..<(packets.count - 1)
        packets.replaceSubrange(middle, with: packets[middle].shuffled(using: &generator))
        // Without a descriptor, slices before BEGIN couldn't be placed.
        packets.insert(board.packets[1], at: 1)
        let (_, events) = events(packets)
        #expect(events.intactImages == [image], "\(format)")
      }
    }
  }

  @Test func repeatedPacketsAreDroppedAndCounted() {
    let recording = Recording()
    let (decoder, events) = events(recording.packets.flatMap { [$0, $0] })
    #expect(events.intactImages == recording.images)
    #expect(events.damagedImages.isEmpty)
    // BEGIN and slices are duplicates within the image; END comes after it was closed.
    #expect(Set(decoder.statistics.droppedBytes.keys) == [.duplicate, .late])
  }

  /// A whole image that is repeated isn't shown twice.
  @Test func aRepeatedImageIsLate() {
    let recording = Recording()
    let again = recording.packets[recording.ofImage[1]]
    let (_, events) = events(recording.packets + again)
    #expect(events.intactImages == recording.images)
  }

  @Test func aRestartedBoardStartsFromZero() {
    let (first, second) = (Recording(images: 3), Recording(images: 3))
    let cut = first.ofImage[1].lowerBound + 3
    let (decoder, events) = events(first.packets[..<cut] + second.packets)
    #expect(decoder.statistics.packetsMissing == 0)
    #expect(events.intactImages == [first.images[0]] + second.images)
    #expect(events.damagedImages.map(\.damage) == [[.missingRows(12), .endLost]])
    #expect(events.lostCount() == 0)
  }

  /// HELLO and the descriptor are lost: BEGIN is enough.
  @Test func aRestartWithoutHello() {
    let board = TestBoard()
    let image = CapturedImage(width: 2, height: 1, format: .gray8, payload: [1, 2], timestamp: 50)
    for _ in 0..<10 { board.send(image) }
    let restarted = TestBoard()
    var other = image
    other.timestamp = 60
    for _ in 0..<3 { restarted.send(other) }
    let (_, events) = events(board.packets + restarted.packets.dropFirst(2))
    #expect(events.intactImages.map(\.number) == Array(0..<10) + [0, 1, 2])
    #expect(events.lostCount() == 0)
  }

  @Test func theLayoutMayChangeInMidStream() {
    var generator = SeededGenerator(seed: 43)
    let board = TestBoard()
    var sent: [CapturedImage] = []
    for number in 0..<40 {
      let format = TestImage.boardFormats[number % 6]
      let image = TestImage.make(
        number: UInt32(number), format: format, width: 10 + number % 7, height: 5 + number % 3,
        using: &generator, timestamp: UInt64(number + 1))
      sent.append(image)
      board.send(image)
    }
    #expect(events(board.packets).1.intactImages == sent)
    // Descriptors aren't needed as long as BEGIN comes.
    let withoutDescriptors = board.packets.filter { $0[2] != 0x11 }
    #expect(withoutDescriptors.count < board.packets.count)
    #expect(events(withoutDescriptors).1.intactImages == sent)
  }

  /// The descriptor id has wrapped around, and both DESCRIPTOR and BEGIN of the new layout are
  /// lost: 4 x 8 pixels must not be given out as 8 x 4.
  @Test func aStaleDescriptorGivesNoImage() {
    let board = TestBoard()
    func send(_ width: Int, _ height: Int) {
      board.send(
        CapturedImage(
          width: width, height: height, format: .gray8,
          payload: (0..<(width * height)).map { UInt8($0) }, timestamp: 1))
    }
    send(4, 8)
    for height in 1...7 { send(3, height) }
    let before = board.packets.count
    send(8, 4)
    var packets = board.packets
    packets.removeSubrange(before..<(before + 2))
    let (_, events) = events(packets)
    #expect(events.intactImages.count == 8)
    #expect(events.damagedImages.isEmpty)
    #expect(events.lostCount(.staleDescriptor) == 1)
  }

  @Test func joiningInMidImageWithoutDescriptor() {
    let recording = Recording()
    let start = recording.ofImage[0].lowerBound + 2
    let (decoder, events) = events(recording.packets[start...])
    #expect(events.intactImages == [recording.images[1], recording.images[2]])
    #expect(decoder.statistics.droppedBytes[.noDescriptor] != nil)
  }

  @Test func aJPEGWithAHoleIsDropped() {
    var generator = SeededGenerator(seed: 44)
    let board = TestBoard()
    var sent: [CapturedImage] = []
    for number in 0..<3 {
      let image = TestImage.make(
        number: UInt32(number), format: .jpeg, width: 64, height: 64, using: &generator,
        timestamp: 1)
      sent.append(image)
      board.send(image)
    }
    // Image 1 loses its second slice, image 2 its END.
    let begins = board.packets.indices.filter { board.packets[$0][2] == 0x12 }
    var packets = board.packets
    packets.removeLast()
    packets.remove(at: begins[1] + 2)
    let (decoder, events) = events(packets)
    #expect(events.intactImages == [sent[0]])
    #expect(events.lostCount(.incomplete) == 1)
    #expect(events.damagedImages.map(\.image) == [sent[2]])
    #expect(events.damagedImages.map(\.damage) == [[.endLost]])
    #expect(decoder.statistics.droppedBytes[.incompleteImage] != nil)
  }

  @Test func whatIsNoJPEGIsDropped() {
    let board = TestBoard()
    let junk: [[UInt8]] = [
      Array("not a picture".utf8), [0xFF, 0xD8, 1, 2, 3], [0xFF, 0xD9], [0xFF, 0xD8, 0xFF, 0xD9],
      [0xFF, 0xD8] + Array("junk".utf8) + [0xFF, 0xD9],
    ]
    for payload in junk {
      board.send(CapturedImage(width: 0, height: 0, format: .jpeg, payload: payload))
    }
    var generator = SeededGenerator(seed: 1)
    let padded = CapturedImage(
      number: 5, width: 0, height: 0, format: .jpeg,
      payload: TestImage.jpeg(width: 8, height: 8, scanBytes: 9, using: &generator) + [0, 0, 0])
    board.send(padded)
    let (_, events) = events(board.packets)
    #expect(events.lostCount(.badJPEG) == 5)
    #expect(events.intactImages == [padded])
  }

  @Test func imagesOverTheLimitAreRefused() {
    let board = TestBoard()
    let large = CapturedImage(
      width: 100, height: 11, format: .gray8, payload: [UInt8](repeating: 1, count: 1100))
    let small = CapturedImage(
      number: 1, width: 100, height: 10, format: .gray8, payload: [UInt8](repeating: 1, count: 1000)
    )
    board.send(large)
    board.send(small)
    var decoder = ScribeDecoder(limits: LinkLimits(maximumImageBytes: 1000))
    let events = decoder.decode(board.bytes) + decoder.finish()
    #expect(events.intactImages == [small])
    #expect(events.lostCount(.tooLarge) == 1)
    #expect(decoder.statistics.isBalanced)
  }
}

import Board
import Gray
import Images
import LinkTestSupport
import Testing

@Suite struct SimulatedBoardTests {
  static let formats = PixelFormat.allCases.filter(\.isSentInPackets)

  private func board(
    _ format: PixelFormat, _ linkProtocol: LinkProtocol = .scribe, chatter: Bool = false,
    reports: Bool = false, baud: Int = 0, mtu: Int = 252
  ) throws -> SimulatedBoard {
    let size = ImageSize(width: 96, height: 64)
    let pictures = [
      Picture(Scene(sheet: try sheet("ABC", size: size))),
      Picture(patternImage(width: 96, height: 64)),
    ]
    return try SimulatedBoard(
      pictures: pictures,
      configuration: .init(
        images: .init(format: format),
        link: .init(
          linkProtocol: linkProtocol, mtu: mtu, chatter: chatter, reports: reports, baud: baud)))
  }

  private func isSame(_ received: CapturedImage, _ sent: CapturedImage) -> Bool {
    received.payload == sent.payload && received.number == sent.number
      && received.format == sent.format && received.width == sent.width
      && received.height == sent.height && received.isIntact
  }

  @Test(arguments: Self.formats, [96, 252, 1024])
  func packetsGiveTheImagesBack(format: PixelFormat, mtu: Int) throws {
    var board = try board(format, mtu: mtu)
    let sent = try (0..<4).map { try board.capture($0) }
    var decoder = LinkProtocol.scribe.makeDecoder()
    var events: [LinkEvent] = []
    for _ in 0..<4 { events += decoder.decode(try board.nextImageBytes()) }
    events += decoder.finish()
    let images = events.intactImages
    #expect(images.count == 4)
    #expect(zip(images, sent).allSatisfy(isSame))
    #expect(events.droppedByteCount == 0)
    #expect(events.damagedImages.isEmpty)
    // The board's clock goes on.
    let times = images.compactMap(\.timestamp)
    #expect(times.count == 4)
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
  }

  /// Images coded against the last one are small and whole; so are those of a copied board.
  @Test func changesAloneAreSent() throws {
    var board = try SimulatedBoard(
      pictures: [Picture(patternImage(width: 96, height: 64))],
      configuration: .init(images: .init(format: .bilevel, codesRows: true, codesChanges: true)))
    let payload = try board.capture(0).payload
    var stream = try board.nextImageBytes()
    let whole = stream.count
    for _ in 1..<3 {
      let told = try board.nextImageBytes()
      #expect(told.count < whole * 2 / 3)
      stream += told
    }
    var copy = board
    for var board in [board, copy] {
      var decoder = LinkProtocol.scribe.makeDecoder()
      var events = decoder.decode(stream)
      for _ in 3..<12 { events += decoder.decode(try board.nextImageBytes()) }
      events += decoder.finish()
      #expect(events.intactImages.count == 12)
      #expect(events.intactImages.allSatisfy { $0.payload == payload })
    }
    // Neither board disturbs the other in between.
    var decoders = [LinkProtocol.scribe.makeDecoder(), LinkProtocol.scribe.makeDecoder()]
    var counts = [0, 0]
    for index in 0..<2 { counts[index] += decoders[index].decode(stream).intactImages.count }
    for _ in 3..<8 {
      counts[0] += decoders[0].decode(try board.nextImageBytes()).intactImages.count
      counts[1] += decoders[1].decode(try copy.nextImageBytes()).intactImages.count
    }
    for index in 0..<2 { counts[index] += decoders[index].finish().intactImages.count }
    #expect(counts == [8, 8])
  }

  @Test func aRunRepeats() throws {
    for baud in [0, 9600, 115_200] {
      var first = try board(.gray8, chatter: true, baud: baud)
      var second = try board(.gray8, chatter: true, baud: baud)
      for _ in 0..<3 {
        let bytes = try first.nextImageBytes()
        #expect(try second.nextImageBytes() == bytes)
      }
    }
  }

  @Test func photographsDifferStillsDoNot() throws {
    let board = try board(.gray8)
    #expect(try board.capture(0).payload != board.capture(2).payload)
    #expect(try board.capture(1).payload == board.capture(3).payload)
  }

  @Test func jpegStream() throws {
    var board = try board(.jpeg, .jpegStream, chatter: true)
    let sent = try (0..<6).map { try board.capture($0).payload }
    var decoder = LinkProtocol.jpegStream.makeDecoder()
    var events: [LinkEvent] = []
    for _ in 0..<6 { events += decoder.decode(try board.nextImageBytes()) }
    events += decoder.finish()
    #expect(events.intactImages.map(\.payload) == sent)
  }

  @Test(arguments: PixelFormat.allCases.filter { $0 != .jpeg && !$0.isOfFilesOnly }) func raw(
    format: PixelFormat
  ) throws {
    let sync: [UInt8] = [0xAA, 0x55, 0xAA, 0x55]
    let layout = try RawLayout(width: 96, height: 64, format: format, sync: sync)
    var board = try board(format, .raw(layout))
    let sent = try (0..<3).map { try board.capture($0).payload }
    var bytes: [UInt8] = []
    for _ in 0..<3 { bytes += try board.nextImageBytes() }
    #expect(bytes == Array(sent.map { sync + $0 }.joined()))
    var decoder = LinkProtocol.raw(layout).makeDecoder()
    let images = (decoder.decode(bytes) + decoder.finish()).intactImages
    #expect(images.map(\.payload) == sent)
  }

  @Test func chatterIsTextBetweenPackets() throws {
    var board = try board(.gray8, chatter: true, baud: 115_200)
    var decoder = LinkProtocol.scribe.makeDecoder()
    var events: [LinkEvent] = []
    for _ in 0..<10 { events += decoder.decode(try board.nextImageBytes()) }
    events += decoder.finish()
    #expect(events.intactImages.count == 10)
    let lines = events.consoleText.split(whereSeparator: \.isNewline)
    #expect(lines.count > 2)
    #expect(lines.allSatisfy { $0.hasPrefix("[") && $0.contains(" ms] ") })
  }

  /// Reports come after the first image, and after each image at whose end a second is over.
  @Test func reportsEverySecondOfTheLine() throws {
    var board = try board(.gray8, reports: true, baud: 115_200)
    var decoder = LinkProtocol.scribe.makeDecoder()
    var events: [LinkEvent] = []
    for _ in 0..<10 { events += decoder.decode(try board.nextImageBytes()) }
    events += decoder.finish()
    #expect(events.intactImages.count == 10)
    var told = (logs: [String](), statistics: 0, pings: 0)
    for event in events {
      switch event {
      case .log(let text): told.logs.append(text)
      case .boardStatistics: told.statistics += 1
      case .ping: told.pings += 1
      default: break
      }
    }
    // An image takes six tenths of a second of the line.
    #expect((4...8).contains(told.logs.count), "\(told.logs)")
    #expect(told.statistics == told.logs.count && told.pings == told.logs.count)
    #expect(told.logs.first == "1 images sent")
  }

  @Test func theDescriptorIsRepeatedEverySecondOfTheLine() throws {
    // At 9600 baud an image of 6144 bytes takes 7 seconds: a host may join in the middle.
    var slow = try board(.gray8, baud: 9600)
    var fast = try board(.gray8)
    let difference = try slow.nextImageBytes().count - fast.nextImageBytes().count
    #expect(difference > 6 * 30)
    #expect(slow.clock > 6_400_000)
  }

  @Test func skippedImagesAreToldToTheHost() throws {
    var board = try board(.gray8)
    var decoder = LinkProtocol.scribe.makeDecoder()
    var events = decoder.decode(try board.nextImageBytes())
    for _ in 0..<3 { board.skipImage() }
    events += decoder.decode(try board.nextImageBytes())
    events += decoder.finish()
    #expect(events.intactImages.map(\.number) == [0, 4])
    #expect(events.lostCount() == 3)
    #expect(events.lostCount(.droppedByBoard) == 3)
  }

  @Test func aFullLineGivesUpOneImage() throws {
    var board = try board(.gray8)
    var decoder = LinkProtocol.scribe.makeDecoder()
    var packets = 0
    var events: [LinkEvent] = []
    let whole = try board.sendNextImage { packet in
      packets += 1
      guard packets != 10 else { return false }
      events += decoder.decode(packet)
      return true
    }
    #expect(!whole)
    events += decoder.decode(try board.nextImageBytes())
    events += decoder.finish()
    #expect(events.intactImages.map(\.number) == [1])
    #expect(events.damagedImages.isEmpty)
    #expect(events.lostCount() == 1)
    #expect(events.lostCount(.abortedByBoard) == 1)
  }

  /// A wire with every fault at once: an image that is called whole is one that was sent.
  @Test func faultsNeverMakeAFalseImage() throws {
    var board = try board(.gray8, chatter: true)
    var channel = FaultyChannel(
      .init(loss: 5e-4, burst: 5, corrupt: 2e-4, insert: 2e-4), seed: 99)
    let sent = try (0..<40).map { try board.capture($0) }
    var decoder = LinkProtocol.scribe.makeDecoder()
    var events: [LinkEvent] = []
    for _ in 0..<40 { events += decoder.decode(channel.transmit(try board.nextImageBytes())) }
    events += decoder.finish()
    let images = events.intactImages
    #expect(images.count > 2)
    #expect(images.count < 40)
    #expect(images.allSatisfy { isSame($0, sent[Int($0.number)]) })
  }

  @Test func whatCannotBeSent() throws {
    let gray = GrayImage(width: 8, height: 8)
    #expect(throws: BoardError.noPictures) { try SimulatedBoard(images: []) }
    #expect(throws: BoardError.formatNotSendable(.png)) {
      try SimulatedBoard(images: [gray], format: .png)
    }
    #expect(throws: BoardError.self) {
      try SimulatedBoard(images: [gray], format: .gray8, linkProtocol: .jpegStream)
    }
    let layout = try RawLayout(width: 8, height: 9, format: .gray8)
    #expect(throws: BoardError.self) {
      try SimulatedBoard(images: [gray], format: .gray8, linkProtocol: .raw(layout))
    }
    #expect(throws: BoardError.self) {
      try SimulatedBoard(pictures: [Picture(gray)], configuration: .init(link: .init(mtu: 40)))
    }
    #expect(throws: BoardError.self) {
      try SimulatedBoard(images: [GrayImage(width: 70_000, height: 1)])
    }
  }
}

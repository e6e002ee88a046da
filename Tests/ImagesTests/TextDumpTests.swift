import Images
import LinkTestSupport
import Testing

/// Bytes that come as text are turned back, and text is never taken for bytes.
@Suite struct TextDumpTests {
  private static func jpeg(_ seed: UInt64 = 1, scanBytes: Int = 900) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    return TestImage.jpeg(width: 160, height: 120, scanBytes: scanBytes, using: &generator)
  }

  private static func decoder(
    _ name: String? = nil, _ choice: TextDumpChoice = .automatic
  ) throws -> TextDumpDecoder {
    let link = try name.map { try LinkProtocol(parsing: $0) }
    return TextDumpDecoder(link ?? .scribe, isGiven: link != nil, choice: choice)
  }

  private static func notices(_ events: [LinkEvent]) -> [TextDumpNotice] {
    events.compactMap { if case .textDump(let notice) = $0 { notice } else { nil } }
  }

  private static func check(_ decoder: TextDumpDecoder, _ bytes: [UInt8], _ note: String) {
    #expect(decoder.statistics.isBalanced, "\(note)")
    #expect(decoder.statistics.pendingBytes == 0, "\(note)")
    #expect(decoder.statistics.bytesReceived == bytes.count, "\(note)")
  }

  // MARK: What is a dump

  /// A JPEG is found without an option, and told once.
  @Test(arguments: DumpText.allCases) func aJPEGIsFound(style: DumpText) throws {
    let images = [Self.jpeg(1), Self.jpeg(2)]
    let text = Array(images.map { style.text($0) + "\n" }.joined().utf8)
    var decoder = try Self.decoder()
    let events = decoder.events(of: [text])
    #expect(events.intactImages.map(\.payload) == images)
    let notices = Self.notices(events)
    #expect(notices.count == 1)
    #expect(notices.first?.kind.rawValue == style.kind)
    #expect(notices.first?.content == .jpeg)
    #expect(notices.first?.taken == .jpegStream)
    Self.check(decoder, text, "\(style)")
  }

  /// However the bytes are cut, the events are the same.
  @Test(arguments: DumpText.allCases) func anySplitIsTheSame(style: DumpText) throws {
    let text = Array(("Reading frame\r\n\r\n" + style.text(Self.jpeg(3, scanBytes: 16))).utf8)
    var whole = try Self.decoder()
    let expected = whole.events(of: [text])
    #expect(expected.intactImages.count == 1)
    // Cuts at every place of the lines that decide, and at some of the rest; byte by byte, all of
    // them.
    for cut in text.indices where cut < 200 || cut.isMultiple(of: 89) {
      var split = try Self.decoder()
      let events = split.events(of: [Array(text[..<cut]), Array(text[cut...])])
      #expect(events == expected, "cut at \(cut)")
    }
    var drip = try Self.decoder()
    #expect(drip.events(of: text.map { [$0] }) == expected)
    #expect(drip.statistics == whole.statistics)
  }

  /// Pixels are decoded to the byte: one byte too many or too few would shift all that follow. One
  /// long word could be pixels itself.
  @Test(arguments: DumpText.allCases.filter { $0 != .plainLine && $0 != .base64Line })
  func pixelsAreWhole(style: DumpText) throws {
    var generator = SeededGenerator(seed: 9)
    var image = generator.bytes(64 * 40)
    // Rows that hexdump leaves out.
    image.replaceSubrange(640..<1280, with: [UInt8](repeating: 7, count: 640))
    let text = Array(("OV767X Camera Capture\r\n\r\n" + style.text(image)).utf8)
    var decoder = try Self.decoder("raw:64x40:gray8")
    let events = decoder.events(of: [text])
    #expect(events.intactImages.map(\.payload) == [image])
    #expect(Self.notices(events).map(\.content) == [.unknown])
    Self.check(decoder, text, "\(style)")
  }

  /// Words of pixels as firmware prints them: the high byte is the first digit.
  @Test func wordsAreTwoBytes() throws {
    let words = (0..<(16 * 16)).map { UInt16(truncatingIfNeeded: $0 &* 3001 &+ 0x1000) }
    let text = words.map { "0x" + String($0 | 0x1000, radix: 16, uppercase: true) + ", " }.joined()
    var decoder = try Self.decoder("raw:16x16:rgb565be")
    let images = decoder.events(of: [Array(text.utf8)]).intactImages
    #expect(
      images.map(\.payload) == [
        words.flatMap { [UInt8(($0 | 0x1000) >> 8), UInt8($0 & 255)] }
      ])
  }

  @Test(arguments: [DumpText.lines, .xxd, .base64, .saleae, .sigrok])
  func packetsAreFound(style: DumpText) throws {
    var generator = SeededGenerator(seed: 5)
    let board = TestBoard()
    let image = TestImage.make(
      number: 1, format: .gray8, width: 40, height: 30, using: &generator)
    board.send(image)
    let text = Array(style.text(board.bytes).utf8)
    var decoder = try Self.decoder()
    let events = decoder.events(of: [text])
    #expect(events.intactImages.map(\.payload) == [image.payload])
    #expect(Self.notices(events).map(\.content) == [.packets])
    Self.check(decoder, text, "\(style)")
  }

  /// Bytes that an analyser saw before the picture are the board's text.
  @Test(arguments: [DumpText.saleae, .sigrok, .xxd]) func textInDumpsIsText(style: DumpText) throws
  {
    let text = Array("ACK CMD ArduCAM Start! END\r\nACK CMD IMG END\r\n".utf8)
    var decoder = try Self.decoder()
    let events = decoder.events(of: [Array(style.text(text + Self.jpeg()).utf8)])
    #expect(events.intactImages.map(\.payload) == [Self.jpeg()])
    #expect(events.consoleText.contains("ACK CMD ArduCAM Start! END"))
  }

  @Test func linesBetweenAreText() throws {
    let lines = DumpText.lines.text(Self.jpeg())
    let text = "Image size: 1234\r\nSTART\r\n\(lines)END\r\nok, next\r\n"
    var decoder = try Self.decoder()
    let events = decoder.events(of: [Array((text + text).utf8)])
    #expect(events.intactImages.map(\.payload) == [Self.jpeg(), Self.jpeg()])
    #expect(
      events.consoleText.split(whereSeparator: \.isNewline) == [
        "Image size: 1234", "START", "END", "ok, next", "Image size: 1234", "START", "END",
        "ok, next",
      ])
  }

  /// A lost digit costs its byte, and noise its word.
  @Test func damageCostsNoMoreThanItsPlace() throws {
    let image = [UInt8](repeating: 0x5A, count: 64 * 40)
    var text = Array(DumpText.spaced.text(image).utf8)
    text.remove(at: 3 * 700)
    text[3 * 1400] = 0xC6
    text[3 * 2100] = UInt8(ascii: "?")
    var decoder = try Self.decoder("raw:64x40:gray8")
    let images = decoder.events(of: [text]).intactImages
    let payload = try #require(images.first?.payload)
    #expect(zip(payload, image).count { $0 != $1 } <= 3)
    #expect(payload[700] == 0x0A && payload[1400] == 0 && payload[2100] == 0)
  }

  /// A damaged word behind the place where a long line is cut is none of the piece before it.
  @Test func damageIsCountedOnce() throws {
    var text = Array(DumpText.spaced.text(Self.jpeg(4)).utf8)
    try #require(text[509] == 0x20 && !text.contains(0x0A))
    text[511] = 0xC6
    var decoder = try Self.decoder()
    let events = decoder.events(of: [text])
    #expect(Self.notices(events).map(\.content) == [.jpeg])
    #expect(events.intactImages.count == 1)
    Self.check(decoder, text, "cut")
  }

  // MARK: What is none

  /// A log with everything in it that looks like bytes.
  private static let log = """
    boot 1.2.3 (rev DEADBEEF)\r
    12345678\r
    FACE\r
    R0: 00000000 R1: 20001234\r
    20000000: 00 11 22 33 44 55 66 77\r
    20000008: FF D8 FF E0 00 10 4A 46\r
    header FF D8 FF E0\r
    FF D8 FF E0 00 10 4A 46 49 46 00 01 01 00 00 01\r
    Time,Value\r
    0.5,0x41\r
    aGVsbG8gd29ybGQsIHRoaXMgaXMgYmFzZTY0\r
    /9j/4AAQSkZJRg==\r
    uart-1: 41\r
    255, 216, 255\r

    """

  /// Lines between packets come out as they would without a search for dumps.
  @Test(arguments: ["scribe", "jpeg-stream", "raw:40x30:gray8:sync=AA55A5"], [false, true])
  func aLogIsNoDump(name: String, isGiven: Bool) throws {
    var generator = SeededGenerator(seed: 2)
    let link = try LinkProtocol(parsing: name)
    let board = TestBoard()
    for number in 0..<4 as Range<UInt32> {
      switch link {
      case .scribe:
        board.send(
          TestImage.make(number: number, format: .gray8, width: 40, height: 30, using: &generator))
      case .jpegStream: board.printRaw(Self.jpeg(UInt64(number)))
      case .raw: board.printRaw([0xAA, 0x55, 0xA5] + generator.bytes(1200))
      }
      board.printRaw(Array(Self.log.utf8))
    }
    for bytes in [board.bytes, Array(Self.log.utf8) + board.bytes, Array(Self.log.utf8)] {
      var plain = link.makeDecoder()
      let expected = plain.events(of: [bytes])
      for pieces in [[bytes], bytes.map { [$0] }] {
        var decoder = TextDumpDecoder(link, isGiven: isGiven)
        #expect(decoder.events(of: pieces) == expected)
        #expect(decoder.statistics == plain.statistics)
      }
    }
  }

  /// A dump of memory that a board prints for hours is held only until it is clear what it is.
  @Test func aLongDumpOfOtherBytesPasses() throws {
    var generator = SeededGenerator(seed: 8)
    let text = Array(DumpText.offsets.text(generator.bytes(20_000).map { $0 | 1 & 0x7F }).utf8)
    var decoder = try Self.decoder("scribe")
    var most = 0
    for byte in text {
      _ = decoder.decode([byte])
      most = max(most, decoder.statistics.pendingBytes)
    }
    _ = decoder.finish()
    #expect(most < 40_000)
    Self.check(decoder, text, "offsets")
    #expect(decoder.statistics.consoleBytes == text.count)
  }

  /// Pictures of a dark room are printable bytes.
  @Test func darkPixelsAreNoText() throws {
    for range in [48...57, 65...70, 32...57, 97...102] as [ClosedRange<UInt8>] {
      var generator = SeededGenerator(seed: UInt64(range.lowerBound))
      let images = (0..<3).map { _ in
        (0..<4096).map { _ in UInt8.random(in: range, using: &generator) }
      }
      var decoder = try Self.decoder("raw:64x64:gray8")
      let events = decoder.events(of: images)
      #expect(events.intactImages.map(\.payload) == images, "\(range)")
      #expect(Self.notices(events).isEmpty)
    }
  }

  /// Bytes that no text has end a dump: the board went over to packets.
  @Test func packetsEndADump() throws {
    var generator = SeededGenerator(seed: 4)
    let board = TestBoard()
    let image = TestImage.make(
      number: 1, format: .gray8, width: 40, height: 30, using: &generator)
    board.send(image)
    let dump = Array(DumpText.lines.text(board.bytes).utf8)
    board.send(image)
    var decoder = try Self.decoder()
    let events = decoder.events(of: [dump + board.bytes])
    #expect(events.intactImages.count == 3)
    #expect(decoder.statistics.isBalanced)
  }

  /// Packets, and text in the line that a pause ends, come at once.
  @Test func nothingIsHeldLongerThanALine() throws {
    let board = TestBoard()
    var generator = SeededGenerator(seed: 4)
    board.send(
      TestImage.make(number: 1, format: .gray8, width: 40, height: 30, using: &generator))
    var decoder = try Self.decoder()
    #expect(decoder.decode(board.bytes).intactImages.count == 1)
    var waiting = try Self.decoder("jpeg-stream")
    #expect(waiting.decode(Array("12 34\r\nready> ".utf8)).isEmpty)
    #expect(waiting.idle().consoleText == "12 34\r\n")
    #expect(waiting.finish().consoleText == "ready> ")
  }

  // MARK: What is said to be one, or to be none

  @Test func aKindThatIsSaidIsTakenAtOnce() throws {
    for (style, kind) in [(DumpText.spaced, TextDumpKind.hex), (.base64, .base64), (.saleae, .csv)]
    {
      let bytes = (0..<64).map { UInt8($0) }
      var decoder = try Self.decoder("raw:8x8:gray8", .only(kind))
      let events = decoder.events(of: [Array("capture\r\n".utf8), Array(style.text(bytes).utf8)])
      #expect(events.intactImages.map(\.payload) == [bytes])
      #expect(events.consoleText == "capture\r\n")
    }
    // Nothing else is looked for.
    var decoder = try Self.decoder("jpeg-stream", .only(.csv))
    let events = decoder.events(of: [Array(DumpText.lines.text(Self.jpeg()).utf8)])
    #expect(events.intactImages.isEmpty)
  }

  @Test func noneIsNone() throws {
    var decoder = try Self.decoder(nil, .none)
    let text = DumpText.lines.text(Self.jpeg())
    let events = decoder.events(of: [Array(text.utf8)])
    #expect(events.consoleText == text)
    #expect(Self.notices(events).isEmpty)
  }

  /// A dump that doesn't fit the protocol is told, with advice, and not decoded.
  @Test func anotherProtocolIsNamed() throws {
    var decoder = try Self.decoder("raw:64x40:gray8")
    let jpeg = decoder.events(of: [Array(DumpText.lines.text(Self.jpeg()).utf8)])
    #expect(Self.notices(jpeg).map(\.content) == [.jpeg])
    #expect(Self.notices(jpeg).allSatisfy { !$0.isDecoded && $0.taken == nil })
    #expect(jpeg.intactImages.isEmpty)

    var generator = SeededGenerator(seed: 9)
    let pixels = DumpText.marked.text(generator.bytes(6000).map { $0 & 0x7F })
    var other = try Self.decoder()
    let notices = Self.notices(other.events(of: [Array(pixels.utf8)]))
    #expect(notices.map(\.content) == [.unknown])
    #expect(notices.allSatisfy { !$0.isDecoded })
  }

  // MARK: Bounds

  /// A few digits that stand for gigabytes make some megabytes at most.
  @Test func aStarIsBounded() throws {
    let row = "00000000  ff d8 ff e0 00 10 4a 46  49 46 00 01 01 00 00 01  |......JFIF......|\n"
    let rows = (0..<5).map { row.replacing("00000000 ", with: "000000\($0)0 ") }.joined()
    var decoder = try Self.decoder("raw:64x64:gray8")
    let events = decoder.events(of: [Array((rows + "*\nfffffff0  00\n*\n").utf8)])
    #expect(events.intactImages.count <= (3 << 20) / 4096)
    #expect(decoder.statistics.isBalanced)
  }
}

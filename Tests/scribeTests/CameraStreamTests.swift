import FirmwareProto
import Foundation
import Gray
import Images
import LinkTestSupport
import PortTestSupport
import Testing

/// Streams of boards without our firmware, and damaged ones, read as their users would read them.
@Suite(.startsPrograms) struct CameraStreamTests {
  private static func jpeg() throws -> [UInt8] {
    let path = try #require(
      Bundle.module.path(forResource: "clean_000", ofType: "jpg", inDirectory: "Fixtures"))
    return [UInt8](try Data(contentsOf: URL(filePath: path)))
  }

  private static func gray() throws -> GrayImage {
    try GrayImage(CapturedImage(width: 0, height: 0, format: .jpeg, payload: jpeg()))
  }

  /// The text of the picture, as `recognize` reads it.
  private func text(_ scratch: Scratch) async throws -> String {
    let file = scratch.path("picture.png")
    try Data(Self.gray().encodedAsPNG()).write(to: URL(filePath: file))
    let result = try await ScribeProcess.run(["recognize", "--json", file])
    return try #require(try JSONReading.all(in: result.output).first?.text)
  }

  /// Reads bytes with `live` from standard input and with `replay` from a file.
  private func expect(
    _ bytes: [UInt8], _ linkProtocol: String, texts: [String], says: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let scratch = try Scratch()
    let file = scratch.path("capture.bin")
    try Data(bytes).write(to: URL(filePath: file))
    let options = ["--json", "--protocol", linkProtocol]
    let live = try await ScribeProcess(
      ["live", "--port", "-"] + options, input: Data(bytes)
    ).result()
    let replay = try await ScribeProcess.run(["replay"] + options + [file])
    for result in [live, replay] {
      #expect(result.status == 0, sourceLocation: sourceLocation)
      let read = try JSONReading.all(in: result.output).map(\.text)
      #expect(read == texts, "\(result.errors)", sourceLocation: sourceLocation)
      for words in says {
        #expect(result.errors.contains(words), "\(result.errors)", sourceLocation: sourceLocation)
      }
    }
  }

  // MARK: Raw pixels

  /// A gray picture as boards send it, with what stands beside its pixels.
  private func pixels(
    beforeFrame: [UInt8] = [], _ encode: (UInt8) -> [UInt8], behindRow: [UInt8] = [],
    behindFrame: [UInt8] = []
  ) throws -> [UInt8] {
    let gray = try Self.gray()
    var bytes = beforeFrame
    for row in 0..<gray.height {
      bytes += gray.pixels[row * gray.width..<(row + 1) * gray.width].flatMap(encode)
      bytes += behindRow
    }
    return bytes + behindFrame
  }

  private func size() throws -> String {
    let gray = try Self.gray()
    return "\(gray.width)x\(gray.height)"
  }

  private static func rgb565(_ level: UInt8) -> [UInt8] {
    let value = UInt16(level >> 3) << 11 | UInt16(level >> 2) << 5 | UInt16(level >> 3)
    return [UInt8(value >> 8), UInt8(value & 255)]
  }

  /// A marker behind each row, size and format behind each image, as OV7670 libraries send them.
  @Test func markersBehindRowsAndImages() async throws {
    let scratch = try Scratch()
    let text = try await text(scratch)
    let image = try pixels(
      Self.rgb565, behindRow: [0, 1, 1, 0xFE, 0xFE], behindFrame: [0x12, 0x34])
    try await expect(
      image + image, "raw:\(size()):rgb565be:row+5:frame+2", texts: [text, text])
  }

  @Test func aHeaderBeforeImages() async throws {
    let scratch = try Scratch()
    let text = try await text(scratch)
    let image = try pixels(
      beforeFrame: [0, 1, 5, 1, 0x40, 1, 0xF0, 0], { [$0] }, behindRow: [0, 2, 0])
    try await expect(image + image, "raw:\(size()):gray8:8+frame:row+3", texts: [text, text])
  }

  @Test(
    arguments: [
      ("rgb888", [0, 0, 0]), ("bgr888", [0, 0, 0]), ("uyvy", [nil, 0]), ("vyuy", [nil, 0]),
      ("yvyu", [0, nil]), ("yuyv", [0, nil]),
    ] as [(String, [UInt8?])])
  func formats(format: String, bytes: [UInt8?]) async throws {
    let scratch = try Scratch()
    let text = try await text(scratch)
    let image = try pixels({ level in bytes.map { $0 == nil ? 128 : level } })
    try await expect(image, "raw:\(size()):\(format)", texts: [text])
  }

  /// The image can be read a bit all the same, so nothing but the advice tells. It is darkened: one
  /// that is nearly all white looks alike either way.
  @Test func swappedBytesAreTold() async throws {
    let scratch = try Scratch()
    let file = scratch.path("capture.bin")
    try Data(pixels({ Self.rgb565($0 / 2 + 60) })).write(to: URL(filePath: file))
    let replay = try await ScribeProcess.run([
      "replay", "--protocol", "raw:\(size()):rgb565le", file,
    ])
    #expect(replay.errors.contains("neighbouring pixels fit better as rgb565be than as rgb565le"))
  }

  /// More between two syncs than an image needs is skipped; less keeps the rows that are there.
  @Test func linesBetweenAndShortImages() async throws {
    let scratch = try Scratch()
    let text = try await text(scratch)
    let sync = Array("*RDY*".utf8)
    let image = try sync + pixels({ [$0] })
    let line = Array("frame done, 152 ms\r\n".utf8)
    let width = try Self.gray().width
    let bytes = image + line + image.dropLast(width + 1) + image + line
    try await expect(
      bytes, "raw:\(size()):gray8:sync=2A5244592A", texts: [text, text, text],
      says: ["image 1 is damaged: pixels of 2 rows never came", "board: frame done, 152 ms"])
  }

  // MARK: JPEG

  /// MJPEG cameras leave the usual tables out (ITU-T T.81, annex K), and some boards send a file's
  /// length before it.
  @Test func filesWithoutTablesBehindLengths() async throws {
    let scratch = try Scratch()
    let text = try await text(scratch)
    let file = Self.withoutTables(try Self.jpeg())
    let length = (0..<4).map { UInt8(truncatingIfNeeded: file.count >> (8 * $0)) }
    try await expect(length + file + length + file, "jpeg-stream", texts: [text, text])
    try await expect(length.reversed() + file + file, "jpeg-stream", texts: [text, text])
  }

  private static func withoutTables(_ file: [UInt8]) -> [UInt8] {
    var result = Array(file.prefix(2))
    var at = 2
    while file[at + 1] != 0xDA {
      let end = at + 2 + Int(file[at + 2]) << 8 + Int(file[at + 3])
      if file[at + 1] != 0xC4 { result += file[at..<end] }
      at = end
    }
    return result + file[at...]
  }

  @Test func startsAndEnds() async throws {
    let scratch = try Scratch()
    let text = try await text(scratch)
    let file = try Self.jpeg()
    // The first byte lost, a stray one, one changed; the end lost.
    let parts: [ArraySlice<UInt8>] = [
      file.dropFirst(), [0xFF], file[...], [0xDF], file.dropFirst(), file.dropLast(2),
    ]
    try await expect(
      Array(parts.joined()), "jpeg-stream", texts: [text, text, text, text],
      says: ["image 3 is damaged: its end never came"])
  }

  @Test func whatWasPassedOnAsTextIsTold() async throws {
    let scratch = try Scratch()
    let text = try await text(scratch)
    let file = try Self.jpeg()
    try await expect(
      (file + file).flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }, "jpeg-stream",
      texts: [text, text], says: ["every line feed comes with a carriage return before it"])
    try await expect(
      (file + file).filter { $0 != 0x11 && $0 != 0x13 }, "jpeg-stream", texts: [],
      says: ["the bytes 11 and 13 (XON, XOFF) never come", "stty -ixon -ixoff"])
  }

  @Test func rowsOfACutFileAreNamed() async throws {
    let scratch = try Scratch()
    let whole = try Self.jpeg()
    let file = scratch.path("capture.bin")
    try Data(whole + whole.prefix(whole.count * 2 / 3) + whole).write(to: URL(filePath: file))
    let replay = try await ScribeProcess.run([
      "replay", "--json", "--protocol", "jpeg-stream", file,
    ])
    #expect(replay.status == 0)
    #expect(replay.errors.contains(#/image 1 is damaged: \d+ of \d+ rows couldn't be decoded/#))
    #expect(replay.errors.contains("3 images read"))
    let lines = replay.output.split(separator: "\n")
    #expect(lines.map { $0.contains("\"missingRows\":[{") } == [false, true, false])
  }

  /// The protocol that was found in the bytes is the one that is shown.
  @Test func theStatusNamesTheProtocolThatWasFound() async throws {
    let board = try TestTerminal()
    let screen = try TestTerminal()
    let descriptor = try screen.openReader()
    let errors = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    let live = try ScribeProcess(
      ["live", "--port", board.path, "--listen-only"], standardError: errors)
    var shown = ""
    func shows(_ text: String) -> Bool {
      while !shown.contains(text) {
        let bytes = screen.receive(4096)
        guard !bytes.isEmpty else { return false }
        shown += String(decoding: bytes, as: UTF8.self)
      }
      return true
    }
    #expect(shows("connected to"))
    let dump = Array((DumpText.lines.text(try Self.jpeg()) + "\r\n").utf8)
    try await inThread { board.send(dump) }
    #expect(shows("\(board.path)  jpeg-stream"), "\(shown)")
    live.signal(SIGINT)
    #expect(await live.exitCode() == 0)
    board.hangUp()
    screen.hangUp()
  }

  // MARK: Packets

  /// Code that makes no sense, in packets that came whole, is the board's fault and not the link's.
  @Test func imagesOfBadCodeAreToldFromLosses() async throws {
    let scratch = try Scratch()
    let board = TestBoard()
    let lossless = UnsafeMutablePointer<scribe_lossless>.allocate(capacity: 1)
    defer { lossless.deallocate() }
    scribe_lossless_init(lossless)
    board.coder = .init(&lossless.pointee.coder)
    for number in 0..<3 as Range<UInt32> {
      board.send(
        CapturedImage(
          number: number, width: 40, height: 24, format: .gray8,
          payload: [UInt8](repeating: 200, count: 960), timestamp: UInt64(number + 1)))
    }
    let packets = board.packets.map { packet -> [UInt8] in
      guard packet.isSlice, packet.unstuffed[2] == 1 else { return packet }
      return Array(packet.unstuffed.prefix(7)).framed
    }
    let file = scratch.path("capture.bin")
    try Data(packets.joined()).write(to: URL(filePath: file))
    let replay = try await ScribeProcess.run([
      "replay", "--json", "--protocol", "scribe", file,
    ])
    #expect(replay.status == 0)
    #expect(replay.errors.contains("1 image without a row that could be decoded\n"))
    #expect(replay.errors.contains("lost images by cause: without a row that could be decoded 1"))
    #expect(replay.errors.contains("2 images read") && replay.errors.contains("1 lost"))
    #expect(!replay.errors.contains("lost on the link"))
  }
}

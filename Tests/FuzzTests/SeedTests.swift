import FirmwareProto
import Foundation
import FuzzTargets
import Gray
import Images
import LinkTestSupport
import Recording
import Testing

/// Makes the seeds: small inputs of each kind, from the encoder, the recorder and the image
/// writers that users have. `scripts/fuzz --seeds` starts it.
@Suite(
  .enabled(
    if: ProcessInfo.processInfo.environment["SERIALSCRIBE_WRITE_SEEDS"] != nil,
    "SERIALSCRIBE_WRITE_SEEDS is not set"))
struct SeedTests {
  private static let root =
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func write(_ target: FuzzTarget, _ name: String, _ bytes: [UInt8]) throws {
    try target.run(bytes)
    let folder = Corpus.folder.appending(path: target.rawValue)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: folder.appending(path: "seed-\(name)"))
  }

  private func image(_ format: PixelFormat, _ number: UInt32 = 0) -> CapturedImage {
    var generator = SeededGenerator(seed: UInt64(number) + 4)
    return TestImage.make(
      number: number, format: format, width: 24, height: 10, using: &generator,
      timestamp: UInt64(number + 1) * 1_000_000)
  }

  @Test func textDumpSeeds() throws {
    var generator = SeededGenerator(seed: 7)
    let jpeg = TestImage.jpeg(width: 16, height: 8, scanBytes: 9, using: &generator)
    for style in DumpText.allCases where style != .sigrokClasses {
      let text = "Reading\r\n" + style.text(jpeg) + "\nEND\r\n"
      try write(.textDump, "jpeg-\(style)", [4] + Array(text.utf8))
    }
    let pixels = generator.bytes(64) + [UInt8](repeating: 9, count: 96) + generator.bytes(64)
    for style in [DumpText.marked, .canonical, .words, .offsets] {
      try write(.textDump, "pixels-\(style)", [2] + Array(style.text(pixels).utf8))
    }
    try write(.textDump, "said", [0x42] + Array(DumpText.spaced.text(pixels).utf8))
    let board = TestBoard()
    board.send(image(.gray8))
    try write(.textDump, "packets", [4] + Array(DumpText.lines.text(board.bytes).utf8))
    try write(.textDump, "binary", [0] + Array("log\r\n12 34\r\n".utf8) + board.bytes)
  }

  @Test func cameraSeeds() throws {
    let field = "- name: a\n  box: [1, 2, 30, 40]  # by hand\n"
    let texts = [
      "fields": "# a meter\nname: water\nport: /dev/ttyUSB0\nbaud: 115200\nmount: left,mirrored\n"
        + "picture: [320, 240]\nfields:\n" + field
        + "  digits: 8\n  decimals: 3\n  unit: m³\n  grows: true\n  most-per-hour: 2.5\n",
      "flow": "{name: x, protocol: 'raw:8x8:gray8', fields: [{name: b, box: [0, 0, 9, 9]}]}",
      "pattern": "name: x\r\ntitle: \"a\\tb\"\r\nfields:\r\n" + field
        + "  pattern: '[0-9]{3} #'\n  confidence: 0.5\n  least: -1e3\n",
      "anchors": "name: &a x\ntitle: *a\n",
    ]
    for (name, text) in texts { try write(.camera, name, Array(text.utf8)) }
  }

  @Test func askingSeeds() throws {
    let answers: [[UInt8]] = [
      [0x76, 0, 0x26, 0, 0], [0x76, 0, 0x36, 0, 0], [0x76, 0, 0x34, 0, 4, 0, 0, 0, 3],
      [0x76, 0, 0x32, 0, 0, 1, 2, 3, 0x76, 0, 0x32, 0, 0], [0x76, 0, 0x36, 0, 0],
    ]
    var records: [UInt8] = [2]
    for (index, answer) in answers.enumerated() {
      records += [0x02, UInt8(answer.count)] + answer
      if index == 0 { records += [0xF0] }
    }
    try write(.asking, "vc0706", records)
    try write(
      .asking, "refused", [2, 0x02, 5] + answers[0] + [0xF0, 0x02, 5, 0x76, 0, 0x36, 3, 0])
    try write(.asking, "arducam", [4 | 16, 0x0A, 1, 0xFF, 0xF0, 0x01, 0xF0])
  }

  @Test func linkSeeds() throws {
    for format in TestImage.boardFormats {
      let board = TestBoard(mtu: format == .yuyv ? 96 : 252)
      board.send(image(format))
      try write(.packets, format.rawValue, [1] + board.bytes)
    }
    var generator = SeededGenerator(seed: 1)
    let board = TestBoard()
    _ = scribe_log(board.encoder, "camera ready")
    board.printRaw(Array("printf between packets\r\n".utf8))
    board.send(image(.gray8))
    _ = scribe_stats(board.encoder, 1234)
    _ = scribe_ping(board.encoder, 99)
    _ = scribe_skip_image(board.encoder)
    board.send(
      BoardText.random(number: 2, lines: 3, characters: 1...9, using: &generator))
    let session = board.bytes
    try write(.packets, "session", [0] + session)
    try write(
      .packets, "damaged", [2] + session.enumerated().map { $0 % 97 == 50 ? $1 ^ 4 : $1 })

    // The same packets as records: kind, header, size, body.
    for (name, bytes) in [("session", session), ("bilevel", try coded(.bilevel))] {
      var records: [UInt8] = [0]
      for packet in unstuffed(bytes) {
        records += [packet[0] & 15] + packet[2..<6]
        let body = packet[6..<packet.count - 4]
        if body.count > 255 {
          records[records.count - 5] |= 0x40
          records += [UInt8(body.count & 255), UInt8(body.count >> 8)]
        } else {
          records.append(UInt8(body.count))
        }
        records += body
      }
      try write(.link, name, records)
    }
  }

  /// The packets between delimiters, without the bytes that are none.
  private func unstuffed(_ bytes: [UInt8]) -> [[UInt8]] {
    bytes.split(separator: 0).compactMap { segment in
      var packet: [UInt8] = []
      var at = segment.startIndex
      while at < segment.endIndex {
        let count = Int(segment[at])
        guard at + count <= segment.endIndex else { return nil }
        packet += segment[at + 1..<at + count]
        at += count
        if count < 255, at < segment.endIndex { packet.append(0) }
      }
      return packet.count >= 10 && packet[0] >> 4 == 1 ? packet : nil
    }
  }

  private func coded(_ format: PixelFormat) throws -> [UInt8] {
    let board = TestBoard()
    let bilevel = UnsafeMutablePointer<scribe_bilevel>.allocate(capacity: 1)
    let lossless = UnsafeMutablePointer<scribe_lossless>.allocate(capacity: 1)
    let rows = UnsafeMutablePointer<UInt8>.allocate(capacity: 30)
    rows.initialize(repeating: 0, count: 30)
    defer {
      bilevel.deallocate()
      lossless.deallocate()
      rows.deallocate()
    }
    scribe_bilevel_init(bilevel)
    scribe_lossless_init(lossless)
    bilevel.pointee.coder.previous = rows
    bilevel.pointee.coder.previous_size = 30
    board.coder =
      format == .bilevel ? .init(&bilevel.pointee.coder) : .init(&lossless.pointee.coder)
    var one = image(format)
    board.send(one)
    one.number = 1
    one.timestamp = 2_000_000
    one.payload[5] ^= 0x10
    board.send(one)
    return board.bytes
  }

  @Test func textSeeds() throws {
    var generator = SeededGenerator(seed: 2)
    for (name, lines, longest) in [("one", 1, 5), ("three", 3, 20), ("many", 40, 40)] {
      let board = TestBoard(mtu: 252)
      board.send(
        BoardText.random(number: 7, lines: lines, characters: 1...longest, using: &generator))
      var records: [UInt8] = []
      for packet in unstuffed(board.bytes) where packet[0] == 0x1B {
        let body = packet[6..<packet.count - 4]
        records += [UInt8(body.count & 255), UInt8(body.count >> 8)] + body
      }
      try write(.boardText, name, records)
    }
  }

  /// The slices of an image, and those of an image coded against it.
  @Test func codeSeeds() throws {
    for (target, format) in [(FuzzTarget.bilevel, PixelFormat.bilevel), (.lossless, .gray8)] {
      var records: [UInt8] = [0, 24, 10, 255]
      var isFirst = true
      for packet in unstuffed(try coded(format)) {
        if packet[0] == 0x12, !isFirst { records += [0x80, 0, 0, 0, 0] }
        if packet[0] == 0x12 { isFirst = false }
        guard packet[0] == 0x13 else { continue }
        let isInter = packet[3] & 8 != 0
        let body = packet[6..<packet.count - 4]
        let code = body.dropFirst(isInter ? 2 : 1)
        let kind: UInt8 = isInter ? 0x10 : 0
        records += [kind, packet[4], body[6], UInt8(min(code.count, 255))] + code.prefix(255)
      }
      try write(target, "two", records)
    }
    // The vectors of PROTOCOL.md.
    try write(.bilevel, "text", [0, 8, 8, 255, 0, 0, 8, 8, 0x7D, 0x7A, 0x23, 0x63, 0x7B, 0x29])
    try write(
      .lossless, "vector",
      [0, 6, 2, 255, 0, 0, 2, 13, 0, 0x21, 0x56, 0, 0, 0x1E, 0xA8, 0xE6, 0xAB, 0xC5, 0, 0, 0x0B])
  }

  @Test func encoderSeeds() throws {
    func session(_ ops: [[UInt8]]) -> [UInt8] { [156, 0, 4] + Array("demo".utf8) + ops.joined() }
    // begin, lines of pixels, end; a coder with all memory and images with it.
    let gray: [[UInt8]] = [[0, 0, 12, 4, 9, 0], [3, 4, 0x0D, 7, 8, 9, 10], [8]]
    try write(.encoder, "gray", session(gray + gray))
    let jpeg: [[UInt8]] = [[0, 6, 0, 0, 1, 0], [6, 200, 1, 0x21, 1, 2, 3, 4, 5, 6, 7, 8], [8]]
    try write(.encoder, "jpeg", session(jpeg + [[12, 5] + Array("hello".utf8)] + jpeg))
    let coder: [UInt8] = [15, 6, 4, 16, 255, 15, 8]
    let bits: [[UInt8]] = [
      [0, 0x14, 20, 9, 1, 0, 0], [3, 9, 0x0D, 7, 8, 9, 10], [8], [0, 0x14, 20, 9, 2, 0, 0],
      [3, 9, 0], [8],
    ]
    try write(.encoder, "bilevel", session([coder] + bits))
    try write(
      .encoder, "lossless",
      session([[15, 1, 4, 16]] + [[0, 0x10, 20, 9, 1, 0, 0], [3, 9, 0x0D, 7, 8, 9, 10], [8]]))
    try write(
      .encoder, "refused", session([[0x4E]] + gray + [[0x2E]] + gray + [[10], [11], [13]] + gray))
    try write(
      .encoder, "region", session([[0, 0x40, 4, 4, 9, 0, 2, 3, 40, 0, 30, 0], [3, 4, 1, 7], [8]]))
  }

  @Test func talkSeeds() throws {
    func packet(_ kind: UInt8, _ body: [UInt8]) -> [UInt8] { [kind, UInt8(body.count)] + body }
    // PING, HELLO, CREDIT of a window, then commands: format, region, rate, size, refresh.
    let hello: [UInt8] = [1, 1, 0, 4, 0, 0, 0, 0, 6] + Array("scribe".utf8)
    let commands: [[UInt8]] = [
      [1, 0, 1, 5, 3], [2, 0, 2, 0, 0, 0, 0, 64, 0, 48, 0], [3, 0, 3, 0xC4, 9, 0, 0],
      [4, 0, 4, 128, 0], [5, 0, 5],
    ]
    var talk = packet(0x40, [1, 2, 3, 4]) + packet(0x41, hello) + packet(0x42, [0, 0, 0, 8])
    talk += [0xE0, 200, 0xC0, 30, 0xE0, 200, 0xA0]
    try write(.host, "greeting", [156, 0, 8] + talk)
    try write(
      .host, "commands",
      [0, 0, 0] + talk + commands.flatMap { packet(0x44, $0) + [0xA0, 0xC0, 9] })
    try write(
      .host, "noise", [4, 9, 0, 0x0B] + Array("no packets.".utf8) + [0xDF, 0xFF, 0xFF, 0xE1, 9])

    let board: [UInt8] = [1, 1, 252, 0, 3, 0, 0, 0, 6] + Array("fw 1.0".utf8)
    // HELLO, two PONG, RESPONSE and PING, each with the time since the one before.
    var answers: [UInt8] = [0, 9, UInt8(board.count)] + board
    let records: [[UInt8]] = [
      [8, 200, 4, 1, 0, 0, 0], [10, 255, 4, 0, 0, 1, 0], [10, 255, 4, 1, 0, 3, 2],
      [11, 9, 4, 7, 7, 7, 7],
    ]
    answers += records.joined()
    try write(.control, "asked", [2] + answers)
    // Packets lost, time passing, no answers.
    var lossy = answers
    for gap: UInt8 in 30..<42 { lossy += [0x5B, 250, gap, 4, 1, 1, 1, 1] }
    try write(.control, "lossy", [3] + lossy + [0x9F, 255, 0])
  }

  @Test func streamSeeds() throws {
    var generator = SeededGenerator(seed: 3)
    let thumbnail = TestImage.jpeg(width: 4, height: 4, scanBytes: 10, using: &generator)
    let plain = TestImage.jpeg(width: 8, height: 8, scanBytes: 30, using: &generator)
    let exif = TestImage.jpeg(
      width: 8, height: 8, scanBytes: 30, thumbnail: thumbnail, using: &generator)
    try write(.jpegStream, "plain", [1] + plain + [0, 0] + plain)
    try write(.jpegStream, "exif", [0] + Array("boot\r\n".utf8) + exif + plain.dropLast(9) + exif)
    try write(.jpegStream, "fill", [0] + plain.prefix(40) + [255, 255, 255, 255] + plain)
    try write(.jpegStream, "starts", [0] + plain.dropFirst() + [0xDF] + plain.dropFirst())
    try write(
      .jpegStream, "lines", [0] + exif.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] } + plain)
    let length: [UInt8] = [UInt8(plain.count & 255), UInt8(plain.count >> 8), 0, 0]
    try write(.jpegStream, "lengths", [2] + length + plain + length + plain)
    let part = "\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\n"
    try write(.jpegStream, "parts", [0] + Array(part.utf8) + plain + Array(part.utf8) + plain)
    let long = TestImage.jpeg(width: 64, height: 64, scanBytes: 3000, using: &generator)
    try write(.jpegStream, "eaten", [0] + long.filter { $0 != 0x11 && $0 != 0x13 })
    let pixels = (0..<64).map { UInt8($0 & 255) }
    try write(.raw, "plain", [0, 8, 4] + pixels)
    let sync: [UInt8] = [0xAA, 0x55]
    try write(.raw, "sync", [0x12, 4, 2] + sync + sync + pixels[..<16] + sync)
    // UYVY and RGB888 without sync, with bytes beside rows and images.
    try write(.raw, "uyvy", [0x83, 4, 2, 0x21, 0x32] + pixels[..<54])
    try write(.raw, "colours", [0x82, 3, 2, 0x00, 0x52] + pixels + pixels)
    try write(
      .raw, "gaps",
      [0x90, 4, 2] + sync + [0x12, 0x34] + sync + pixels[..<20] + sync + pixels[..<9])
  }

  @Test func recordingSeeds() throws {
    let header = PcapngEncoder.header(
      RecordingHeader(port: "/dev/ttyUSB0", baud: 115_200, linkProtocol: "scribe"))
    let body =
      PcapngEncoder.note("connected: /dev/ttyUSB0", at: 1)
      + PcapngEncoder.bytes([1, 2, 3, 0, 5], direction: .received, at: 1_700_000_000_000_000_000)
      + PcapngEncoder.bytes([9], direction: .sent, at: 1_700_000_000_000_000_001)
    try write(.pcapng, "whole", [0] + header + body)
    try write(.pcapng, "joined", [1] + header + body + header + body)
    try write(.pcapng, "torn", [2] + header.dropLast(30) + body + body.dropFirst(7).dropLast(5))
    // Packets of another program: without time and interface, and of the obsolete kind.
    let simple: [[UInt8]] = [
      [3, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 7, 8, 9, 0, 20, 0, 0, 0],
      [2, 0, 0, 0, 36, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]
        + [9, 0, 0, 0, 36, 0, 0, 0],
      [1, 0, 0, 0, 20, 0, 0, 0, 250, 0, 0, 0, 4, 0, 0, 0, 20, 0, 0, 0],
    ]
    let other: [UInt8] = [1, 0, 0, 0, 20, 0, 0, 0, 160, 0, 0, 0, 2, 0, 0, 0, 20, 0, 0, 0]
    try write(.pcapng, "simple", [4] + header.prefix(48) + other + simple.joined())
    // A file in the other byte order.
    let words = header.prefix(28)
    try write(
      .pcapng, "turned",
      [3] + stride(from: 0, to: 28, by: 4).flatMap { words[$0..<$0 + 4].reversed() })
  }

  @Test func captureSeeds() throws {
    func words(_ values: [UInt32], isBig: Bool) -> [UInt8] {
      values.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * (isBig ? 3 - $0 : $0))) }
      }
    }
    for (name, magic, isBig, link) in [
      ("micro", 0xA1B2_C3D4, false, 147), ("nano", 0xA1B2_3C4D, false, 162),
      ("turned", 0xA1B2_C3D4, true, 147), ("turned-nano", 0xA1B2_3C4D, true, 250),
      ("ethernet", 0xA1B2_C3D4, false, 1),
    ] as [(String, UInt32, Bool, UInt32)] {
      // The version's halves are in the machine's order too.
      let version: UInt32 = isBig ? 0x0002_0004 : 0x0004_0002
      var file = words([magic, version, 0, 0, 262_144, link], isBig: isBig)
      for number in UInt32(0)..<4 {
        file += words([1_790_000_000 + number, 500 * number, 16, 16], isBig: isBig)
        file += [0, 0, 0, 0, 0, 0, 0, 0, UInt8(number), 0, 0, 0, 1, 2, 3, 4]
      }
      try write(.pcap, name, [UInt8(number(of: name))] + file)
    }
  }

  private func number(of name: String) -> Int { name.utf8.reduce(0) { ($0 + Int($1)) & 127 } }

  /// A member and a frame as gzip and zstd make them of a line of text, whole, twice and cut.
  @Test func packedSeeds() throws {
    let gzip =
      "H4sIAAAAAAACA0tUSE7MTS1KVEjKTyxKUShKTUwpVshNLUktKtZRSMxLgbLBEgqJqIoTB0gvAIe0"
      + "hcO0AAAA"
    let zstd =
      "KLUv/QRoXQEAYkIHC9A90r4T7gTQgfAWHf865QLe81Qc/zpni/pOljoDAPWrFEDVC56VJwQs/x0="
    for (seed, name, text) in [(UInt8(0), "gzip", gzip), (1, "zstd", zstd)] {
      let file = [UInt8](try #require(Data(base64Encoded: text)))
      try write(.packed, name, [seed] + file)
      try write(.packed, "\(name)-twice", [seed + 2] + file + file)
      try write(.packed, "\(name)-cut", [seed + 4] + file.dropLast(9))
      try write(.packed, "\(name)-rest", [seed + 6] + file + [0, 0, 1, 2, 3])
    }
  }

  @Test func fileSeeds() throws {
    var gray = GrayImage(width: 20, height: 9, filledWith: 200)
    for i in gray.pixels.indices where i % 7 < 3 { gray.pixels[i] = UInt8(i & 127) }
    try write(.png, "gray", gray.encodedAsPNG())
    // What is left of a file: cut, with a line of the board's log in it.
    let baseline = Corpus.folder.appending(path: "jpeg/seed-baseline")
    let file = try [UInt8](Data(contentsOf: baseline))
    let (cut, log) = (file.count * 3 / 4, Array("camera: frame 0 in 152 ms\r\n".utf8))
    try write(.jpeg, "cut", Array(file[..<cut]))
    try write(.jpeg, "logged", file[..<cut] + log + file[cut...])
    // The other files come from OpenCV: an RGBA PNG, a baseline and a progressive JPEG; those of
    // other kinds are the smaller ones of Tests/GrayTests/Files, or were made byte by byte.
  }

  /// The smallest models of the tests of inference.
  @Test func modelSeeds() throws {
    for number in [1, 2, 4, 10, 11, 14, 20, 24, 43, 46] {
      let folder = Self.root.appending(path: "Tests/InferenceTests/Vectors/random-\(number)")
      // Indentation doesn't matter here.
      let object = try JSONSerialization.jsonObject(
        with: Data(contentsOf: folder.appending(path: "model.json")))
      let manifest = try JSONSerialization.data(
        withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
      let weights = try [UInt8](Data(contentsOf: folder.appending(path: "weights.bin")))
      try write(.model, "\(number)", [UInt8](manifest) + [0] + weights)
    }
  }

  @Test func readingSeeds() throws {
    let bar: [UInt8] = [60, 60, 8, 40, 20, 100, 60, 8, 40, 20, 140, 60, 30, 9, 20]
    try write(.reading, "boxes", [3, 110, 60, 230] + bar)
    try write(.reading, "tiles", [0, 60, 40, 0, 10, 200, 30, 220])
    try write(.reading, "stretches", [1, 100, 50, 255, 200, 20, 120, 230, 90, 10, 255, 255])
    try write(.reading, "bits", [2, 64, 48, 220, 0x18, 0x3C, 0x66, 0x00, 0xFF])
    try write(.reading, "large", [0x73, 0x2B, 2, 0x7F, 1, 240] + bar)
  }

  @Test func stringSeeds() throws {
    let texts: [(UInt8, String, String)] = [
      (0, "raw", "raw:160x120:rgb565be:sync=AA55AA55"), (0, "scribe", "scribe"),
      (1, "tcp", "tcp:[::1]:3333"), (1, "unix", "unix:/tmp/board"),
      (2, "pattern", "[0-9]{5}\\.[0-9]\n(a|b)+c?"), (3, "alphabet", "0123456789.,"),
      (4, "shown", "\u{1B}]0;title\u{7}\u{9B}31m\u{202E}txt\r\n\u{E0041}\u{AD}é"),
    ]
    for (kind, name, text) in texts { try write(.strings, name, [kind] + Array(text.utf8)) }
  }

  @Test func pageRequestSeeds() throws {
    let host = "Host: 127.0.0.1:8765\r\n"
    for (name, text) in [
      ("get", "GET /api/cameras/1/picture?x=1 HTTP/1.1\r\n\(host)Accept: */*\r\n\r\n"),
      (
        "put",
        "PUT /api/cameras/1/mount HTTP/1.1\r\n\(host)Content-Type: application/json\r\n"
          + "Content-Length: 16\r\n\r\n{\"mount\":\"left\"}GET / HTTP/1.1\r\n\r\n"
      ),
      ("cookie", "GET / HTTP/1.0\r\n\(host)Cookie: scribe-8765=a\r\nCookie: b=c\r\n\r\n"),
      ("folded", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"),
      ("chunked", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ] {
      try write(.pageRequest, name, Array(text.utf8))
    }
  }
}

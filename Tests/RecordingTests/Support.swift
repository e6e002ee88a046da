import Glibc
import Packets
import Recording

/// A small deterministic generator (splitmix64), so that a failing test fails again.
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// The contents of these tests' recordings.
struct Sample {
  var header = RecordingHeader(
    application: "SerialScribe test", port: "/dev/ttyUSB0", baud: 921_600, linkProtocol: "scribe")
  var packets: [(bytes: [UInt8], direction: RecordedDirection, time: UInt64)] = []

  /// `count` packets of up to `longest` bytes, one in four sent to the board.
  init(count: Int, longest: Int, seed: UInt64) {
    var random = Seeded(seed)
    var time: UInt64 = 1_790_000_000_000_000_000
    for _ in 0..<count {
      time += .random(in: 1...50_000_000, using: &random)
      let length = Int.random(in: 1...longest, using: &random)
      packets.append(
        (
          (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) },
          Int.random(in: 0..<4, using: &random) == 0 ? .sent : .received, time
        ))
    }
  }

  /// The header's blocks come first, then one block per packet.
  var blocks: [[UInt8]] {
    [PcapngEncoder.header(header)]
      + packets.map { PcapngEncoder.bytes($0.bytes, direction: $0.direction, at: $0.time) }
  }

  var file: [UInt8] { blocks.flatMap { $0 } }

  var events: [RecordingEvent] {
    [.header(header)] + packets.map { .bytes($0.bytes, direction: $0.direction, at: $0.time) }
  }
}

func decoded(_ file: [UInt8], pieces: [Int]? = nil) -> [RecordingEvent] {
  var decoder = PcapngDecoder()
  var events: [RecordingEvent] = []
  var start = 0
  for piece in pieces ?? [file.count] {
    events += decoder.push(file[start..<min(start + piece, file.count)])
    start = min(start + piece, file.count)
  }
  events += decoder.push(file[start...])
  return events + decoder.finish()
}

extension [RecordingEvent] {
  var packets: [RecordingEvent] {
    filter { if case .bytes = $0 { true } else { false } }
  }

  var damagedBytes: UInt64 {
    reduce(0) { sum, event in
      if case .damaged(_, _, let count) = event { sum + count } else { sum }
    }
  }
}

func temporaryPath() -> String {
  var template = Array("/tmp/serialscribe-XXXXXX".utf8CString)
  let descriptor = mkstemp(&template)
  if descriptor >= 0 { close(descriptor) }
  let path = String(
    decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  unlink(path)
  return path
}

/// Runs a program of the search path and returns its output, or nil if it failed.
func output(of words: [String]) -> String? {
  guard let pipe = popen(words.map { "'\($0)'" }.joined(separator: " ") + " 2>/dev/null", "r")
  else { return nil }
  var text: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = fread(&buffer, 1, buffer.count, pipe)
    if count <= 0 { break }
    text += buffer[..<count]
  }
  return pclose(pipe) == 0 ? String(decoding: text, as: UTF8.self) : nil
}

func isInstalled(_ program: String) -> Bool {
  guard let paths = getenv("PATH").map({ String(cString: $0) }) else { return false }
  return paths.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
}

// MARK: - Packets of the link, made by hand from PROTOCOL.md

/// A packet without its framing, with its checksum.
func linkPacket(
  type: UInt8, version: UInt8 = 1, sequence: UInt8 = 0, image: UInt8 = 0, flags: UInt8 = 0,
  position: UInt16 = 0, body: [UInt8]
) -> [UInt8] {
  let content =
    [version << 4 | type, sequence, image, flags] + little(UInt64(position), 2) + body
  return content + little(UInt64(CRC32.checksum(content.span)), 4)
}

/// The lowest `count` bytes of a number, low ones first.
func little(_ number: UInt64, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
}

/// A packet between its delimiters.
func framed(_ packet: [UInt8]) -> [UInt8] {
  var stuffed: [UInt8] = []
  var block: [UInt8] = []
  for byte in packet {
    if byte == 0 {
      stuffed += [UInt8(block.count + 1)] + block
      block = []
      continue
    }
    block.append(byte)
    if block.count == 254 {
      stuffed += [255] + block
      block = []
    }
  }
  return [0] + stuffed + [UInt8(block.count + 1)] + block + [0]
}

// MARK: - Blocks of a file, read without the decoder under test

struct FileBlock {
  var type: UInt32
  var bytes: [UInt8]
}

func blocks(of file: [UInt8]) -> [FileBlock] {
  func word(_ index: Int) -> UInt32 {
    file[index..<(index + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
  var blocks: [FileBlock] = []
  var at = 0
  while at + 12 <= file.count {
    let length = Int(word(at + 4))
    blocks.append(FileBlock(type: word(at), bytes: Array(file[at..<(at + length)])))
    at += length
  }
  return blocks
}

struct PacketBlock {
  var time: UInt64
  var content: [UInt8]
  var flags: UInt32
  var bytes: [UInt8]
}

/// The blocks of decoded packets.
func packetBlocks(_ file: [UInt8]) -> [PacketBlock] {
  blocks(of: file).compactMap { block in
    func word(_ index: Int) -> UInt64 {
      block.bytes[index..<(index + 4)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    guard block.type == 6, word(8) == 2 else { return nil }
    let count = Int(word(20))
    // After the padded content come code and length of the flags, then the flags.
    let flags = 28 + (count + 3) / 4 * 4 + 4
    return PacketBlock(
      time: word(12) << 32 | word(16), content: Array(block.bytes[28..<(28 + count)]),
      flags: UInt32(word(flags)), bytes: block.bytes)
  }
}

func contents(_ path: String) throws -> [UInt8] {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else { throw RecordingError.cannotOpen(path, reason: "test") }
  defer { close(descriptor) }
  var content: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor, &buffer, buffer.count)
    if count <= 0 { return content }
    content += buffer[..<count]
  }
}

func write(_ content: [UInt8], to path: String) throws {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  guard descriptor >= 0 else { throw RecordingError.cannotCreate(path, reason: "test") }
  defer { close(descriptor) }
  _ = content.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
}

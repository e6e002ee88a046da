import Glibc
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

/// What goes into the recordings of these tests.
struct Sample {
  var header = RecordingHeader(
    application: "SerialScribe test", port: "/dev/ttyUSB0", baud: 921_600, linkProtocol: "scribe")
  var packets: [(bytes: [UInt8], direction: RecordedDirection, time: UInt64)] = []

  /// `count` packets of up to `longest` bytes, one in four going out.
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

  /// The header's block lengths come first, then one block a packet.
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

/// Runs a program of the search path and returns what it printed, or nil where it failed.
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

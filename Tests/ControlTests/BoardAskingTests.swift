import Control
import Testing

/// Requests to boards that wait to be asked.
@Suite struct BoardAskingTests {
  private static let second: UInt64 = 1_000_000_000

  @Test(
    arguments: [
      ("0x10", [0x10]), ("0X1", [1]), ("0x10 0xAB", [0x10, 0xAB]), ("0x10,0xab", [0x10, 0xAB]),
      ("10 AB", [0x10, 0xAB]), ("hex:10AB", [0x10, 0xAB]), ("hex:10 ab", [0x10, 0xAB]),
      ("0x10AB", [0x10, 0xAB]), ("hex:5", [5]),
      ("X", [0x58]), ("g", [0x67]), ("1", [0x31]), ("snap", Array("snap".utf8)),
      ("snap\\r\\n", Array("snap\r\n".utf8)), ("text:10", Array("10".utf8)),
      ("text:0x10", Array("0x10".utf8)), ("a\\x00\\\\\\t\\0", [0x61, 0, 0x5C, 9, 0]),
      ("face", Array("face".utf8)), ("AT+CAP", Array("AT+CAP".utf8)), ("µ", [0xC2, 0xB5]),
    ] as [(String, [UInt8])])
  func requests(text: String, bytes: [UInt8]) throws {
    #expect(try BoardRequest(parsing: text) == .bytes(bytes))
  }

  @Test func wrongRequests() {
    #expect(throws: BoardRequestError.empty) { try BoardRequest(parsing: "") }
    #expect(throws: BoardRequestError.empty) { try BoardRequest(parsing: "hex:") }
    #expect(throws: BoardRequestError.ambiguous("10")) { try BoardRequest(parsing: "10") }
    #expect(throws: BoardRequestError.ambiguous("10AB")) { try BoardRequest(parsing: "10AB") }
    #expect(throws: BoardRequestError.notHex("0x")) { try BoardRequest(parsing: "0x") }
    #expect(throws: BoardRequestError.notHex("0x123")) { try BoardRequest(parsing: "0x123") }
    #expect(throws: BoardRequestError.notHex("hex:xyz")) { try BoardRequest(parsing: "hex:xyz") }
    #expect(throws: BoardRequestError.badEscape("a\\q")) { try BoardRequest(parsing: "a\\q") }
    #expect(throws: BoardRequestError.badEscape("a\\")) { try BoardRequest(parsing: "a\\") }
    #expect(throws: BoardRequestError.tooLong(1025)) {
      try BoardRequest(parsing: String(repeating: "z", count: 1025))
    }
  }

  @Test(arguments: BoardRequest.Preset.allCases) func presets(preset: BoardRequest.Preset) throws {
    #expect(try BoardRequest(parsing: preset.rawValue) == .preset(preset))
  }

  private func asking(_ repetition: BoardAsking.Repetition) -> BoardAsking {
    BoardAsking(.bytes([0x10]), repetition)
  }

  @Test func onceAndAgainAfterAReconnection() {
    var asking = asking(.init())
    #expect(asking.connected(at: 0) == [0x10])
    #expect(asking.tick(at: 1000 * Self.second) == [])
    #expect(asking.received([1], images: 1, at: 1001 * Self.second) == [])
    asking.disconnected()
    #expect(asking.connected(at: 1002 * Self.second) == [0x10])
  }

  @Test func everySoOften() {
    var asking = asking(.init(interval: 5 * Self.second))
    #expect(asking.tick(at: 100 * Self.second) == [])
    #expect(asking.connected(at: 100 * Self.second) == [0x10])
    #expect(asking.received([1], images: 1, at: 101 * Self.second) == [])
    #expect(asking.tick(at: 104 * Self.second) == [])
    #expect(asking.tick(at: 105 * Self.second) == [0x10])
    #expect(asking.tick(at: 106 * Self.second) == [])
    asking.disconnected()
    #expect(asking.tick(at: 200 * Self.second) == [])
  }

  @Test func afterEachImageAndAfterSilence() {
    var asking = asking(.init(afterImage: true, silence: 10 * Self.second))
    #expect(asking.connected(at: 0) == [0x10])
    #expect(asking.received([1], images: 0, at: Self.second) == [])
    #expect(asking.received([1], images: 1, at: 2 * Self.second) == [0x10])
    // A slow image is waited for.
    for time in 3..<60 as Range<UInt64> {
      #expect(asking.received([1], images: 0, at: time * Self.second) == [])
      #expect(asking.tick(at: time * Self.second) == [])
    }
    #expect(asking.tick(at: 68 * Self.second) == [])
    #expect(asking.tick(at: 69 * Self.second) == [0x10])
    #expect(asking.tick(at: 78 * Self.second) == [])
    #expect(asking.tick(at: 79 * Self.second) == [0x10])
  }

  // MARK: VC0706

  /// A camera of this kind, as its data sheet has it.
  struct Camera {
    var picture: [UInt8]
    var commands: [[UInt8]] = []
    /// The numbers of the commands that it refuses.
    var refuses: Set<UInt8> = []

    mutating func answer(_ command: [UInt8]) -> [UInt8] {
      guard !command.isEmpty else { return [] }
      commands.append(command)
      guard command.starts(with: [0x56, 0x00]), command.count >= 4 else { return [] }
      guard !refuses.contains(command[2]) else { return [0x76, 0, command[2], 3, 0] }
      switch command[2] {
      case 0x26: return [0x76, 0, 0x26, 0, 0] + Array("VC0703 1.00\r\nInit end\r\n".utf8)
      case 0x36: return [0x76, 0, 0x36, 0, 0]
      case 0x34:
        let count = picture.count
        return [0x76, 0, 0x34, 0, 4, 0, 0, UInt8(count >> 8), UInt8(count & 255)]
      case 0x32:
        let start = command[6..<10].reduce(0) { $0 << 8 | Int($1) }
        let count = command[10..<14].reduce(0) { $0 << 8 | Int($1) }
        let answer: [UInt8] = [0x76, 0, 0x32, 0, 0]
        return answer + picture[start..<(start + count)] + answer
      default: return []
      }
    }
  }

  /// Lets both talk, in pieces of `piece` bytes, a hundredth of a second each.
  private func talk(
    _ camera: inout Camera, _ asking: inout BoardAsking, seconds: UInt64, piece: Int = 64
  ) -> [UInt8] {
    var heard: [UInt8] = []
    var said: [UInt8] = []
    var line: [UInt8] = camera.answer(asking.connected(at: 0))
    for step in 1..<(seconds * 100) {
      let now = step * Self.second / 100
      said = asking.tick(at: now)
      let part = Array(line.prefix(piece))
      line.removeFirst(part.count)
      heard += part
      if !part.isEmpty { said += asking.received(part, images: 0, at: now) }
      line += camera.answer(said)
    }
    return heard
  }

  @Test(arguments: [1, 7, 64, 4096]) func aCameraIsAskedForPictures(piece: Int) {
    let picture = (0..<1200).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var camera = Camera(picture: picture)
    var asking = BoardAsking(.preset(.vc0706), .init(.vc0706))
    let heard = talk(&camera, &asking, seconds: 40, piece: piece)
    #expect(heard.firstRange(of: picture) != nil)
    #expect(
      Array(camera.commands.prefix(5)) == [
        [0x56, 0, 0x26, 0], [0x56, 0, 0x36, 1, 0], [0x56, 0, 0x34, 1, 0],
        [0x56, 0, 0x32, 0x0C, 0, 0x0A, 0, 0, 0, 0, 0, 0, 0x04, 0xB0, 0, 0x0A],
        [0x56, 0, 0x36, 1, 3],
      ])
    // It is asked for more than one picture.
    #expect(camera.commands.count { $0[2] == 0x32 } > 1)
    #expect(camera.commands.count { $0[2] == 0x26 } == 1)
  }

  @Test func aPictureEverySoOften() {
    var camera = Camera(picture: [UInt8](repeating: 1, count: 100))
    var asking = BoardAsking(
      .preset(.vc0706), .init(afterImage: true, interval: 5 * Self.second))
    _ = talk(&camera, &asking, seconds: 20)
    #expect((3...5).contains(camera.commands.count { $0[2] == 0x32 }))
  }

  /// A camera that refuses or doesn't answer is asked again.
  @Test func aCameraThatRefusesIsAskedAgain() {
    var camera = Camera(picture: [1, 2, 3], refuses: [0x36])
    var asking = BoardAsking(.preset(.vc0706), .init(.vc0706))
    _ = talk(&camera, &asking, seconds: 10)
    #expect(camera.commands.count { $0[2] == 0x36 } > 5)
    #expect(!camera.commands.contains { $0[2] == 0x32 })
    camera = Camera(picture: [])
    asking = BoardAsking(.preset(.vc0706), .init(.vc0706))
    #expect(asking.connected(at: 0) == [0x56, 0, 0x26, 0])
    #expect(asking.tick(at: 2 * Self.second) == [])
    #expect(asking.tick(at: 3 * Self.second) == [0x56, 0, 0x26, 0])
  }
}

import Control
import FirmwareProto
import Foundation
import Images
import LinkTestSupport
import Packets
import Testing

/// A board that listens and is told the time.
private final class HearingBoard {
  let host: UnsafeMutablePointer<scribe_host>
  let board: TestBoard
  var requests: [scribe_request] = []
  var answer = SCRIBE_DONE

  init(rate: UInt32 = 0) {
    board = TestBoard()
    host = .allocate(capacity: 1)
    host.initialize(to: scribe_host())
    var config = scribe_host_config()
    config.encoder = board.encoder
    config.rate = rate
    config.request_context = Unmanaged.passUnretained(self).toOpaque()
    config.request = { context, request in
      guard let context, let request else { return SCRIBE_FAILED }
      let board = Unmanaged<HearingBoard>.fromOpaque(context).takeUnretainedValue()
      board.requests.append(request.pointee)
      return board.answer
    }
    #expect(scribe_host_init(host, &config) == SCRIBE_OK)
  }

  deinit { host.deallocate() }

  func hear(_ bytes: [UInt8], at milliseconds: UInt32) {
    for byte in bytes { scribe_host_hear(host, byte, milliseconds) }
  }

  /// The bytes with which it answers the bytes it received.
  func answers() -> [UInt8] {
    scribe_host_answer(host)
    return board.takeBytes()
  }
}

private let second: UInt64 = 1_000_000_000

/// Both sides at work: each gets the other's bytes.
private struct Talk {
  var control: BoardControl
  let board = HearingBoard()
  var decoder = ScribeDecoder()
  var now: UInt64 = second
  var notices: [BoardControl.Notice] = []

  init(_ wishes: [BoardCommand] = []) {
    control = BoardControl(wishes: wishes)
    board.hear(control.connected(at: now), at: 1000)
  }

  /// The board answers and sends; the host gets the bytes after `seconds`.
  mutating func exchange(after seconds: Double = 0.01, _ more: [UInt8] = []) {
    let bytes = board.answers() + more
    now += UInt64(seconds * 1e9)
    let events = decoder.decode(bytes)
    let result = control.received(
      bytes.count, telling: events, decoder.statistics, at: now)
    notices += result.notices
    board.hear(result.bytes, at: UInt32(now / 1_000_000))
  }
}

@Suite struct BoardControlTests {
  /// PROTOCOL.md shows the host's bytes; both sides must agree with it.
  @Test func bytesAreThoseOfTheDocument() throws {
    let url = FirmwareFolder.url.appending(path: "PROTOCOL.md")
    let text = try String(contentsOf: url, encoding: .utf8)
    func bytes(_ fence: String) -> [UInt8] {
      text.components(separatedBy: "```\(fence)\n").dropFirst().flatMap { block in
        (block.components(separatedBy: "```").first ?? "").split(whereSeparator: \.isWhitespace)
          .compactMap { UInt8($0, radix: 16) }
      }
    }
    var control = BoardControl(wishes: [.format(.bilevel, isCoded: true)])
    let said = control.connected(at: second)
    var statistics = LinkStatistics()
    statistics.lastSequence = 5
    // A board that takes credit and commands, and was started before.
    let board = HearingBoard()
    board.hear(said, at: 0)
    var decoder = ScribeDecoder()
    let hello = decoder.decode(board.answers())
    #expect(hello.contains { if case .hello = $0 { true } else { false } })
    let told = control.received(30, telling: hello, statistics, at: second + second / 2).bytes
    // COMMAND's token counts from 0 and the document's is 7: it is told apart from the rest by its
    // type.
    let document = PacketBytes.split(bytes("host"))
    let own = PacketBytes.split(said + told)
    #expect(document.count == 3)
    #expect(own.first == document.first)
    #expect(own.dropFirst().first == document.dropFirst().first)
    #expect(
      PacketBytes.body(own.last ?? [])?.dropFirst(2) == PacketBytes.body(document[2])?.dropFirst(2))

    // The board of the document gets the same bytes.
    board.answer = SCRIBE_REFUSED
    board.board.encoder.pointee.sequence = 6
    board.hear(bytes("host"), at: 1)
    board.host.pointee.hello_due = false
    #expect(board.answers() == bytes("answer"))
    #expect(board.requests.last?.format == SCRIBE_BILEVEL)
    #expect(board.requests.last?.coded == true)
  }

  @Test func wishesAreAskedForAndAnswered() throws {
    let wishes: [BoardCommand] = [
      .format(.gray8, isCoded: true), .region(.init(x: 1, y: 2, width: 30, height: 40)),
      .rate(2.5), .delivery(.both), .exposure(.held(stops: -1.5)),
    ]
    var talk = Talk(wishes)
    // The board keeps four at a time, so the host asks again for the fifth.
    for _ in 0..<300 { talk.exchange() }
    #expect(talk.notices == wishes.map { .done($0) })
    try #require(talk.board.requests.count == 5)
    #expect(
      talk.board.requests.map(\.kind) == [
        SCRIBE_ASK_FORMAT, SCRIBE_ASK_REGION, SCRIBE_ASK_RATE, SCRIBE_ASK_DELIVERY,
        SCRIBE_ASK_EXPOSURE,
      ])
    #expect(talk.board.requests[2].rate == 2500)
    #expect(talk.board.requests[3].images && talk.board.requests[3].text)
    #expect(talk.board.requests[4].exposure == 2 && talk.board.requests[4].more == -12)
    #expect(talk.board.requests[1].width == 30)
    // Not again.
    for _ in 0..<400 { talk.exchange() }
    #expect(talk.board.requests.count == 5)
  }

  @Test func aRefusalIsTold() {
    var talk = Talk([.rate(1)])
    talk.board.answer = SCRIBE_REFUSED
    for _ in 0..<4 { talk.exchange() }
    #expect(talk.notices == [.refused(.rate(1), .refused)])
  }

  /// A board that starts anew gets the requests anew.
  @Test func wishesOutliveARestart() {
    var talk = Talk([.rate(1)])
    for _ in 0..<4 { talk.exchange() }
    #expect(talk.board.requests.count == 1)
    talk.board.board.encoder.pointee.hello_sent = false
    _ = scribe_hello(talk.board.board.encoder)
    for _ in 0..<4 { talk.exchange(talk.board.board.takeBytes()) }
    #expect(talk.board.requests.count == 2)
  }

  /// A lost command is repeated.
  @Test func aLostCommandIsSaidAgainAndGivenUp() {
    var control = BoardControl(wishes: [.rate(1)])
    let board = HearingBoard()
    board.hear(control.connected(at: second), at: 0)
    var decoder = ScribeDecoder()
    var notices: [BoardControl.Notice] = []
    var commands = 0
    var events = decoder.decode(board.answers())
    for turn in 1...100 {
      let told = control.received(
        40, telling: events, decoder.statistics, at: second + UInt64(turn) * second / 10)
      notices += told.notices
      commands += PacketBytes.split(told.bytes).filter { PacketBytes.type($0) == .command }.count
      events = []
    }
    #expect(commands == 5)
    #expect(notices == [.unanswered(.rate(1))])
  }

  /// A board with other firmware gets a greeting or two, and nothing else.
  @Test func aStrangerIsLeftAlone() {
    var control = BoardControl(wishes: [.rate(1)])
    var said = PacketBytes.split(control.connected(at: second))
    let decoder = ScribeDecoder()
    for turn in 1...1000 {
      let told = control.received(
        500, telling: [], decoder.statistics, at: second + UInt64(turn) * second / 10)
      said += PacketBytes.split(told.bytes)
    }
    #expect(said.count == 5)
    #expect(said.allSatisfy { PacketBytes.type($0) == .hello })
  }

  /// A user who asks for something learns once that nobody does it.
  @Test func aStrangerThatIsAskedIsTold() {
    var control = BoardControl(wishes: [.format(.bilevel, isCoded: true), .rate(1)])
    _ = control.connected(at: second)
    var notices: [BoardControl.Notice] = []
    for turn in 1...1000 {
      notices +=
        control.received(
          500, telling: [], LinkStatistics(), at: second + UInt64(turn) * second / 10
        ).notices
    }
    #expect(
      notices == [.unanswered(.format(.bilevel, isCoded: true)), .unanswered(.rate(1))])
  }

  /// A board that greets and takes no commands.
  @Test func aBoardWithoutCommandsIsTold() {
    var control = BoardControl(wishes: [.format(.gray8, isCoded: true)])
    let greeting = control.connected(at: second)
    let board = TestBoard()
    _ = scribe_hello(board.encoder)
    var decoder = ScribeDecoder()
    let hello = decoder.decode(board.takeBytes())
    var notices: [BoardControl.Notice] = []
    var said = greeting
    for turn in 1...100 {
      let told = control.received(
        40, telling: turn == 1 || turn == 50 ? hello : [], decoder.statistics,
        at: second + UInt64(turn) * second / 10)
      notices += told.notices
      said += told.bytes
    }
    #expect(notices == [.unheeded(.format(.gray8, isCoded: true))])
    #expect(!PacketBytes.split(said).contains { PacketBytes.type($0) == .command })
  }

  /// A line that turns out to be fast gets a wider window. A board keeps to the last window that it
  /// heard of, and is always granted more before it has sent all of that, also where the CREDIT
  /// with the wider window was lost.
  @Test(arguments: [false, true]) func aWideningWindowStallsNobody(losesOne: Bool) {
    var control = BoardControl()
    let board = HearingBoard()
    board.hear(control.connected(at: second), at: 0)
    var decoder = ScribeDecoder()
    var events = decoder.decode(board.answers())
    var now = second
    var known = 2048
    var unreported = 0
    var windows: [Int] = []
    var pings: [(token: UInt32, due: UInt64)] = []
    for _ in 0..<4000 {
      // The line carries 200 kB/s, and takes 60 ms there and back.
      now += second / 1000
      unreported += 200
      for ping in pings where ping.due <= now { events.append(.pong(ping.token)) }
      pings.removeAll { $0.due <= now }
      let told = control.received(200, telling: events, decoder.statistics, at: now)
      events = []
      for packet in PacketBytes.split(told.bytes) {
        let body = PacketBytes.body(packet).map { Array($0) } ?? []
        switch PacketBytes.type(packet) {
        case .ping:
          let token = body.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
          pings.append((token, now + 60 * second / 1000))
        case .credit:
          let window = Int(body[2]) | Int(body[3]) << 8
          let isNew = windows.last != window
          windows.append(window)
          if losesOne, isNew, windows.count > 1 { continue }
          known = window
          unreported = 0
        default: break
        }
      }
      // A packet more would not fit.
      guard unreported + 252 <= known else {
        Issue.record("a window of \(known) is used up")
        return
      }
    }
    #expect(windows.first == 2048 && windows.last == 16384, "\(Set(windows))")
  }

  @Test func theRoundTripIsMeasured() throws {
    var talk = Talk()
    for _ in 0..<300 { talk.exchange(after: 0.02) }
    // PING is sent with one exchange and answered with the next.
    let roundTrip = try #require(talk.control.roundTrip)
    #expect(abs(roundTrip - 0.02) < 1e-6)
  }

  @Test func aPingIsAnswered() {
    var control = BoardControl()
    let said = control.received(10, telling: [.ping(0x0403_0201)], LinkStatistics(), at: second)
    let packets = PacketBytes.split(said.bytes)
    #expect(packets.map { PacketBytes.type($0) } == [.pong])
    #expect(PacketBytes.body(packets.first ?? []).map { Array($0) } == [1, 2, 3, 4])
  }

  /// Packets are fitted to the loss, and grow again when the loss is over.
  @Test func packetsFitTheLine() throws {
    var talk = Talk()
    for _ in 0..<4 { talk.exchange() }
    // A link that loses a byte in a thousand loses two of nine packets of 252 bytes.
    var random = SeededGenerator(seed: 5)
    func send(_ images: Int, loss: Double) {
      let image = CapturedImage(
        width: 320, height: 240, format: .gray8,
        payload: (0..<320 * 240).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) })
      for _ in 0..<images {
        let packets = { () -> [[UInt8]] in
          talk.board.board.send(image)
          defer { _ = talk.board.board.takeBytes() }
          return talk.board.board.packets
        }()
        let arrived = packets.filter { _ in Double.random(in: 0..<1, using: &random) >= loss }
        for packet in arrived { talk.exchange(after: 0.001, packet) }
      }
    }
    send(3, loss: 1 - pow(0.999, 254))
    let small = try #require(talk.control.packetSize)
    #expect(talk.board.board.encoder.pointee.mtu == small)
    // The formula's best is a body of 104.
    #expect((96...135).contains(small))
    send(12, loss: 0)
    #expect(talk.control.packetSize == 252)
  }

  /// A fresh image is requested after an image that refers to one that never came.
  @Test func aMissedReferenceAsksForAFreshImage() {
    var talk = Talk()
    for _ in 0..<3 { talk.exchange() }
    let told = talk.control.received(
      40, telling: [.bytesDropped(.noReference, count: 40)], talk.decoder.statistics, at: talk.now)
    talk.board.hear(told.bytes, at: UInt32(talk.now / 1_000_000))
    _ = talk.board.answers()
    #expect(talk.board.board.encoder.pointee.refresh_due)
  }
}

/// Packets as bytes, for tests that examine the messages.
private enum PacketBytes {
  static func split(_ bytes: [UInt8]) -> [[UInt8]] {
    bytes.split(separator: 0).map { [0] + $0 + [0] }
  }

  static func type(_ packet: [UInt8]) -> PacketType? {
    COBS.decode(Array(packet.dropFirst().dropLast())).flatMap {
      $0.first.flatMap { PacketType(rawValue: $0 & 15) }
    }
  }

  static func body(_ packet: [UInt8]) -> ArraySlice<UInt8>? {
    COBS.decode(Array(packet.dropFirst().dropLast())).map { $0.dropFirst(6).dropLast(4) }
  }
}

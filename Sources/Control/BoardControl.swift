public import Images
import Packets

/// The host's side of the talk with a board: greets it, grants it credit, measures the round trip,
/// asks for what the user wants, and fits the packets to the link. Does no input or output, and has
/// no clock: it is told the time, in nanoseconds of any clock that doesn't go back.
///
/// Nothing depends on the board hearing it. Messages that get lost are repeated or soon outdated,
/// and a board that doesn't listen goes on as before.
public struct BoardControl: Sendable {
  /// News from the board for the user.
  public enum Notice: Sendable, Equatable {
    case done(BoardCommand)
    case refused(BoardCommand, BoardResponse.Status)
    /// The board doesn't listen, or never answered.
    case unanswered(BoardCommand)
    /// The board says that it takes no commands.
    case unheeded(BoardCommand)
  }

  /// The round trip of the last PING, in seconds, with the images in between.
  public private(set) var roundTrip: Double?
  /// Bytes that the board may have on their way.
  public private(set) var window = Self.usualWindow
  /// The windows of the last two CREDITs. The later CREDIT may be lost: then the board keeps to the
  /// earlier one.
  private var announced = (last: Self.usualWindow, before: Self.usualWindow)
  /// The size of packets that was requested last; nil for the board's own.
  public private(set) var packetSize: Int?

  private var wishes: [BoardCommand]
  private let adaptsPackets: Bool

  private var encoder = PacketEncoder()
  private var hello: BoardHello?
  private var hellosSent = 0
  private var helloTime: UInt64 = 0
  private var mtu: Int?

  private var lastSequence: UInt8?
  private var unreported = 0
  private var creditTime: UInt64 = 0

  private var pingTime: UInt64 = 0
  private var pingToken: UInt32 = 0
  private var isPingOpen = false
  private var shortestRoundTrip: Double?
  private var rateStart: UInt64?
  private var rateBytes = 0

  private var pending: [Pending] = []
  private var nextToken: UInt16 = 0
  private var refreshTime: UInt64?

  private var meter = LossMeter()
  private var windowMeter = LossMeter()
  /// The window of which half is being tried, and the share of packets that were lost with it.
  private var trial: (window: Int, loss: Double)?
  private var nextTrial: UInt64 = 0
  private var refusesPackets = false
  private var counted = (packets: 0, missing: 0, bytes: 0)
  /// Whether the user was told that nothing can be asked for on this line.
  private var hasToldDeaf = false

  private struct Pending {
    var command: BoardCommand
    var token: UInt16
    var sentTime: UInt64?
    var attempts = 0
  }

  private static let usualWindow = 2048
  private static let second: UInt64 = 1_000_000_000
  private static let attempts = 5

  /// - Parameters:
  ///   - wishes: the user's requests, repeated to each board that starts.
  ///   - adaptsPackets: whether packets are fitted to the loss on the link.
  public init(wishes: [BoardCommand] = [], adaptsPackets: Bool = true) {
    self.wishes = wishes
    self.adaptsPackets = adaptsPackets
  }

  /// Greets the board, since the connection is open.
  ///
  /// - Returns: bytes to send.
  public mutating func connected(at now: UInt64) -> [UInt8] {
    self = BoardControl(wishes: wishes, adaptsPackets: adaptsPackets)
    return greet(now)
  }

  /// Takes another request of the user, which replaces an earlier one of its kind. It is sent with
  /// what is sent next.
  public mutating func wish(_ command: BoardCommand) {
    if command != .refresh {
      wishes.removeAll { $0.code == command.code }
      wishes.append(command)
      hasToldDeaf = false
    }
    if hello?.answersCommands == true { add(command) }
  }

  /// Takes the bytes that came and their events.
  ///
  /// - Parameters:
  ///   - count: the number of bytes.
  ///   - events: the events that they gave.
  ///   - statistics: those of the decoder, with these bytes.
  ///   - now: the time.
  /// - Returns: bytes to send, and news for the user.
  public mutating func received(
    _ count: Int, telling events: [LinkEvent], _ statistics: LinkStatistics, at now: UInt64
  ) -> (bytes: [UInt8], notices: [Notice]) {
    var bytes: [UInt8] = []
    var notices: [Notice] = []
    lastSequence = statistics.lastSequence
    unreported += count
    for event in events { take(event, now, &bytes, &notices) }
    guard let hello else {
      if now &- helloTime > 2 * Self.second {
        if hellosSent < Self.attempts {
          bytes += greet(now)
        } else {
          tellDeaf(&notices) { .unanswered($0) }
        }
      }
      return (bytes, notices)
    }
    countLoss(statistics)
    fitWindow(count, now)
    if hello.takesCredit, isCreditDue(now) { bytes += credit(now) }
    if now &- pingTime > Self.second { bytes += ping(now) }
    if hello.answersCommands {
      fitPackets(now)
      bytes += ask(now, &notices)
    } else {
      tellDeaf(&notices) { .unheeded($0) }
    }
    return (bytes, notices)
  }

  /// Tells once that nothing can be asked for.
  private mutating func tellDeaf(
    _ notices: inout [Notice], _ notice: (BoardCommand) -> Notice
  ) {
    if !hasToldDeaf { notices += wishes.map(notice) }
    hasToldDeaf = true
  }

  /// Repeats messages that may have been lost, since nothing has come for a while.
  public mutating func idle(at now: UInt64) -> [UInt8] {
    guard let hello else { return hellosSent < Self.attempts ? greet(now) : [] }
    var bytes = hello.takesCredit ? credit(now) : []
    // A board that sends seldom is asked before its next image. Nothing is given up here.
    var notices: [Notice] = []
    if pending.contains(where: { $0.sentTime == nil }) { bytes += ask(now, &notices) }
    return bytes
  }
}

// MARK: - What comes

extension BoardControl {
  private mutating func take(
    _ event: LinkEvent, _ now: UInt64, _ bytes: inout [UInt8], _ notices: inout [Notice]
  ) {
    switch event {
    case .hello(let hello):
      // A board that started anew has forgotten earlier requests.
      if self.hello == nil || hello.hasJustStarted { wishAll() }
      self.hello = hello
      mtu = hello.mtu
    case .ping(let token): bytes += encoder.packet(.pong, body: Self.bytes(of: token))
    case .pong(let token) where isPingOpen && token == pingToken:
      isPingOpen = false
      let seconds = Double(now &- pingTime) / 1e9
      roundTrip = seconds
      shortestRoundTrip = min(shortestRoundTrip ?? seconds, seconds)
    case .response(let response):
      guard let index = pending.firstIndex(where: { $0.token == response.token }) else { break }
      let command = pending.remove(at: index).command
      if case .packetSize = command, response.status != .done { refusesPackets = true }
      guard wishes.contains(command) else { break }
      notices.append(
        response.status == .done ? .done(command) : .refused(command, response.status))
    case .bytesDropped(.noReference, _): wantFreshImage(now)
    default: break
    }
  }

  private mutating func wishAll() {
    pending = []
    packetSize = nil
    meter.reset()
    for command in wishes { add(command) }
  }

  private mutating func add(_ command: BoardCommand) {
    // A newer command of its kind takes its place.
    pending.removeAll { $0.command.code == command.code }
    pending.append(Pending(command: command, token: nextToken))
    nextToken &+= 1
  }

  /// Asks for a fresh image: the board coded one against an image that never arrived.
  private mutating func wantFreshImage(_ now: UInt64) {
    if let refreshTime, now &- refreshTime < Self.second / 2 { return }
    refreshTime = now
    add(.refresh)
  }

  private mutating func countLoss(_ statistics: LinkStatistics) {
    let packets = max(0, statistics.packetsReceived - counted.packets)
    let lost = max(0, statistics.packetsMissing - counted.missing)
    let bytes = max(0, statistics.bytesReceived - counted.bytes)
    meter.count(packets: packets, lost: lost, bytes: bytes)
    windowMeter.count(packets: packets, lost: lost, bytes: bytes)
    counted = (statistics.packetsReceived, statistics.packetsMissing, statistics.bytesReceived)
  }

  /// Fits the window to the link, once a second.
  ///
  /// A full link looks the same with any window, since bytes on their way wait: only a link that is
  /// faster than modules with small buffers gets a wider one. A link that loses packets may do so
  /// because a module's buffer is smaller than the window. Trying half of the window tells.
  private mutating func fitWindow(_ count: Int, _ now: UInt64) {
    guard let start = rateStart else {
      rateStart = now
      return
    }
    rateBytes += count
    guard now &- start > Self.second else { return }
    let rate = Double(rateBytes) / (Double(now &- start) / 1e9)
    rateStart = now
    rateBytes = 0
    if rate > Self.moduleRate, let shortestRoundTrip {
      window = min(max(window, Int(min(2 * rate * shortestRoundTrip, 1e6))), 1 << 14)
    }
    guard let loss = windowMeter.lossShare else { return }
    windowMeter.reset()
    if let trial {
      if loss > trial.loss / 2 {
        window = trial.window
        nextTrial = now &+ 60 * Self.second
      }
      self.trial = nil
    } else if loss > 0.03, window > Self.leastWindow, now >= nextTrial {
      trial = (window, loss)
      window = max(window / 2, Self.leastWindow)
    }
  }

  /// Bytes a second that a Bluetooth module of a few dollars doesn't carry.
  private static let moduleRate = 30_000.0
  private static let leastWindow = 512
}

// MARK: - What goes

extension BoardControl {
  private mutating func greet(_ now: UInt64) -> [UInt8] {
    hellosSent += 1
    helloTime = now
    var body: [UInt8] = [PacketHeader.version, hellosSent == 1 ? 1 : 0]
    body.append(littleEndian: UInt16(PacketDecoder.maximumPacketSize))
    body.append(littleEndian: UInt32(0))
    let name = Array("scribe".utf8)
    return encoder.packet(.hello, body: body + [UInt8(name.count)] + name)
  }

  /// Whether a quarter of the window that the board keeps to has come, or the window changed, or it
  /// is time.
  ///
  /// A quarter of `window` might never come: a board that has sent all that it was granted waits
  /// for more.
  private func isCreditDue(_ now: UInt64) -> Bool {
    unreported >= min(announced.last, announced.before) / 4 || window != announced.last
      || now &- creditTime > Self.second / 10
  }

  private mutating func credit(_ now: UInt64) -> [UInt8] {
    guard let lastSequence else { return [] }
    announced = (window, announced.last)
    unreported = 0
    creditTime = now
    var body: [UInt8] = [lastSequence, 0]
    body.append(littleEndian: UInt16(clamping: window))
    return encoder.packet(.credit, body: body)
  }

  private mutating func ping(_ now: UInt64) -> [UInt8] {
    pingTime = now
    pingToken &+= 1
    isPingOpen = true
    return encoder.packet(.ping, body: Self.bytes(of: pingToken))
  }

  /// Asks for another packet size where that lets notably more through.
  private mutating func fitPackets(_ now: UInt64) {
    // Not while a window is tried: packets that a module drops tell nothing about the link.
    guard adaptsPackets, !refusesPackets, trial == nil, let mtu, let loss = meter.lossPerByte else {
      return
    }
    let fixed = PacketHeader.size + PacketHeader.checksumSize
    let current = packetSize ?? mtu
    let best = LossMeter.bestBody(lossPerByte: loss) + Double(fixed)
    let fitting = Int(min(max(best, 96), Double(mtu)))
    let gain =
      LossMeter.goodput(body: Double(fitting - fixed), lossPerByte: loss)
      / LossMeter.goodput(body: Double(current - fixed), lossPerByte: loss)
    guard gain > 1.02 else { return }
    packetSize = fitting
    meter.reset()
    add(.packetSize(fitting))
  }

  private mutating func ask(_ now: UInt64, _ notices: inout [Notice]) -> [UInt8] {
    var bytes: [UInt8] = []
    for index in pending.indices {
      if let sent = pending[index].sentTime, now &- sent < Self.second { continue }
      pending[index].sentTime = now
      pending[index].attempts += 1
      guard pending[index].attempts <= Self.attempts else { continue }
      var body: [UInt8] = []
      body.append(littleEndian: pending[index].token)
      body.append(pending[index].command.code)
      bytes += encoder.packet(.command, body: body + pending[index].command.arguments)
    }
    for lost in pending where lost.attempts > Self.attempts && wishes.contains(lost.command) {
      notices.append(.unanswered(lost.command))
    }
    pending.removeAll { $0.attempts > Self.attempts }
    return bytes
  }

  private static func bytes(of value: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: value)
    return bytes
  }
}

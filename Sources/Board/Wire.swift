import Glibc

/// The wire from a running board to its reader: pseudo-terminal, link, pace and faults.
///
/// Belongs to the one thread that runs the board.
struct Wire: ~Copyable, Sendable {
  typealias Behavior = PseudoTerminalBoard.Behavior
  typealias Event = PseudoTerminalBoard.Event

  var counters = PseudoTerminalBoard.Counters()
  /// Bytes of the last image, without those that faults add or take; an estimate before the first.
  private(set) var lastImageBytes = 0
  /// Bytes of the image in progress after which the wire falls silent; nil = never.
  var stallAfterBytes: Int?
  var stallSeconds = 0.0

  private var terminal: PseudoTerminal
  private var link: DeviceLink
  private var pace: LinePace
  private var channel: FaultyChannel
  private let behavior: Behavior
  private let stop: StopSignal
  private let baud: Int
  /// The rest of a packet that found the wire full.
  private var rest: ArraySlice<UInt8> = []
  private var reader = false
  /// Bytes from the host that the board hasn't taken yet.
  private var heard: [UInt8] = []
  private static let mostHeard = 4096
  private var module: BluetoothModule?
  private var imageBytes = 0
  /// Whether the image in progress is lost; the rest of it is refused at once.
  private var givenUp = false

  init(
    link: String?, baud: Int, behavior: Behavior, seed: UInt64, imageBytes: Int,
    stop: StopSignal
  ) throws(BoardError) {
    // The path is claimed before there is anything to clean up.
    var link = try DeviceLink(path: link)
    let terminal = try PseudoTerminal()
    try link.point(to: terminal.path)
    self.link = link
    self.terminal = terminal
    pace = LinePace(baud: baud, startingAt: monotonicNow())
    channel = FaultyChannel(behavior.faults, seed: seed)
    module = behavior.module.map {
      BluetoothModule(bytesPerSecond: $0.bytesPerSecond, buffer: $0.buffer, at: monotonicNow())
    }
    self.behavior = behavior
    self.stop = stop
    self.baud = baud
    lastImageBytes = imageBytes
  }

  var path: String { link.path ?? terminal.path }

  /// Whether an image may begin: there is a reader, and nothing is left of an earlier image.
  var isReady: Bool { reader && rest.isEmpty }

  /// Nanoseconds that an image takes without delays by the reader: 1/30 s without a baud rate.
  var imageTime: UInt64 {
    let camera: UInt64 = 33_333_333
    guard baud > 0 else { return camera }
    return max(camera, UInt64(lastImageBytes) * 10_000_000_000 / UInt64(baud))
  }

  // MARK: Readers

  /// Reports that the device is there, and waits for its reader if asked to.
  mutating func awaitReader(_ waits: Bool, _ report: (Event) -> Void) throws(BoardError) {
    report(.waiting(path: path))
    while waits, !reader, !stop.isRaised {
      try noticeReader(report)
      if !reader { stop.wait(nanoseconds: 10_000_000) }
    }
  }

  /// Checks whether a reader came or went.
  mutating func noticeReader(_ report: (Event) -> Void) throws(BoardError) {
    let present = terminal.hasReader
    if reader, !present { try readerLeft(report) }
    if !reader, present {
      stop.wait(nanoseconds: nanoseconds(behavior.settling))
      // A program that only looks at the device is no reader.
      guard terminal.hasReader else { return }
      reader = true
      counters.readers += 1
      pace = LinePace(baud: baud, startingAt: monotonicNow())
      report(.readerCame)
    }
    if reader { flushRest() }
    listen()
  }

  // MARK: The host

  /// The bytes from the host since the last call.
  mutating func takeHeard() -> [UInt8] {
    listen()
    defer { heard = [] }
    return heard
  }

  private mutating func listen() {
    let input = terminal.readInput()
    counters.bytesFromHost += input.count
    // A board without the packet protocol never takes these bytes.
    heard = heard.count + input.count <= Self.mostHeard ? heard + input : input
  }

  /// Waits a little for the host to grant credit; false if it is gone.
  mutating func awaitCredit() -> Bool {
    guard !stop.isRaised, terminal.hasReader else { return false }
    flushRest()
    stop.wait(nanoseconds: 500_000)
    return !stop.isRaised
  }

  private mutating func readerLeft(_ report: (Event) -> Void) throws(BoardError) {
    reader = false
    rest = []
    let isNew = !terminal.resetForNextReader() && !terminal.hasReader
    if isNew { try replaceTerminal() }
    // Who hears of it may open the device, which has nothing of the last reader's.
    report(.readerLeft)
    if isNew { report(.waiting(path: path)) }
  }

  private mutating func replaceTerminal() throws(BoardError) {
    terminal = try PseudoTerminal()
    try link.point(to: terminal.path)
  }

  // MARK: Images

  /// Waits for a slow reader before an image, as before each of its packets: a wire without a rate
  /// has no time at which the next image is due.
  mutating func settle() {
    if baud == 0, reader, !rest.isEmpty { _ = waitForRoom() }
  }

  mutating func beginImage() {
    givenUp = false
    imageBytes = 0
  }

  mutating func endImage(whole: Bool) {
    if whole, !givenUp { counters.imagesSent += 1 } else { counters.imagesCut += 1 }
    if whole { lastImageBytes = imageBytes }
    stallAfterBytes = nil
  }

  /// Sends a packet in pieces of about ten milliseconds.
  ///
  /// - Returns: false if nothing of the packet was sent and the image is to be given up.
  mutating func put(_ packet: [UInt8], _ report: (Event) -> Void) -> Bool {
    guard !givenUp else { return false }
    let piece = baud > 0 ? min(max(baud / 1000, LinePace.smallestBurst / 4), 4096) : 4096
    var at = 0
    while at < packet.count {
      if let threshold = stallAfterBytes, imageBytes >= threshold {
        stallAfterBytes = nil
        counters.stalls += 1
        report(.stalled(seconds: stallSeconds))
        pause(until: monotonicNow() + nanoseconds(stallSeconds))
      }
      let count = min(piece, packet.count - at)
      awaitTurn(count)
      guard !stop.isRaised, terminal.hasReader else {
        // Nobody would get the rest.
        givenUp = true
        return at > 0
      }
      // Bytes left over from the last piece go first.
      if !rest.isEmpty, !waitForRoom() {
        if at == 0 {
          givenUp = true
          return false
        }
        // In the middle of a packet, the rest of it waits and goes out whole.
        rest += passModule(channel.transmit(Array(packet[at...])))
        imageBytes += packet.count - at
        return true
      }
      rest += passModule(channel.transmit(Array(packet[at..<at + count])))
      pace.spend(count)
      imageBytes += count
      at += count
      flushRest()
    }
    return true
  }

  private mutating func awaitTurn(_ count: Int) {
    while !stop.isRaised, pace.allowance(at: monotonicNow()) < count {
      pause(until: pace.time(toSend: count))
    }
  }

  /// Puts `bytes` into the module, if there is one, and returns the bytes that it has given out by
  /// now.
  private mutating func passModule(_ bytes: [UInt8]) -> [UInt8] {
    guard var module = module.take() else { return bytes }
    module.accept(bytes)
    let out = module.release(at: monotonicNow())
    counters.moduleDropped = module.dropped
    self.module = module
    return out
  }

  /// Writes the bytes left over, as far as there is room.
  private mutating func flushRest() {
    if module != nil { rest += passModule([]) }
    while !rest.isEmpty {
      switch terminal.write(rest) {
      case .wrote(let count) where count > 0:
        rest.removeFirst(count)
        counters.bytesWritten += count
      case .failed:
        rest = []
      default:
        return
      }
    }
  }

  /// Waits for a slow reader, as long as patience lasts.
  private mutating func waitForRoom() -> Bool {
    flushRest()
    var deadline = monotonicNow() + nanoseconds(behavior.patience)
    while !rest.isEmpty, !stop.isRaised, terminal.hasReader {
      let now = monotonicNow()
      guard now < deadline else { return false }
      let left = rest.count
      terminal.waitForRoom(nanoseconds: min(deadline - now, 50_000_000), unless: stop)
      flushRest()
      if rest.count < left {
        deadline = now + nanoseconds(behavior.patience)
      } else {
        // A device that has room but takes nothing must not make this loop spin.
        stop.wait(nanoseconds: 1_000_000)
      }
    }
    return rest.isEmpty
  }

  // MARK: Pauses and ends

  /// Waits, and takes in the host's bytes in the meantime.
  mutating func pause(until time: UInt64) {
    while true {
      listen()
      if module != nil { flushRest() }
      let now = monotonicNow()
      let step: UInt64 = module == nil ? 50_000_000 : 2_000_000
      guard now < time, !stop.wait(nanoseconds: min(time - now, step)) else { return }
    }
  }

  /// Waits until the reader has read everything, since closing the wire would discard it. Ends
  /// early when nobody reads.
  mutating func drain() {
    while reader, let module, module.waiting > 0, !stop.isRaised, terminal.hasReader {
      flushRest()
      stop.wait(nanoseconds: 2_000_000)
    }
    guard reader, waitForRoom() else { return }
    let tick: UInt64 = 5_000_000
    var quiet = 0
    var unknown = 0
    var last = -1
    var progress = monotonicNow()
    while !stop.isRaised, terminal.hasReader {
      switch terminal.unread() {
      case .bytes(0):
        quiet += 1
        // Bytes on their way between two buffers are not counted; only a while without any is the
        // end.
        if quiet >= 6 { return }
      case .bytes(let count):
        quiet = 0
        if count != last { progress = monotonicNow() }
        last = count
        if monotonicNow() - progress > nanoseconds(behavior.patience) { return }
      case .unknown:
        // A locked device doesn't tell. A working reader is done within a second; checks are
        // counted, as they take longer, too, where the reader has to wait for a core.
        unknown += 1
        if unknown >= 200 { return }
      }
      stop.wait(nanoseconds: tick)
    }
  }

  /// Removes the device, as when a plug is pulled between two images, and brings it back.
  mutating func hangUp(_ absence: Double, _ report: (Event) -> Void) throws(BoardError) {
    drain()
    guard !stop.isRaised else { return }
    link.takeAway()
    terminal.hangUp()
    reader = false
    rest = []
    heard = []
    counters.hangUps += 1
    report(.hungUp)
    stop.wait(nanoseconds: nanoseconds(absence))
    try replaceTerminal()
  }

  mutating func finish() -> PseudoTerminalBoard.Counters {
    counters.channel = channel.counters
    return counters
  }
}

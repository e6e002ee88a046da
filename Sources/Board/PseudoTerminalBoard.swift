import Glibc
import Images
import Synchronization

/// A simulated board on a pseudo-terminal, paced, faulty and at times unplugged, as its behavior
/// says.
///
/// `run` blocks its thread until the images are sent or `stop` is called. A board without a reader
/// keeps going: it drops whole images and counts them. So that the first reader misses nothing, it
/// waits for one before its first image, and again after each hang-up.
public final class PseudoTerminalBoard: Sendable {
  public struct Behavior: Sendable {
    /// The most images a second; nil = as many as the wire carries.
    public var imagesPerSecond: Double?
    /// The number of images after which the board ends, dropped ones counted; nil = never.
    public var images: Int?
    public var faults: FaultyChannel.Faults
    /// The board falls silent in the middle of every so many images, for so many seconds.
    public var stall: (every: Int, seconds: Double)?
    /// The number of images after which the board hangs up, again and again.
    public var hangUpEvery: Int?
    /// Seconds that the device is gone after a hang-up.
    public var absence: Double
    /// Whether images wait for a reader at the start and after a hang-up.
    public var waitsForReader: Bool
    /// Seconds from a reader's opening of the device to the first byte: readers set up their port,
    /// and throw away the bytes that came before.
    public var settling: Double
    /// A Bluetooth module at the board's UART; nil = a cable.
    public var module: Module?
    /// Seconds that a packet waits for a reader that does not read before its image is given up.
    public var patience: Double
    /// The request that the host has to send for each image; empty = none.
    public var ask: [UInt8]

    public init(
      imagesPerSecond: Double? = nil, images: Int? = nil, faults: FaultyChannel.Faults = .none,
      stall: (every: Int, seconds: Double)? = nil, hangUpEvery: Int? = nil, absence: Double = 0.5,
      waitsForReader: Bool = true, settling: Double = 0.2, patience: Double = 1,
      module: Module? = nil, ask: [UInt8] = []
    ) {
      self.ask = ask
      self.imagesPerSecond = imagesPerSecond
      self.images = images
      self.faults = faults
      self.stall = stall
      self.hangUpEvery = hangUpEvery
      self.absence = absence
      self.waitsForReader = waitsForReader
      self.settling = settling
      self.patience = patience
      self.module = module
    }
  }

  /// Abilities of a Bluetooth module.
  public struct Module: Sendable, Equatable {
    public var bytesPerSecond: Int
    /// Bytes that the module keeps; any further bytes are lost.
    public var buffer: Int

    public init(bytesPerSecond: Int, buffer: Int = 2048) {
      self.bytesPerSecond = bytesPerSecond
      self.buffer = buffer
    }
  }

  public struct Counters: Sendable, Equatable {
    public var imagesSent = 0
    /// Images never begun on the wire, because nobody listened or it was still full.
    public var imagesDropped = 0
    /// Images begun and given up: the reader left or stopped reading.
    public var imagesCut = 0
    /// Bytes written to the pseudo-terminal.
    public var bytesWritten = 0
    /// Bytes that the host sent to the board.
    public var bytesFromHost = 0
    public var readers = 0
    /// Bytes that a Bluetooth module had no room for.
    public var moduleDropped = 0
    public var stalls = 0
    public var hangUps = 0
    public var channel = FaultyChannel.Counters()
  }

  public enum Event: Sendable, Equatable {
    /// The device is there and waits for a reader.
    case waiting(path: String)
    case readerCame
    case readerLeft
    case stalled(seconds: Double)
    case hungUp
  }

  private let board: SimulatedBoard
  private let behavior: Behavior
  private let stopSignal: StopSignal
  private let wire: Mutex<Wire?>
  private let currentPath: Mutex<String>

  /// Opens the pseudo-terminal and makes the link; nothing is sent before `run`.
  ///
  /// - Parameters:
  ///   - board: the board to run, from its next image on.
  ///   - behavior: the times of sending, and the faults.
  ///   - link: the path of a symbolic link to the device, or nil for none.
  ///   - stop: ends `run`, as `stop()` does; for callers that must be able to before the board
  ///     exists.
  /// - Throws: an error if there is no pseudo-terminal, or the link can't be made.
  public init(
    _ board: SimulatedBoard, behavior: Behavior = Behavior(), link: String? = nil,
    stop: StopSignal? = nil
  ) throws(BoardError) {
    self.board = board
    self.behavior = behavior
    if let stop { stopSignal = stop } else { stopSignal = try StopSignal() }
    let wire = try Wire(
      link: link, baud: board.configuration.link.baud, behavior: behavior,
      seed: board.configuration.seed, imageBytes: try board.capture(0).payload.count,
      stop: stopSignal)
    currentPath = Mutex(wire.path)
    self.wire = Mutex(consume wire)
  }

  /// The path of the board: the link if there is one, else the device.
  public var path: String { currentPath.withLock { $0 } }

  /// Ends `run` at its next step. May be called from any thread.
  public func stop() { stopSignal.raise() }

  /// Sends images until there are enough, or `stop` is called. The device and its link are removed
  /// before it returns. To be called once.
  ///
  /// - Parameter report: called in this thread with the events of the wire.
  /// - Returns: the numbers of images and bytes, sent and not.
  /// - Throws: an error if an image can't be encoded, or the device can't be made anew.
  public func run(report: (Event) -> Void = { _ in }) throws(BoardError) -> Counters {
    guard let wire = wire.withLock({ $0.take() }) else { return Counters() }
    let box = WireBox(wire, ask: behavior.ask)
    return try withoutActuallyEscaping(report) { report throws(BoardError) in
      try run(box, report)
    }
  }

  /// A wire shared by sending and listening, in one thread.
  private final class WireBox {
    var wire: Wire
    private var ear: RequestEar
    init(_ wire: consuming Wire, ask: [UInt8]) {
      self.wire = wire
      ear = RequestEar(ask)
    }

    func hear() -> [UInt8] {
      let heard = wire.takeHeard()
      ear.hear(heard)
      return heard
    }

    /// Whether the board was asked for one more image; each request counts once.
    func takeRequest() -> Bool { ear.take() }
  }

  private func run(
    _ box: WireBox, _ report: @escaping (Event) -> Void
  ) throws(BoardError) -> Counters {
    let wire = BoardWire(
      put: { box.wire.put($0, report) }, hear: { box.hear() },
      wait: { box.wire.awaitCredit() },
      milliseconds: { UInt32(truncatingIfNeeded: monotonicNow() / 1_000_000) })
    var board = self.board
    var images = 0
    try box.wire.awaitReader(behavior.waitsForReader, report)
    var nextImage = monotonicNow()
    while !stopSignal.isRaised, images < behavior.images ?? .max {
      try awaitRequest(box, report) { board.answer(over: wire) }
      guard !stopSignal.isRaised else { break }
      let start = monotonicNow()
      try box.wire.noticeReader(report)
      currentPath.withLock { $0 = box.wire.path }
      images += 1
      box.wire.settle()
      if box.wire.isReady {
        if let stall = behavior.stall, stall.every > 0, images % stall.every == 0 {
          box.wire.stallAfterBytes = box.wire.lastImageBytes / 2
          box.wire.stallSeconds = stall.seconds
        }
        box.wire.beginImage()
        let whole = try board.sendNextImage(over: wire)
        box.wire.endImage(whole: whole)
      } else {
        board.skipImage()
        box.wire.counters.imagesDropped += 1
      }
      let rate = [behavior.imagesPerSecond, board.imagesPerSecond].compactMap { $0 }.min()
      let period = rate.map { 1 / $0 } ?? 0
      nextImage = max(nextImage + nanoseconds(period), start)
      if !box.wire.isReady { nextImage = max(nextImage, start + box.wire.imageTime) }
      pause(box, until: nextImage) { board.answer(over: wire) }
      if let every = behavior.hangUpEvery, every > 0, images % every == 0,
        images < behavior.images ?? .max
      {
        try box.wire.hangUp(behavior.absence, report)
        currentPath.withLock { $0 = box.wire.path }
        try box.wire.awaitReader(behavior.waitsForReader, report)
        nextImage = monotonicNow()
      }
    }
    box.wire.drain()
    return box.wire.finish()
  }

  /// Waits until the host asks for an image, where it has to, and answers it in the meantime.
  private func awaitRequest(
    _ box: WireBox, _ report: (Event) -> Void, answer: () -> Void
  ) throws(BoardError) {
    while !box.takeRequest(), !stopSignal.isRaised {
      try box.wire.noticeReader(report)
      currentPath.withLock { $0 = box.wire.path }
      if board.configuration.link.linkProtocol == .scribe, box.wire.isReady {
        answer()
      } else {
        _ = box.hear()
      }
      box.wire.pause(until: monotonicNow() + 5_000_000)
    }
  }

  /// Waits for the next image, and answers the host in the meantime.
  private func pause(_ box: WireBox, until time: UInt64, answer: () -> Void) {
    while true {
      let now = monotonicNow()
      box.wire.pause(until: min(time, now + 20_000_000))
      if box.wire.isReady { answer() }
      guard monotonicNow() < time, !stopSignal.isRaised else { return }
    }
  }
}

func nanoseconds(_ seconds: Double) -> UInt64 {
  UInt64(min(max(seconds, 0), 1e9) * 1e9)
}

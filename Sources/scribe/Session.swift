import Bytes
import Images
import OnBoard
import Packets
import Recording
import Sinks
import Text

/// A run of the whole line, live or replayed: bytes -> packets -> images -> text -> sinks.
struct Session: Sendable {
  /// Which images are read.
  enum Policy {
    /// The newest: one that waits while another is read gives way to the next. For a board, which
    /// does not wait.
    case newest
    /// Each. For files and recordings, which do.
    case every
  }

  let reader: SharedReader
  /// nil: each image is read for itself.
  let fuser: SharedFuser?
  let sink: ReadingSink
  let display: StatusDisplay
  let tally: Tally
  let policy: Policy
  /// Images that are read at once, where each is.
  let jobs: Int
  /// Which of several sources it is, told with all that is shown; nil where there is one.
  var label: String?
  /// A place to be had before anything is shown, where other sources come first.
  var turn: Semaphore?
  /// Images to read before the line ends by itself.
  let limit: Int?
  /// The changing line.
  let status: @Sendable () -> String
  let linkProtocol: LinkProtocol
  /// Whether it is us who end the line, and not the board or the recording.
  let stopping: StopFlag
  /// What to look at where a board says nothing for so many seconds, after bytes or without any.
  let advice: @Sendable (_ silentFor: Int, _ hasSent: Bool) -> String
  /// Ends the source of the bytes.
  let close: @Sendable () -> Void

  /// Runs until the bytes end, `limit` is reached, or writing fails.
  ///
  /// - Parameters:
  ///   - next: gives what happens at the board's end, nil at the end.
  ///   - recorder: gets what is said to the board; it has the rest already.
  ///   - talk: answers the board, where it can hear.
  /// - Throws: `SinkError`.
  func run(
    _ next: () async -> ByteEvent?, recorder: Recorder? = nil, talk: BoardTalk? = nil
  ) async throws {
    switch policy {
    case .newest: try await readNewest(next, recorder, talk)
    case .every: try await readEvery(next)
    }
  }

  private func readNewest(
    _ next: () async -> ByteEvent?, _ recorder: Recorder?, _ talk: BoardTalk?
  ) async throws {
    let (waiting, images) = AsyncStream.makeStream(
      of: CapturedImage.self, bufferingPolicy: .bufferingNewest(1))
    let reading = Task.detached { () -> (any Error)? in
      for await image in waiting {
        do {
          guard try show(await read(image)) else { break }
        } catch {
          stop()
          return error
        }
      }
      stop()
      return nil
    }
    defer { images.finish() }

    var decoder = linkProtocol.makeDecoder()
    var drops = DropReport()
    loop: while let event = await next() {
      tell(event)
      let events = decode(event, &decoder)
      talk?.answer(event, events, decoder.statistics, recorder: recorder)
      tally.update { $0.link = decoder.statistics }
      for decoded in events {
        drops.add(decoded)
        tell(decoded)
        if case .text(let text) = decoded, try !show(text) { break loop }
        guard let image = decoded.capturedImage else { continue }
        if case .dropped = images.yield(image) { tally.update { $0.imagesSkipped += 1 } }
      }
      if let text = drops.due(decoder.statistics) { say(text, style: .yellow) }
      display.status(status())
      if event == .ended { break }
    }
    images.finish()
    if let failure = await reading.value { throw failure }
  }

  /// Images are read while others are decoded; all that is shown comes in the order of the bytes.
  private func readEvery(_ next: () async -> ByteEvent?) async throws {
    let queue = OutputQueue(images: turn == nil ? 2 * jobs : 2)
    let output = Task.detached { await show(queue) }
    defer { queue.finish() }

    var decoder = linkProtocol.makeDecoder()
    var drops = DropReport()
    var images = 0
    loop: while let event = await next() {
      if event.isTold { await queue.add(.tell { tell(event) }) }
      let events = decode(event, &decoder)
      tally.update { $0.link = decoder.statistics }
      for decoded in events {
        drops.add(decoded)
        if decoded.isTold { await queue.add(.tell { tell(decoded) }) }
        if case .text(let text) = decoded {
          images += 1
          await queue.add(.show { try show(text) })
        } else if let image = decoded.capturedImage {
          images += 1
          await queue.add(image) { await read(image) }
        }
        guard let limit, images >= limit else { continue }
        // Those that can't be read don't count.
        await queue.isShown()
        if tally.current.imagesRead >= limit { break loop }
      }
      if let text = drops.due(decoder.statistics) {
        await queue.add(.tell { say(text, style: .yellow) })
      }
      display.status(status())
      if event == .ended { break }
    }
    queue.finish()
    if let failure = await output.value { throw failure }
  }

  private func show(_ queue: OutputQueue) async -> (any Error)? {
    if let turn {
      await turn.take()
      // Now nobody else needs the room.
      queue.widen(by: 2 * jobs)
    }
    var failure: (any Error)?
    var goesOn = true
    for await step in queue.steps {
      // To the end, so that nobody waits for room.
      defer { queue.giveRoom(of: step) }
      let wentOn = goesOn
      do {
        switch step {
        case .tell(let tell): if goesOn { tell() }
        case .show(let show): if goesOn { goesOn = try show() }
        case .image(let outcome):
          let outcome = await outcome.value
          if goesOn { goesOn = try show(outcome) }
        case .mark(let continuation): continuation.resume()
        }
      } catch {
        goesOn = false
        failure = error
      }
      if wentOn, !goesOn { stop() }
    }
    stop()
    return failure
  }

  private func stop() {
    stopping.set()
    close()
  }

  /// Bytes to link events; a hang-up or the end closes what is unfinished.
  private func decode(_ event: ByteEvent, _ decoder: inout any LinkDecoder) -> [LinkEvent] {
    switch event {
    case .connected:
      tally.update { $0.connection = .connected }
      return []
    case .bytes(let bytes, _):
      tally.update { $0.connection = .connected }
      return decoder.decode(bytes)
    case .skipped(let bytes):
      tally.update { $0.bytesSkipped += bytes }
      return decoder.finish()
    case .idle:
      tally.forgetRates()
      return decoder.idle()
    case .silent:
      tally.update { $0.connection = .silent }
      return []
    case .disconnected:
      tally.update { $0.connection = .none }
      tally.forgetRates()
      return decoder.finish()
    case .ended:
      // The image that our own end cuts is no damage to show.
      return stopping.isSet ? [] : decoder.finish()
    }
  }

  /// Says on standard error what happened at the board's end.
  private func tell(_ event: ByteEvent) {
    switch event {
    case .connected(let name):
      // In a recording the name is as foreign as all else.
      say("connected to \(Terminal.escaped(name))", style: .green)
    case .silent(let seconds):
      say(advice(seconds, tally.current.link.bytesReceived > 0), style: .yellow)
    case .disconnected(let reason): say("disconnected: \(reason)", style: .red)
    case .bytes, .skipped, .idle, .ended: break
    }
  }

  private func say(_ text: String, style: Terminal.Style? = nil) {
    display.message(label.map { "\(Terminal.escaped($0)): \(text)" } ?? text, style: style)
  }

  /// Image to text.
  private func read(_ image: CapturedImage) async -> Outcome {
    do {
      let read = try await reader.read(image)
      let reading = read.reading
      return .read(
        ImageReport(
          image: .number(image.number), source: label, width: reading.width,
          height: reading.height, reading: reading, milliseconds: read.milliseconds,
          missingRows: image.missingRows),
        number: image.number, shape: "\(reading.width)x\(reading.height) \(image.format.rawValue)")
    } catch {
      return .unreadable(number: image.number, reason: "\(error)")
    }
  }

  /// Text to sink; false once `limit` images are read.
  private func show(_ outcome: Outcome) throws -> Bool {
    switch outcome {
    case .read(let report, let number, let shape):
      return try show(report, number: number, shape: shape)
    case .unreadable(let number, let reason):
      tally.update { $0.imagesUnreadable += 1 }
      say("image \(number) cannot be read: \(reason)", style: .yellow)
      return true
    }
  }

  /// What the board read by itself; false once `limit` images are read.
  private func show(_ text: BoardText) throws -> Bool {
    let report = ImageReport(
      image: .number(text.number), source: label, width: text.width, height: text.height,
      reading: Reading(text), milliseconds: Double(text.milliseconds), isReadByBoard: true)
    return try show(report, number: text.number, shape: "\(text.width)x\(text.height) text")
  }

  private func show(_ report: ImageReport, number: UInt32, shape: String) throws -> Bool {
    if let limit, tally.current.imagesRead >= limit { return false }
    if let shown = fuser.map({ $0.fuse(report, number: number) }) ?? report {
      try display.aside { try sink.write(shown) }
    }
    tally.update {
      $0.imagesRead += 1
      $0.shape = shape
    }
    if let limit { return tally.current.imagesRead < limit }
    return true
  }

  /// Says on standard error what the link told beside images.
  private func tell(_ event: LinkEvent) {
    switch event {
    case .image, .ping, .pong, .response, .boardStatistics, .text, .bytesDropped: break
    case .damagedImage(let image, let damage):
      let what = damage.map(\.words).joined(separator: ", ")
      say("image \(image.number) is damaged: \(what)", style: .yellow)
    case .imagesLost(let count, let cause):
      say("\(count) image\(count == 1 ? "" : "s") \(cause.rawValue)", style: .yellow)
    case .console(let text), .log(let text):
      // Each line by itself, or a board could write what looks like ours.
      for line in text.split(whereSeparator: \.isNewline) {
        let shown = String(line.reversed().drop { $0.isWhitespace }.reversed())
        if !shown.isEmpty { say("board: \(Terminal.escaped(shown))") }
      }
    case .descriptor(let descriptor):
      let names = [descriptor.board, descriptor.sensor].filter { !$0.isEmpty }
        .map { Terminal.escaped($0) }
      let format = descriptor.layout.format.map { " \($0.rawValue)" } ?? ""
      say(
        "board \(names.isEmpty ? "without a name" : names.joined(separator: ", ")): "
          + "\(descriptor.layout.width)x\(descriptor.layout.height)\(format)")
    case .hello(let hello):
      let firmware =
        hello.firmware.isEmpty ? "" : ": firmware \(Terminal.escaped(hello.firmware))"
      say((hello.hasJustStarted ? "board started" : "board is there") + firmware)
    }
  }
}

/// What came of an image.
private enum Outcome: Sendable {
  case read(ImageReport, number: UInt32, shape: String)
  case unreadable(number: UInt32, reason: String)
}

/// What is to be shown, in its order, of a source that waits: images are read meanwhile.
private final class OutputQueue: Sendable {
  enum Step: Sendable {
    case tell(@Sendable () -> Void)
    case show(@Sendable () throws -> Bool)
    case image(Task<Outcome, Never>)
    case mark(CheckedContinuation<Void, Never>)
  }

  let steps: AsyncStream<Step>
  private let end: AsyncStream<Step>.Continuation
  private let images: Semaphore
  /// Messages are small, but a board may send many of them.
  private let others = Semaphore(256)

  init(images: Int) {
    (steps, end) = AsyncStream.makeStream()
    self.images = Semaphore(images)
  }

  /// Adds what is no image, once there is room.
  func add(_ step: Step) async {
    await others.take()
    end.yield(step)
  }

  /// Has an image read, once there is room.
  func add(_ image: CapturedImage, _ read: @escaping @Sendable () async -> Outcome) async {
    await images.take()
    end.yield(.image(Task.detached { await read() }))
  }

  /// Waits until all that was added is shown.
  func isShown() async {
    await others.take()
    await withCheckedContinuation { continuation in _ = end.yield(.mark(continuation)) }
  }

  func finish() { end.finish() }

  func widen(by count: Int) { images.give(count) }

  func giveRoom(of step: Step) {
    if case .image = step { images.give() } else { others.give() }
  }
}

extension ByteEvent {
  /// Whether people are told.
  fileprivate var isTold: Bool {
    switch self {
    case .connected, .silent, .disconnected: true
    case .bytes, .skipped, .idle, .ended: false
    }
  }
}

extension LinkEvent {
  /// Whether people are told, beside readings.
  fileprivate var isTold: Bool {
    switch self {
    case .image, .ping, .pong, .response, .boardStatistics, .text, .bytesDropped: false
    default: true
    }
  }

  fileprivate var capturedImage: CapturedImage? {
    switch self {
    case .image(let image), .damagedImage(let image, _): image
    default: nil
    }
  }
}

extension ImageDamage {
  fileprivate var words: String {
    switch self {
    case .missingRows(let count): "pixels of \(count) \(count == 1 ? "row" : "rows") never came"
    case .endLost: "its end never came, so nothing proves its pixels"
    case .layoutUnproven: "neither its start nor its end came, so its size is a guess"
    case .checksumMismatch: "its pixels are not those that were sent"
    }
  }
}

/// Gathers dropped bytes, to tell of them once a second and not once a packet, and to help those
/// who get nothing else.
private struct DropReport {
  private var pending: [DropCause: Int] = [:]
  private var lastTold: UInt64 = 0
  private var hasHinted = false

  mutating func add(_ event: LinkEvent) {
    if case .bytesDropped(let cause, let count) = event { pending[cause, default: 0] += count }
  }

  mutating func due(_ statistics: LinkStatistics) -> String? {
    guard !pending.isEmpty else { return nil }
    let now = WallClock.nanoseconds()
    guard now - lastTold >= 1_000_000_000 else { return nil }
    lastTold = now
    let causes = pending.sorted { $0.key.rawValue < $1.key.rawValue }
    let text = causes.map { "dropped \($0.value) bytes: \($0.key.rawValue)" }
      .joined(separator: "\n")
    pending = [:]
    let isHopeless =
      statistics.imagesIntact + statistics.imagesDamaged == 0
      && statistics.totalDroppedBytes > max(4_000, statistics.bytesReceived / 2)
    guard isHopeless, !hasHinted else { return text }
    hasHinted = true
    return text + "\nno image among \(statistics.bytesReceived) bytes: do --baud and --protocol "
      + "match the board?"
  }
}

import Bytes
import Images
import OnBoard
import Packets
import Recording
import Sinks
import Text

/// The whole line, live or replayed: bytes -> packets -> images -> text -> sinks.
struct Line: Sendable {
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
  /// Images to read before the line ends by itself.
  let limit: Int?
  /// For the status line.
  let name: String
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
    let (waiting, images) = AsyncStream.makeStream(
      of: CapturedImage.self, bufferingPolicy: .bufferingNewest(1))
    let reading = Task.detached { () -> (any Error)? in
      for await image in waiting {
        do {
          guard try read(image) else { break }
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
      let events = decode(event, &decoder)
      talk?.answer(event, events, decoder.statistics, recorder: recorder)
      tally.update { $0.link = decoder.statistics }
      for decoded in events {
        tell(decoded, &drops)
        if case .text(let text) = decoded, try !show(text) { break loop }
        guard let image = decoded.capturedImage else { continue }
        switch policy {
        case .newest:
          if case .dropped = images.yield(image) { tally.update { $0.imagesSkipped += 1 } }
        case .every:
          guard try read(image) else { break loop }
        }
      }
      if let text = drops.due(decoder.statistics) { display.message(text, style: .yellow) }
      display.status(tally.statusLine(name, "\(linkProtocol)"))
      if event == .ended { break }
    }
    images.finish()
    if let failure = await reading.value { throw failure }
  }

  private func stop() {
    stopping.set()
    close()
  }

  /// Bytes to link events; a hang-up or the end closes what is unfinished.
  private func decode(_ event: ByteEvent, _ decoder: inout any LinkDecoder) -> [LinkEvent] {
    switch event {
    case .connected(let name):
      tally.update { $0.connection = .connected }
      // In a recording the name is as foreign as all else.
      display.message("connected to \(Terminal.escaped(name))", style: .green)
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
    case .silent(let seconds):
      tally.update { $0.connection = .silent }
      let hasSent = decoder.statistics.bytesReceived > 0
      display.message(advice(seconds, hasSent), style: .yellow)
      return []
    case .disconnected(let reason):
      tally.update { $0.connection = .none }
      tally.forgetRates()
      display.message("disconnected: \(reason)", style: .red)
      return decoder.finish()
    case .ended:
      // The image that our own end cuts is no damage to show.
      return stopping.isSet ? [] : decoder.finish()
    }
  }

  /// Image to text to sink; false once `limit` images are read.
  private func read(_ image: CapturedImage) throws -> Bool {
    if let limit, tally.current.imagesRead >= limit { return false }
    let start = WallClock.nanoseconds()
    let reading: Reading
    do {
      reading = try reader.read(image)
    } catch {
      tally.update { $0.imagesUnreadable += 1 }
      display.message("image \(image.number) cannot be read: \(error)", style: .yellow)
      return true
    }
    return try show(
      ImageReport(
        image: .number(image.number), width: reading.width, height: reading.height,
        reading: reading, milliseconds: Double(WallClock.nanoseconds() - start) / 1e6,
        missingRows: image.missingRows),
      number: image.number, shape: "\(reading.width)x\(reading.height) \(image.format.rawValue)")
  }

  /// What the board read by itself; false once `limit` images are read.
  private func show(_ text: BoardText) throws -> Bool {
    if let limit, tally.current.imagesRead >= limit { return false }
    let report = ImageReport(
      image: .number(text.number), width: text.width, height: text.height,
      reading: Reading(text), milliseconds: Double(text.milliseconds), isReadByBoard: true)
    return try show(report, number: text.number, shape: "\(text.width)x\(text.height) text")
  }

  private func show(_ report: ImageReport, number: UInt32, shape: String) throws -> Bool {
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
  private func tell(_ event: LinkEvent, _ drops: inout DropReport) {
    switch event {
    case .image, .ping, .pong, .response, .boardStatistics, .text: break
    case .damagedImage(let image, let damage):
      let what = damage.map(\.words).joined(separator: ", ")
      display.message("image \(image.number) is damaged: \(what)", style: .yellow)
    case .imagesLost(let count, let cause):
      display.message("\(count) image\(count == 1 ? "" : "s") \(cause.rawValue)", style: .yellow)
    case .bytesDropped(let cause, let count): drops.add(cause, count)
    case .console(let text), .log(let text):
      // Each line by itself, or a board could write what looks like ours.
      for line in text.split(whereSeparator: \.isNewline) {
        let shown = String(line.reversed().drop { $0.isWhitespace }.reversed())
        if !shown.isEmpty { display.message("board: \(Terminal.escaped(shown))") }
      }
    case .descriptor(let descriptor):
      let names = [descriptor.board, descriptor.sensor].filter { !$0.isEmpty }
        .map { Terminal.escaped($0) }
      let format = descriptor.layout.format.map { " \($0.rawValue)" } ?? ""
      display.message(
        "board \(names.isEmpty ? "without a name" : names.joined(separator: ", ")): "
          + "\(descriptor.layout.width)x\(descriptor.layout.height)\(format)")
    case .hello(let hello):
      let firmware =
        hello.firmware.isEmpty ? "" : ": firmware \(Terminal.escaped(hello.firmware))"
      display.message((hello.hasJustStarted ? "board started" : "board is there") + firmware)
    }
  }
}

extension LinkEvent {
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

  mutating func add(_ cause: DropCause, _ count: Int) { pending[cause, default: 0] += count }

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

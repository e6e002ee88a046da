import Bytes
import Images
import Recording
import Sinks

/// A recording that plays the source that it was made from.
final class Replay {
  enum Speed: String, CaseIterable {
    /// As fast as it was received.
    case realtime
    /// As fast as it can be read.
    case max
  }

  private(set) var header = RecordingHeader()
  /// The reason why the recording could not be read to its end.
  private(set) var failure: RecordingError?
  private(set) var damagedBytes: UInt64 = 0

  private let path: String
  private var reader: RecordingReader
  private let speed: Speed
  private let display: StatusDisplay
  private let stopping: StopFlag
  /// Events read while looking for the header or for text, still to be delivered.
  private var first: ArraySlice<RecordingEvent> = []
  private var start: (recorded: UInt64, now: UInt64)?
  private var hasEnded = false
  /// Whether the last event was the recorder's note that it was stopped; joined files go on after
  /// it.
  private var hasStopped = false

  /// Bytes of text in which a JPEG has to start.
  private static let textPatience = 1 << 20

  /// Opens a recording and reads its header. With `takesDumps` a file that is no recording is read
  /// as received bytes.
  init(
    path: String, speed: Speed, takesDumps: Bool, takesJPEG: Bool, stopping: StopFlag,
    display: StatusDisplay
  ) throws(RecordingError) {
    self.path = path
    self.speed = speed
    self.stopping = stopping
    self.display = display
    reader = try RecordingReader(
      path: path, dumpBaud: PortConfiguration().baud, takesJPEG: takesJPEG)
    while let event = try reader.nextEvent() {
      if case .header(let header) = event {
        self.header = header
        break
      }
      guard case .damaged = event else {
        // The file's start is lost; the rest is usable all the same.
        first = [event]
        break
      }
      tell(event)
    }
    guard reader.isDump else { return }
    if !takesDumps { try requireText() }
    // Unless the user or the text says otherwise.
    header.linkProtocol = LinkProtocol.scribe.description
    let pace = speed == .realtime ? "; it has no times, so as fast as it can be read" : ""
    display.message("\(path) is no recording: taken as bare bytes\(pace)", style: .yellow)
  }

  /// Reads on until text is found to stand for bytes of a known kind.
  ///
  /// - Throws: `notARecording` where none is found.
  private func requireText() throws(RecordingError) {
    var probe = TextDumpDecoder(.scribe, isGiven: false)
    var notice: TextDumpNotice?
    var held = Array(first)
    var next = 0
    var bytes = 0
    while notice == nil, bytes < Self.textPatience {
      if next == held.count {
        guard let event = try reader.nextEvent() else { break }
        held.append(event)
      }
      if case .bytes(let some, _, _) = held[next] {
        bytes += some.count
        notice = probe.decode(some).textDump
      }
      next += 1
    }
    guard let notice = notice ?? probe.finish().textDump, notice.isDecoded else {
      if let notice, path == "-" { display.message(notice.message.text, style: .yellow) }
      throw .notARecording(path)
    }
    first = held[...]
  }

  /// The recorded events, in order; ends with `ended`, as a source does.
  func next() async -> ByteEvent? {
    while !hasEnded {
      guard !stopping.isSet, let event = nextRecorded() else { break }
      switch event {
      case .bytes(let bytes, .received, let time):
        hasStopped = false
        await pace(time)
        // The times of a dump are made up.
        return .bytes(bytes, at: reader.isDump ? 0 : time)
      case .note(let text, let time):
        hasStopped = text == Recorder.Note.stopped
        guard let event = Self.event(text) else { continue }
        await pace(time)
        return event
      case .bytes, .header: continue
      case .damaged: tell(event)
      }
    }
    // Ends as the recorder ended, see `LinkInput.decode`.
    if hasStopped { stopping.set() }
    defer { hasEnded = true }
    return hasEnded ? nil : .ended
  }

  private func nextRecorded() -> RecordingEvent? {
    if let event = first.popFirst() { return event }
    do throws(RecordingError) {
      return try reader.nextEvent()
    } catch {
      failure = error
      return nil
    }
  }

  /// The event that a note of the recorder stands for.
  static func event(_ note: String) -> ByteEvent? {
    if note == Recorder.Note.idle { return .idle }
    if note.hasPrefix(Recorder.Note.disconnected) { return .disconnected(.hangUp) }
    guard note.hasPrefix("\(Recorder.Note.connected): ") else { return nil }
    return .connected(name: String(note.dropFirst(Recorder.Note.connected.count + 2)))
  }

  private func tell(_ event: RecordingEvent) {
    guard case .damaged(let reason, let offset, let count) = event else { return }
    damagedBytes += count
    display.message("\(path) is \(reason.words(offset: offset, count: count))", style: .yellow)
  }

  /// Waits until as much time has passed since the first bytes as in the recording.
  private func pace(_ time: UInt64) async {
    guard speed == .realtime, !reader.isDump else { return }
    guard let start else {
      start = (time, WallClock.nanoseconds())
      return
    }
    guard time > start.recorded else { return }
    let due = time - start.recorded
    while !stopping.isSet {
      let passed = WallClock.nanoseconds() - start.now
      guard passed < due else { return }
      // Sleeps briefly each time, to notice Ctrl-C soon.
      try? await Task.sleep(for: .nanoseconds(min(due - passed, 100_000_000)))
    }
  }
}

extension [LinkEvent] {
  fileprivate var textDump: TextDumpNotice? {
    for case .textDump(let notice) in self { return notice }
    return nil
  }
}

extension RecordingDamage {
  /// A description of the damaged part.
  func words(offset: UInt64, count: UInt64) -> String {
    switch self {
    case .brokenBlock, .brokenContent: "damaged: skipped \(count) bytes at \(offset)"
    case .cutOff: "cut off: its last \(count) bytes are no whole block"
    case .packedBroken:
      "damaged: \(count) compressed bytes, from \(offset) on, can't be unpacked"
    case .packedCutOff: "cut off: the rest of its compressed bytes is missing"
    case .packedRest: "followed by \(count) bytes at \(offset) that are not compressed: skipped"
    }
  }
}

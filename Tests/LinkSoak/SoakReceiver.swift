import Bytes
import Glibc
import Images
import Packets
import Recording
import Synchronization

/// The events that the observer saw and recorded: the recording's side, in the reading thread.
final class SoakRecorder: Sendable {
  struct State {
    var sessions: [StreamHash] = []
    var recorded = 0
    var recordings = 0
    var recordedBytes = 0
    var failures: [String] = []
    var whole = StreamHash()
    /// Hash of the file being written.
    var inFile = StreamHash()
  }

  private struct Content: ~Copyable {
    var state = State()
    var writer: RecordingWriter?
  }

  private let content = Mutex(Content())
  private let folder: String

  init(folder: String) { self.folder = folder }

  var state: State { content.withLock { $0.state } }

  /// Sessions after which a file is checked and a new one begun.
  private static let sessionsPerFile = 8

  func record(_ event: ByteEvent) {
    content.withLock { content in
      do throws(RecordingError) {
        switch event {
        case .connected(let name):
          content.state.sessions.append(StreamHash())
          if content.writer == nil {
            content.writer = try RecordingWriter(
              path: path(content.state.recordings), header: RecordingHeader(port: name),
              overwrites: true)
            content.state.recordings += 1
          }
          try content.writer?.append(note: "connected", at: WallClock.nanoseconds())
        case .bytes(let bytes, let time):
          let last = content.state.sessions.count - 1
          if last >= 0 { content.state.sessions[last].add(bytes) }
          content.state.whole.add(bytes)
          content.state.inFile.add(bytes)
          try content.writer?.append(bytes, direction: .received, at: time)
        case .disconnected:
          try content.writer?.append(note: "disconnected", at: WallClock.nanoseconds())
          if content.state.sessions.count % Self.sessionsPerFile == 0 { try close(&content) }
        case .ended: try close(&content)
        case .idle, .silent, .skipped: break
        }
      } catch {
        content.state.failures.append("\(error)")
      }
    }
  }

  private func path(_ number: Int) -> String { "\(folder)/\(number).pcapng" }

  /// Closes the file, reads it again and compares the contents.
  private func close(_ content: inout Content) throws(RecordingError) {
    guard let writer = content.writer.take() else { return }
    let path = writer.path
    try writer.finish()
    var reader = try RecordingReader(path: path)
    var found = StreamHash()
    while let event = try reader.nextEvent() {
      switch event {
      case .bytes(let bytes, .received, _): found.add(bytes)
      case .damaged(let reason, let offset, let count):
        content.state.failures.append("\(path): \(reason) at \(offset), \(count) bytes")
      default: break
      }
    }
    if found != content.state.inFile {
      content.state.failures.append(
        "\(path) has \(found.count) bytes, not the \(content.state.inFile.count) received")
    }
    content.state.recordedBytes += found.count
    content.state.inFile = StreamHash()
    unlink(path)
  }
}

/// The decoders of a host that never ends, one per protocol.
struct SoakDecoders {
  /// The images of one session that arrived.
  struct Session {
    var intact = 0
    var damaged = 0
    var lost = 0
    var first: UInt32?
    var last: UInt32?

    var heard: Int { intact + damaged + lost }
  }

  private(set) var sessions: [Session] = []
  private(set) var failures: [String] = []
  private(set) var skipped = 0
  private(set) var idles = 0
  private var decoders: [String: any LinkDecoder] = [:]
  private var name = ""
  private var before = LinkStatistics()

  /// The statistics of all decoders.
  var statistics: [LinkStatistics] { decoders.values.map(\.statistics) }

  mutating func take(_ event: ByteEvent, plan: SoakPlan) {
    switch event {
    case .connected:
      let kind = plan.kind(of: sessions.count)
      name = "\(kind.linkProtocol)"
      let decoder = decoders[name] ?? kind.linkProtocol.makeDecoder()
      decoders[name] = decoder
      before = decoder.statistics
      sessions.append(Session())
    case .bytes(let bytes, _): follow(decoders[name]?.decode(bytes))
    case .idle:
      idles += 1
      follow(decoders[name]?.idle())
    case .disconnected, .ended:
      follow(decoders[name]?.finish())
      close()
    case .skipped(let bytes): skipped += bytes
    case .silent: break
    }
  }

  private mutating func close() {
    guard let statistics = decoders[name]?.statistics, !sessions.isEmpty else { return }
    let last = sessions.count - 1
    sessions[last].intact = statistics.imagesIntact - before.imagesIntact
    sessions[last].damaged = statistics.imagesDamaged - before.imagesDamaged
    sessions[last].lost = statistics.totalImagesLost - before.totalImagesLost
  }

  private mutating func follow(_ events: [LinkEvent]?) {
    guard let events, !sessions.isEmpty else { return }
    if decoders[name]?.statistics.isBalanced != true, failures.count < 10 {
      failures.append("\(name): received bytes are not all accounted for")
    }
    let session = sessions.count - 1
    for event in events {
      let number: UInt32
      switch event {
      case .image(let image): number = image.number
      case .damagedImage(let image, _): number = image.number
      default: continue
      }
      if sessions[session].first == nil { sessions[session].first = number }
      if let last = sessions[session].last, number <= last, name == "scribe", failures.count < 10 {
        failures.append("session \(session): image \(number) after \(last)")
      }
      sessions[session].last = number
    }
  }
}

import Bytes
import Images
import Packets
import Recording

/// The content of a recording, gathered in one pass without reading any text.
struct Inspection {
  let path: String
  var isDump = false
  /// Nil where the file is not compressed.
  var compression: Compression?
  /// Length of the file.
  var fileBytes: UInt64 = 0
  /// The header of the first section.
  private(set) var header: RecordingHeader?
  private(set) var sections = 0
  private(set) var linkProtocol = LinkProtocol.scribe

  private(set) var received = Throughput()
  private(set) var sent = Throughput()
  /// Blocks with received bytes.
  private(set) var reads = 0
  private(set) var connections = 0
  private(set) var hangUps = 0

  private(set) var link = LinkStatistics()
  /// Packets to the board, by type.
  private(set) var sentPackets: [PacketType: Int] = [:]
  /// Boards' descriptions of themselves, without repetitions.
  private(set) var boards: [String] = []
  /// Sizes and formats of images, with the number of each.
  private(set) var shapes: [String: Int] = [:]

  /// The first damaged parts of the file.
  private(set) var damage: [(reason: RecordingDamage, offset: UInt64, count: UInt64)] = []
  private(set) var damagedParts = 0
  private(set) var damagedBytes: UInt64 = 0

  /// The number of damaged parts that are kept one by one.
  static let damageLimit = 100
  /// The number of names of boards, and of shapes of images, that are kept.
  private static let namesLimit = 20

  private var decoder: any LinkDecoder
  private var sentDecoder = PacketDecoder()
  /// Whether the last event was the recorder's note that it was stopped.
  private var hasStopped = false

  init(path: String, linkProtocol: LinkProtocol = .scribe) {
    self.path = path
    self.linkProtocol = linkProtocol
    decoder = LinkChoice(linkProtocol: linkProtocol).makeDecoder()
  }

  /// Whether the file tells when its bytes came.
  var hasTimes: Bool { !isDump && max(received.last, sent.last) > 0 }

  /// The time from the first byte of either direction to the last, in seconds.
  var seconds: Double {
    guard let first = start else { return 0 }
    return Double(max(received.last, sent.last) - first) / 1e9
  }

  /// Nanoseconds since 1970 of the first byte.
  var start: UInt64? {
    [received.first, sent.first].compactMap { $0 }.min()
  }

  /// Images received per second; nil where no time passed.
  var imageRate: Double? {
    received.seconds > 0
      ? Double(link.imagesIntact + link.imagesDamaged) / received.seconds : nil
  }

  /// Decodes by `link` from now on; to be called before the first bytes.
  mutating func decode(by link: LinkChoice) {
    linkProtocol = link.linkProtocol
    decoder = link.makeDecoder()
  }

  mutating func take(_ event: RecordingEvent) {
    switch event {
    case .header(let header):
      sections += 1
      if self.header == nil { self.header = header }
    case .bytes(let bytes, .received, let time):
      hasStopped = false
      reads += 1
      received.add(bytes.count, at: time)
      take(decoder.decode(bytes))
    case .bytes(let bytes, .sent, let time):
      sent.add(bytes.count, at: time)
      guard linkProtocol == .scribe else { break }
      for case .packet(let packet) in sentDecoder.decode(bytes) {
        sentPackets[packet.header.type, default: 0] += 1
      }
    case .note(let text, _):
      hasStopped = text == Recorder.Note.stopped
      switch Replay.event(text) {
      case .idle: take(decoder.idle())
      case .connected: connections += 1
      case .disconnected:
        hangUps += 1
        take(decoder.finish())
        sentDecoder = PacketDecoder()
      case .bytes, .silent, .skipped, .ended, nil: break
      }
    case .damaged(let reason, let offset, let count):
      damagedParts += 1
      damagedBytes += count
      if damage.count < Self.damageLimit { damage.append((reason, offset, count)) }
    }
  }

  /// Ends the bytes, as a replay does: an image cut by the recorder's own stop is no damage.
  mutating func finish() {
    if !hasStopped { take(decoder.finish()) }
    link = decoder.statistics
  }

  private mutating func take(_ events: [LinkEvent]) {
    for event in events {
      switch event {
      case .image(let image), .damagedImage(let image, _):
        let size = image.width > 0 ? "\(image.width)x\(image.height) " : ""
        note(size + image.format.rawValue)
      case .text(let text): note("\(text.width)x\(text.height) text")
      case .descriptor(let descriptor): note([descriptor.board, descriptor.sensor])
      case .textDump(let notice): linkProtocol = notice.taken ?? linkProtocol
      case .hello(let hello): note(hello.firmware.isEmpty ? [] : ["firmware \(hello.firmware)"])
      default: break
      }
    }
  }

  private mutating func note(_ shape: String) {
    if shapes.count < Self.namesLimit || shapes[shape] != nil { shapes[shape, default: 0] += 1 }
  }

  private mutating func note(_ names: [String]) {
    let text = names.filter { !$0.isEmpty }.joined(separator: ", ")
    if !text.isEmpty, boards.count < Self.namesLimit, !boards.contains(text) { boards.append(text) }
  }
}

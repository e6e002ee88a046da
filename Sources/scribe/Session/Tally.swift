import Bytes
import Images
import Packets
import Sinks
import Synchronization

/// Counts of a session so far, for the status line and the summary.
final class Tally: Sendable {
  enum Connection: String {
    case none = "disconnected"
    case connected = "connected"
    /// Connected, but nothing has come for long.
    case silent = "silent"
  }

  struct Counts: Sendable {
    var connection = Connection.none
    var imagesRead = 0
    /// Images that could not be decoded, such as broken JPEGs.
    var imagesUnreadable = 0
    /// Images whose compressed data are damaged, so that rows are missing.
    var imagesTorn = 0
    /// Images that a newer one replaced before they were read.
    var imagesSkipped = 0
    /// Bytes that only the recording has, because reading was too slow for them.
    var bytesSkipped = 0
    /// Size and format of the last image.
    var shape = ""
    var link = LinkStatistics()
    /// The protocol that was found in the bytes, where the user named none.
    var foundProtocol: LinkProtocol?
    /// Round trip of the last PING, in seconds, and the size of packets that was requested.
    var roundTrip: Double?
    var packetSize: Int?
    /// Advice on the camera's mount that was shown.
    var advice: Set<String> = []
    /// The image that is coming, and since when.
    private(set) var coming: (image: ImageProgress, since: UInt64)?

    /// Notes how much of an image is there; nil between images.
    mutating func follow(_ progress: ImageProgress?) {
      guard let progress else {
        coming = nil
        return
      }
      // Fewer bytes than before mean another image, where images have no numbers.
      let isSame = coming.map {
        $0.image.number == progress.number && $0.image.bytes <= progress.bytes
      }
      let since = isSame == true ? coming?.since : nil
      coming = (progress, since ?? WallClock.nanoseconds())
    }

    /// The progress of an image that takes its time; nil where images come fast enough to be seen
    /// themselves.
    var progressWords: String? {
      guard let coming, WallClock.nanoseconds() &- coming.since > 300_000_000 else { return nil }
      guard let share = coming.image.share else {
        let kilobytes = JSONLine.decimal(Double(coming.image.bytes) / 1000, places: 1) ?? "-"
        return "\(kilobytes) kB of an image"
      }
      return "\(Int(100 * share)) % of an image"
    }
  }

  private let counts = Mutex(Counts())
  private let start = WallClock.nanoseconds()
  private let rates = Mutex(Rates())

  var current: Counts { counts.withLock { $0 } }

  func update(_ change: (inout Counts) -> Void) { counts.withLock { change(&$0) } }

  /// Forgets the rates when nothing comes any more, so that the status line does not go on showing
  /// old ones.
  func forgetRates() { rates.withLock { $0 = Rates() } }

  var seconds: Double { Double(WallClock.nanoseconds() - start) / 1e9 }

  /// The status line: connection, size, rates and losses. A protocol that was found in the bytes
  /// takes the place of `linkProtocol`.
  func statusLine(_ name: String, _ linkProtocol: String) -> String {
    let counts = current
    let images = counts.link.imagesIntact + counts.link.imagesDamaged
    let now = rates.withLock {
      $0.update(images: images, bytes: counts.link.bytesReceived, seconds: seconds)
    }
    var parts = [
      counts.connection.rawValue, name, counts.foundProtocol?.description ?? linkProtocol,
      "\(JSONLine.decimal(now.images, places: 1) ?? "-") images/s",
      "\(JSONLine.decimal(now.bytes / 1000, places: 1) ?? "-") kB/s",
    ]
    if let roundTrip = counts.roundTrip {
      parts.append("\(JSONLine.decimal(1000 * roundTrip, places: 0) ?? "-") ms there and back")
    }
    if !counts.shape.isEmpty { parts.insert(counts.shape, at: 3) }
    // The progress stands in front, for terminals that are narrow.
    if let words = counts.progressWords { parts.insert(words, at: 1) }
    return (parts + losses(counts)).joined(separator: "  ")
  }

  /// The result of a session, in one or two lines.
  func summary() -> String {
    let counts = current
    let bytes = counts.link.bytesReceived
    let rate = seconds > 0 ? Double(bytes) / seconds / 1000 : 0
    var text =
      "\(counted(counts.imagesRead, "image")) read; \(bytes) bytes in "
      + "\(JSONLine.decimal(seconds, places: seconds < 1 ? 3 : 1) ?? "?") s "
      + "(\(JSONLine.decimal(rate, places: 1) ?? "?") kB/s)"
    if let roundTrip = counts.roundTrip {
      text += "; \(JSONLine.decimal(1000 * roundTrip, places: 1) ?? "-") ms there and back"
    }
    if let size = counts.packetSize { text += "; packets of \(size) bytes" }
    let lost = losses(counts)
    if !lost.isEmpty { text += "; " + lost.joined(separator: ", ") }
    let causes = counts.link.droppedBytes.filter { $0.value > 0 }
      .sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
      .map { "\($0.key.rawValue) \($0.value)" }
    if !causes.isEmpty { text += "\ndropped bytes by cause: \(causes.joined(separator: ", "))" }
    let images = counts.link.imagesLost.filter { $0.value > 0 }
      .sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
      .map { "\($0.key.rawValue) \($0.value)" }
    if !images.isEmpty { text += "\nlost images by cause: \(images.joined(separator: ", "))" }
    return text
  }

  private func losses(_ counts: Counts) -> [String] {
    [
      (counts.imagesSkipped, "skipped"), (counts.link.imagesDamaged + counts.imagesTorn, "damaged"),
      (counts.link.totalImagesLost, "lost"), (counts.imagesUnreadable, "unreadable"),
      (counts.link.totalDroppedBytes, "bytes dropped"), (counts.bytesSkipped, "bytes skipped"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
  }
}

/// Images and bytes a second over the last seconds.
private struct Rates {
  private var samples: [(seconds: Double, images: Int, bytes: Int)] = []

  mutating func update(images: Int, bytes: Int, seconds: Double) -> (images: Double, bytes: Double)
  {
    samples.append((seconds, images, bytes))
    while samples.count > 2, seconds - samples[1].seconds >= 3 { samples.removeFirst() }
    guard let first = samples.first, seconds > first.seconds else { return (0, 0) }
    let elapsed = seconds - first.seconds
    return (Double(images - first.images) / elapsed, Double(bytes - first.bytes) / elapsed)
  }
}

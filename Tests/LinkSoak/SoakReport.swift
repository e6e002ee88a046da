public import Board
public import Images
import Packets

/// The account of a soak.
public struct SoakReport: Sendable, CustomStringConvertible {
  public internal(set) var failures: [String]
  /// The duration of the soak, in real time.
  public internal(set) var seconds = 0.0
  public private(set) var simulatedSeconds: Double
  public private(set) var hangUps: Int
  public private(set) var renumberings: Int
  public private(set) var stalls: Int
  public private(set) var idles: Int

  public private(set) var channel = FaultyChannel.Counters()
  /// Bytes that were on their way when the plug was pulled.
  public private(set) var bytesCutOff = 0
  public private(set) var bytesReceived: Int
  public private(set) var bytesRecorded: Int
  public private(set) var recordings: Int
  public private(set) var bytesSkipped: Int
  public private(set) var statistics = LinkStatistics()

  /// Numbered images: taken by the camera, and by their fate.
  public private(set) var imagesCaptured = 0
  public private(set) var imagesHeard = 0
  /// Images never reported: at the edges of a session, before the first packet that arrived and
  /// after the last, and while the board was unplugged.
  public private(set) var imagesUnheard = 0
  public private(set) var imagesSent = 0
  public private(set) var imagesCut = 0
  public private(set) var imagesSkipped = 0

  /// Memory after the first tenth, at the end, and at its highest since the first tenth, in bytes.
  public private(set) var memory: (early: Int, late: Int, highest: Int)

  /// The most by which memory may differ: buffers grow to the largest image and stay.
  private static let memoryBound = 8 << 20
  /// The failure of a process whose memory grew; only one that does nothing else can be held to it.
  public static let memoryGrew = "the memory grew"

  init(
    plan: SoakPlan, sender: SoakSender.State, recorder: SoakRecorder.State,
    decoders: SoakDecoders, memory: [Int]
  ) {
    failures = sender.failures + recorder.failures + decoders.failures
    simulatedSeconds = sender.simulatedSeconds
    hangUps = sender.sessions.count - 1
    renumberings = sender.renumberings
    stalls = sender.stalls
    idles = decoders.idles
    bytesReceived = recorder.whole.count
    bytesRecorded = recorder.recordedBytes
    recordings = recorder.recordings
    bytesSkipped = decoders.skipped
    for part in decoders.statistics { statistics.add(part) }
    let warm = Array(memory.dropFirst(memory.count / 10))
    self.memory = (warm.first ?? 0, warm.last ?? 0, warm.max() ?? 0)

    check(sender.sessions.count == plan.sessions, "\(sender.sessions.count) sessions were sent")
    check(
      recorder.sessions.count == plan.sessions && decoders.sessions.count == plan.sessions,
      "\(recorder.sessions.count) sessions were seen, \(decoders.sessions.count) decoded")
    check(renumberings == hangUps, "the device was renumbered \(renumberings) times only")

    for (index, sent) in sender.sessions.enumerated() {
      channel.add(sent.channel)
      check(
        sent.channel.bytesIn - sent.channel.lost + sent.channel.inserted == sent.channel.bytesOut
          && sent.channel.bytesOut == sent.written.count,
        "session \(index): the line does not add up")
      guard index < recorder.sessions.count else { continue }
      let received = recorder.sessions[index]
      bytesCutOff += sent.written.count - received.count
      check(
        received == sent.written || plan.isAbrupt(index) && index + 1 < plan.sessions,
        "session \(index): \(received.count) bytes of \(sent.written.count) came")
    }
    check(
      channel.bytesOut == bytesReceived + bytesCutOff, "bytes were lost between line and host")
    check(bytesRecorded == bytesReceived, "\(bytesRecorded) bytes are in the recordings")
    check(
      statistics.bytesReceived + bytesSkipped == bytesReceived,
      "\(statistics.bytesReceived) bytes were decoded")
    check(statistics.isBalanced && statistics.pendingBytes == 0, "decoded bytes do not add up")
    account(sender.sessions, decoders.sessions)
    check(
      self.memory.highest - self.memory.early <= Self.memoryBound, Self.memoryGrew)
  }

  private mutating func check(_ condition: Bool, _ what: String) {
    if !condition, failures.count < 50 { failures.append(what) }
  }

  /// Each image that the board took is reported exactly once, or lies at an edge of a session.
  private mutating func account(
    _ sent: [SentSession], _ heard: [SoakDecoders.Session]
  ) {
    var numbersEnd: UInt64 = 0
    for (index, (session, images)) in zip(sent, heard).enumerated() where session.kind.isNumbered {
      // Images that a running board took while it was unplugged belong to its next session.
      let isNew = session.numbers.lowerBound == 0
      let start = isNew ? 0 : numbersEnd
      numbersEnd = session.numbers.upperBound
      let captured = Int(session.numbers.upperBound - start)
      let whileAway = Int(session.numbers.lowerBound - start)
      imagesCaptured += captured
      imagesSent += session.imagesSent
      imagesCut += session.imagesCut
      imagesSkipped += session.imagesSkipped + whileAway
      check(
        captured == session.imagesSent + session.imagesCut + session.imagesSkipped + whileAway,
        "session \(index): the board's images do not add up")
      imagesHeard += images.heard
      imagesUnheard += captured - images.heard
      let between: Int
      if let first = images.first, let last = images.last {
        check(
          UInt64(first) >= start && UInt64(last) < session.numbers.upperBound,
          "session \(index): images \(first) to \(last) were shown, \(session.numbers) sent")
        between = Int(last) - Int(first) + 1
      } else {
        between = 0
      }
      check(
        between <= images.heard && images.heard <= captured,
        "session \(index): \(images.heard) images were heard of, \(between) to \(captured) were there"
      )
    }
  }

  public var description: String {
    func list(_ counts: [(String, Int)]) -> String {
      counts.filter { $0.1 != 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }
    let drops = statistics.droppedBytes.sorted { $0.value > $1.value }
      .map { ($0.key.rawValue, $0.value) }
    let losses = statistics.imagesLost.sorted { $0.value > $1.value }
      .map { ($0.key.rawValue, $0.value) }
    func megabytes(_ bytes: Int) -> String { "\((Double(bytes) / 1e5).rounded() / 10) MB" }
    let hours = (simulatedSeconds / 360).rounded() / 10
    let isRecorded = bytesRecorded == bytesReceived
    let parts: [(String, Int)] =
      [
        ("payload", statistics.payloadBytes), ("overhead", statistics.overheadBytes),
        ("console", statistics.consoleBytes), ("pending", statistics.pendingBytes),
      ] + drops
    let images: [(String, Int)] =
      [("intact", statistics.imagesIntact), ("damaged", statistics.imagesDamaged)] + losses
    var lines: [String] = []
    lines.append(
      "\(hours) hours simulated in \(Int(seconds)) s; \(hangUps) hang-ups, \(renumberings) of them "
        + "with a new number; \(stalls) stalls, \(idles) silences noticed")
    lines.append(
      "line: \(channel.bytesIn) bytes sent = \(channel.bytesOut) carried + \(channel.lost) lost in "
        + "\(channel.lossRuns) runs - \(channel.inserted) inserted; \(channel.corrupted) changed")
    lines.append(
      "host: \(channel.bytesOut) carried = \(bytesReceived) received + \(bytesCutOff) cut off by "
        + "hang-ups")
    lines.append("recordings: \(bytesRecorded) bytes in \(recordings) files, read again: ")
    lines[lines.count - 1] += isRecorded ? "every received byte" : "NOT THE SAME"
    lines.append("decoded: \(statistics.bytesReceived) = \(list(parts))")
    lines.append(
      "numbered images: \(imagesCaptured) taken = \(imagesSent) sent + \(imagesCut) given up + "
        + "\(imagesSkipped) skipped at the board")
    lines.append(
      "                 \(imagesCaptured) taken = \(imagesHeard) heard of + \(imagesUnheard) before "
        + "or after all that came through of a session")
    lines.append("all images: \(list(images))")
    lines.append(
      "memory: \(megabytes(memory.early)) after a tenth, \(megabytes(memory.late)) at the end, "
        + "\(megabytes(memory.highest)) at most")
    return (lines + failures.map { "FAILED: \($0)" }).joined(separator: "\n")
  }
}

extension LinkStatistics {
  fileprivate mutating func add(_ other: LinkStatistics) {
    bytesReceived += other.bytesReceived
    payloadBytes += other.payloadBytes
    overheadBytes += other.overheadBytes
    consoleBytes += other.consoleBytes
    pendingBytes += other.pendingBytes
    droppedBytes.merge(other.droppedBytes, uniquingKeysWith: +)
    packetsReceived += other.packetsReceived
    packetsMissing += other.packetsMissing
    imagesIntact += other.imagesIntact
    imagesDamaged += other.imagesDamaged
    imagesLost.merge(other.imagesLost, uniquingKeysWith: +)
    texts += other.texts
  }
}

extension FaultyChannel.Counters {
  fileprivate mutating func add(_ other: Self) {
    bytesIn += other.bytesIn
    bytesOut += other.bytesOut
    lost += other.lost
    lossRuns += other.lossRuns
    corrupted += other.corrupted
    inserted += other.inserted
  }
}

import ArgumentParser
import Bytes
import Images
import Packets
import Recording
import Sinks

/// Describes the content of a recording.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Tell what is in a recording: images, losses, throughput, damage.",
    discussion: """
      Decodes everything but reads no text, so that an hour takes seconds. Cut and damaged files \
      are told of as far as they go; 'scribe import' makes whole ones of them. A recording may be \
      pcapng or classic pcap, and compressed with gzip or zstd.

      Examples:
        scribe inspect session.pcapng
        scribe inspect --json *.pcapng | jq '[.file, .images.intact, .bytesPerSecond]'
            one line of JSON a file, with the throughput as a series
        scribe inspect --protocol scribe minicom.cap
            a dump of bare bytes

      \(ExitStatus.help)
      """)

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      "Decode by another protocol than the recording names, or a dump by this one. "
        + linkProtocolHelp, valueName: "name"), transform: parseLinkProtocol)
  var linkProtocol: LinkProtocol?

  @OptionGroup var dump: DumpOptions

  @Flag(help: "One line of JSON a file.")
  var json = false

  @Argument(help: "Recordings or dumps, or - for standard input.", completion: .recordings)
  var files: [String]

  func run() throws {
    let display = StatusDisplay()
    let stopping = StopFlag()
    let interrupts = Interrupts { stopping.set() }
    defer { interrupts.cancel() }
    var firstFailure: ExitCode?
    for (index, file) in files.enumerated() where !stopping.isSet {
      do {
        let inspection = try inspect(file, stopping, display)
        display.clear()
        try TextOutput.standard.write(
          json ? inspection.json + "\n" : (index > 0 ? "\n" : "") + inspection.text)
      } catch {
        // The other files are described all the same.
        let code = fail(display, error)
        guard !(error is SinkError) else { throw code }
        firstFailure = firstFailure ?? code
      }
    }
    if let firstFailure { throw firstFailure }
  }

  private func inspect(_ file: String, _ stopping: StopFlag, _ display: StatusDisplay) throws
    -> Inspection
  {
    var inspection = Inspection(path: file, linkProtocol: linkProtocol ?? .scribe)
    inspection.decode(
      by: LinkChoice(
        linkProtocol: linkProtocol ?? .scribe, isGiven: linkProtocol != nil, dump: dump.choice))
    var reader = try RecordingReader(
      path: file, dumpBaud: linkProtocol == nil ? nil : PortConfiguration().baud,
      takesJPEG: linkProtocol == .jpegStream)
    let size = reader.size
    while !stopping.isSet, let event = try reader.nextEvent() {
      if case .header(let header) = event, inspection.header == nil {
        inspection.decode(
          by: LinkChoice(
            linkProtocol: try header.chosenProtocol(linkProtocol, display),
            isGiven: linkProtocol != nil, dump: dump.choice))
      }
      inspection.take(event)
      display.status(
        "\(file)  " + (size.map { "\(reader.count * 100 / max($0, 1)) %" } ?? "\(reader.count)"))
    }
    inspection.finish()
    inspection.isDump = reader.isDump
    inspection.fileBytes = reader.count
    inspection.compression = reader.compression
    return inspection
  }
}

// MARK: - Text

extension Inspection {
  /// The description for people, with the throughput as a plot.
  var text: String {
    var rows: [(String, String)] = [("file", fileText)]
    rows += [("link", linkText), ("board", boards.joined(separator: "; "))]
    if let start, hasTimes { rows.append(("start", "\(UTCTime(start))")) }
    if hasTimes { rows.append(("duration", "\(decimal(seconds, 3)) s")) }
    rows.append(("received", flow(received)))
    rows.append(("sent", sent.total == 0 ? "" : flow(sent)))
    if hasTimes { rows.append(("silences", silenceText)) }
    if !isDump {
      if connections + hangUps > 0 {
        rows.append(("connections", "\(connections), \(counted(hangUps, "hang-up"))"))
      }
    }
    rows += [
      ("images", imagesText), ("", list(shapes)),
      ("texts", link.texts == 0 ? "" : "\(link.texts)"),
      ("packets", packetsText),
      ("to board", list(names(sentPackets))),
      ("dropped", droppedText),
    ]
    if link.consoleBytes > 0 { rows.append(("console", "\(link.consoleBytes) bytes of text")) }
    rows += damageTexts.enumerated().map { ($0.offset == 0 ? "damage" : "", $0.element) }
    let lines = rows.filter { !$0.1.isEmpty }.map { name, value in
      "  \(name)\(String(repeating: " ", count: 13 - name.count))\(Terminal.escaped(value))\n"
    }
    let heading = Terminal.escaped(path)
    return "\(heading)\n\(lines.joined())\(plot)"
  }

  private var fileText: String {
    let writer = header.map { $0.application }.flatMap { $0.isEmpty ? nil : " by \($0)" } ?? ""
    let kind = isDump ? "bare bytes, no recording" : "recording\(writer)"
    let packed = compression.map { ", compressed with \($0.rawValue)" } ?? ""
    return "\(fileBytes) bytes, \(kind)\(packed)" + (sections > 1 ? ", \(sections) joined" : "")
  }

  private var linkText: String {
    [header?.port, header?.baud.map { "\($0) baud" }, "protocol \(linkProtocol)"]
      .compactMap { $0 }.joined(separator: ", ")
  }

  private func flow(_ flow: Throughput) -> String {
    var parts = ["\(flow.total) bytes"]
    guard hasTimes else { return parts[0] }
    if let mean = flow.mean { parts.append("\(decimal(mean / 1000, 1)) kB/s") }
    if let peak = flow.peak { parts.append("\(decimal(peak / 1000, 1)) in the best second") }
    if let baud = header?.baud, baud > 0, let mean = flow.mean {
      parts.append("\(decimal(mean * 1000 / Double(baud), 1)) % of the baud")
    }
    return parts.joined(separator: ", ")
  }

  private var silenceText: String {
    let longest = decimal(Double(received.longestSilence) / 1e9, 3)
    return "\(received.silences) of half a second or more, the longest \(longest) s"
  }

  private var imagesText: String {
    var text =
      "\(link.imagesIntact) intact, \(link.imagesDamaged) damaged, \(link.totalImagesLost) lost"
    if let imageRate, hasTimes { text += ", \(decimal(imageRate, 2)) a second" }
    let causes = list(lostImages)
    return causes.isEmpty ? text : "\(text); \(causes)"
  }

  private var packetsText: String {
    guard link.packetsReceived > 0 else { return "" }
    return "\(link.packetsReceived), \(link.packetsMissing) missing; \(list(names(link.packets)))"
  }

  private var droppedText: String {
    let total = link.totalDroppedBytes
    return total == 0 ? "0 bytes" : "\(total) bytes; \(list(droppedBytes))"
  }

  private var damageTexts: [String] {
    guard damagedParts > 0 else { return [] }
    let shown = 8
    var texts = ["\(damagedBytes) bytes of the file in \(damagedParts) places"]
    texts += damage.prefix(shown).map { $0.reason.words(offset: $0.offset, count: $0.count) }
    if damagedParts > shown { texts.append("and \(damagedParts - shown) more") }
    return texts
  }

  /// The throughput over time, as wide as the terminal.
  private var plot: String {
    guard hasTimes, received.seconds > 0 else { return "" }
    let label = 10
    let columns = max(Terminal.columns(TextOutput.standard.descriptor) - label - 3, 16)
    let rates = received.rates(columns)
    guard let top = rates.max(), top > 0 else { return "" }
    let isASCII = !Terminal.usesUTF8
    let height = 6
    let rows = ColumnPlot.rows(rates, top: top, rows: height, isASCII: isASCII)
    func padded(_ text: String) -> String {
      String(repeating: " ", count: max(label - text.count, 0)) + text
    }
    var lines = rows.enumerated().map { row, text in
      let name = row == 0 ? "\(decimal(top / 1000, 1)) kB/s" : ""
      return padded(name) + (isASCII ? " |" : row == 0 ? " ┤" : " │") + text
    }
    lines.append(
      padded("0") + (isASCII ? " +" : " └")
        + String(repeating: isASCII ? "-" : "─", count: columns))
    let end = "\(decimal(received.seconds, received.seconds < 10 ? 3 : 1)) s"
    lines.append(
      padded("") + "  0" + String(repeating: " ", count: max(columns - 1 - end.count, 1)) + end)
    return "\n" + lines.map { $0 + "\n" }.joined()
  }

  private func list(_ counts: [String: Int]) -> String {
    counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }
}

// MARK: - JSON

extension Inspection {
  /// The description for programs, on one line.
  var json: String {
    var line = JSONLine()
    line.object { line in
      line.member("file", path)
      line.member("kind", isDump ? "dump" : "recording")
      line.member("fileBytes", Int(clamping: fileBytes))
      line.member("application", header?.application)
      line.member("port", header?.port)
      line.member("baud", header?.baud)
      line.member("protocol", linkProtocol.description)
      line.key("boards")
      line.array { line in for board in boards { line.value(board) } }
      line.member("sections", sections)
      line.key("start")
      if let start, hasTimes {
        line.value("\(UTCTime(start))")
      } else {
        line.null()
      }
      line.member("seconds", hasTimes ? seconds : nil, places: 6)
      line.member("received", received.total)
      line.member("reads", reads)
      line.member("sent", sent.total)
      line.member("bytesPerSecond", hasTimes ? received.mean : nil, places: 1)
      line.member("bestSecond", hasTimes ? received.peak : nil, places: 1)
      line.member("silences", hasTimes ? received.silences : 0)
      line.member("longestSilence", hasTimes ? Double(received.longestSilence) / 1e9 : 0, places: 6)
      line.member("connections", connections)
      line.member("hangUps", hangUps)
      line.key("images")
      line.object { line in
        line.member("intact", link.imagesIntact)
        line.member("damaged", link.imagesDamaged)
        line.members("lost", lostImages)
        line.members("shapes", shapes)
      }
      line.member("texts", link.texts)
      line.key("bytes")
      line.object { line in
        line.member("payload", link.payloadBytes)
        line.member("overhead", link.overheadBytes)
        line.member("console", link.consoleBytes)
        line.member("pending", link.pendingBytes)
        line.members("dropped", droppedBytes)
      }
      line.key("packets")
      line.object { line in
        line.member("received", link.packetsReceived)
        line.member("missing", link.packetsMissing)
        line.members("types", names(link.packets))
        line.members("sent", names(sentPackets))
      }
      line.member("damagedParts", damagedParts)
      line.member("damagedBytes", Int(clamping: damagedBytes))
      line.key("damage")
      line.array { line in
        for part in damage {
          line.object { line in
            line.member("reason", part.reason.rawValue)
            line.member("offset", Int(clamping: part.offset))
            line.member("bytes", Int(clamping: part.count))
          }
        }
      }
      line.key("throughput")
      line.object { line in
        line.member("secondsEach", Double(received.span) / 1e9, places: 6)
        line.key("bytes")
        line.array { line in for count in hasTimes ? received.bytes : [] { line.value(count) } }
      }
    }
    return line.text
  }
}

extension Inspection {
  fileprivate var lostImages: [String: Int] {
    link.imagesLost.reduce(into: [:]) { $0[$1.key.rawValue] = $1.value }
  }

  fileprivate var droppedBytes: [String: Int] {
    link.droppedBytes.reduce(into: [:]) { $0[$1.key.rawValue] = $1.value }
  }

  fileprivate func names(_ packets: [PacketType: Int]) -> [String: Int] {
    packets.reduce(into: [:]) { $0["\($1.key)".uppercased()] = $1.value }
  }
}

extension JSONLine {
  fileprivate mutating func member(_ name: String, _ text: String?) {
    key(name)
    if let text { value(text) } else { null() }
  }

  fileprivate mutating func member(_ name: String, _ number: Int?) {
    key(name)
    if let number { value(number) } else { null() }
  }

  fileprivate mutating func member(_ name: String, _ number: Double?, places: Int) {
    key(name)
    if let number { value(number, places: places) } else { null() }
  }

  /// Counts by name, in the order of the names.
  fileprivate mutating func members(_ name: String, _ counts: [String: Int]) {
    key(name)
    object { line in
      for (name, count) in counts.sorted(by: { $0.key < $1.key }) { line.member(name, count) }
    }
  }
}

private func decimal(_ number: Double, _ places: Int) -> String {
  JSONLine.decimal(number, places: places) ?? "?"
}

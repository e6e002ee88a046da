import ArgumentParser
import Bytes
import Images
import Recording
import Sinks

/// Makes a recording from other programs' files, and a whole one from a damaged one.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make a recording from a dump of bare bytes, or repair one.",
    discussion: """
      A dump is what cat, minicom, RealTerm or a logic analyser kept: the received bytes and no \
      times. Its times are made up: so many bytes as the baud carries, the last one when the file \
      was last changed. A recording, pcapng or classic pcap, is copied without its damaged parts, \
      which stop Wireshark and tshark, and with packets, also where it was made without. Either may \
      be compressed with gzip or zstd.

      Examples:
        scribe import --baud 921600 minicom.cap session.pcapng
        scribe import --protocol jpeg-stream --baud 115200 dump.bin session.pcapng
        scribe import damaged.pcapng whole.pcapng
        scribe import --protocol jpeg-stream tcpdump.pcap.gz session.pcapng

      \(ExitStatus.help)
      """)

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      "How the bytes are to be decoded. (default: as the recording says; scribe for a dump) "
        + linkProtocolHelp, valueName: "name"), transform: parseLinkProtocol)
  var linkProtocol: LinkProtocol?

  @Option(
    help: ArgumentHelp(
      "Bits a second. (default: as the recording says; 115200 for a dump)", valueName: "rate"))
  var baud: Int?

  @Flag(help: "Replace the file if it exists.")
  var overwrite = false

  @OptionGroup var packets: PacketOptions

  @Argument(help: "A dump or a recording, or - for standard input.", completion: .recordings)
  var input: String

  @Argument(help: "The recording to make, or - for standard output.")
  var output: String

  func validate() throws {
    if let baud, !Baud.range.contains(baud) {
      throw ValidationError("\(PortError.unsupportedBaud(baud, offered: nil)).")
    }
  }

  func run() throws {
    let display = StatusDisplay()
    let stopping = StopFlag()
    let interrupts = Interrupts { stopping.set() }
    defer { interrupts.cancel() }
    do {
      let dumpBaud = baud ?? PortConfiguration().baud
      var reader = try RecordingReader(
        path: input, dumpBaud: dumpBaud, takesJPEG: linkProtocol == .jpegStream)
      guard !reader.isSame(as: output) else { throw RecordingError.exists(output) }
      var counts = Counts()
      // Anything before the first header is damage, or all there is in a file without one.
      var first = try reader.nextEvent()
      while case .damaged = first {
        if let first { counts.tell(first, input, display) }
        first = try reader.nextEvent()
      }
      var header = RecordingHeader()
      if reader.isDump {
        header.linkProtocol = LinkProtocol.scribe.description
        header.baud = dumpBaud
      } else if case .header(let own) = first {
        header = own
        first = nil
      }
      adapt(&header)
      var writer = try RecordingWriter(
        path: output, header: header, overwrites: overwrite, decodesPackets: decodes(header))
      try copy(first, from: &reader, to: &writer, &counts, stopping, display)
      let length = writer.count
      try writer.finish()
      display.clear()
      let kind = reader.isDump ? "a dump at \(header.baud ?? dumpBaud) baud" : "a recording"
      let seconds = JSONLine.decimal(counts.seconds, places: 3) ?? "?"
      display.message(
        "imported \(counts.bytes) bytes of \(kind), \(seconds) s, to \(output): \(length) bytes")
    } catch {
      throw fail(display, error)
    }
  }

  private func adapt(_ header: inout RecordingHeader) {
    if let linkProtocol { header.linkProtocol = linkProtocol.description }
    if let baud { header.baud = baud }
    // Other programs don't always say who they are.
    if header.application.isEmpty { header.application = RecordingHeader().application }
  }

  private func decodes(_ header: RecordingHeader) -> Bool {
    packets.decodes(header.linkProtocol.flatMap { try? LinkProtocol(parsing: $0) })
  }

  /// Everything from `first` on, in order.
  private func copy(
    _ first: RecordingEvent?, from reader: inout RecordingReader, to writer: inout RecordingWriter,
    _ counts: inout Counts, _ stopping: StopFlag, _ display: StatusDisplay
  ) throws(RecordingError) {
    var event = first
    if event == nil { event = try reader.nextEvent() }
    while let current = event, !stopping.isSet {
      switch current {
      case .header(var header):
        adapt(&header)
        try writer.append(header: header, decodesPackets: decodes(header))
      case .bytes(let bytes, let direction, let time):
        counts.add(bytes.count, time)
        try writer.append(bytes, direction: direction, at: time)
        display.status(status(reader.count, of: reader.size))
      case .note(let text, let time):
        try writer.append(note: text, at: time)
        if text.hasPrefix(Recorder.Note.disconnected) { writer.breakStream() }
      case .damaged(let damage, let offset, let count):
        counts.tell(current, input, display)
        try writer.append(
          note: "\(input) was \(damage.words(offset: offset, count: count))", at: counts.last)
      }
      event = try reader.nextEvent()
    }
  }

  private func status(_ count: UInt64, of size: UInt64?) -> String {
    guard let size, size > 0 else { return "\(count) bytes" }
    return "\(count * 100 / size) %"
  }

  private struct Counts {
    var bytes = 0
    var first: UInt64?
    var last: UInt64 = 0

    var seconds: Double { Double(last - min(first ?? last, last)) / 1e9 }

    mutating func add(_ count: Int, _ time: UInt64) {
      bytes += count
      first = first ?? time
      last = max(last, time)
    }

    func tell(_ event: RecordingEvent, _ input: String, _ display: StatusDisplay) {
      guard case .damaged(let damage, let offset, let count) = event else { return }
      display.message("\(input) is \(damage.words(offset: offset, count: count))", style: .yellow)
    }
  }
}

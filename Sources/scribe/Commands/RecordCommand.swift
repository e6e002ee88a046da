import ArgumentParser
import Bytes
import Images
import Recording
import Sinks

/// Records a board's bytes, without reading text.
struct RecordCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Record every byte that a board sends.",
    discussion: """
      Writes a pcapng file, one block a read, with times in nanoseconds, and beside these raw bytes \
      each packet of the link protocol. 'scribe replay' reads it in place of the board, 'scribe \
      inspect' tells what is in it; Wireshark, tshark and capinfos read it too, and show every \
      field with scripts/link/wireshark/serialscribe.lua. Each block is written at once and whole, \
      so a recording that was cut off keeps everything before the cut. Ends with Ctrl-C.

      Examples:
        scribe record --port bluetooth:98:D3:31:F5:0A:2C session.pcapng
        scribe record --port /dev/ttyUSB0 --baud 921600 --seconds 30 session.pcapng
        scribe record --port /tmp/board - | \
          wireshark -X lua_script:scripts/link/wireshark/serialscribe.lua -k -i -

      \(ExitStatus.help)
      """)

  @OptionGroup(title: "Link") var link: PortOptions
  @OptionGroup(title: "Board") var board: TalkOptions

  @Option(help: ArgumentHelp("End after this time.", valueName: "seconds"))
  var seconds: Double?

  @Flag(help: "Replace the file if it exists.")
  var overwrite = false

  @OptionGroup var packets: PacketOptions

  @Argument(help: "The recording to make, or - for standard output.")
  var file: String

  func validate() throws {
    guard !link.ports.isEmpty else {
      throw ValidationError("Missing expected argument '--port <path>'.")
    }
    guard link.ports.count == 1 else {
      throw ValidationError("A recording is of one --port. Start 'scribe record' for each.")
    }
    if let seconds, !(seconds > 0 && seconds <= 1e8) {
      throw ValidationError("--seconds is a time above 0, such as 30.")
    }
    try board.check(link.asking)
  }

  private var port: String { link.ports.first ?? "" }

  func run() async throws {
    let display = StatusDisplay()
    Interrupts.ignoreBrokenPipes()
    do {
      if link.wait { try Recorder.refuse(file, overwrites: overwrite) }
      guard let source = try await PortWait(link: link, display: display).open(port) else { return }
      let recorder = try Recorder(
        path: file, overwrites: overwrite, header: link.header(of: source),
        decodesPackets: packets.decodes(link.linkProtocol))
      let stopping = StopFlag()
      let stop: @Sendable () -> Void = {
        stopping.set()
        source.close()
      }
      let tally = Tally()
      let tell: @Sendable () -> Void = { [file] in
        display.message(Self.summary(of: tally, to: file))
      }
      let interrupts = Interrupts(last: [{ recorder.flush() }, tell], stop)
      defer { interrupts.cancel() }
      recorder.onFailure(stop)
      try source.start { recorder.record($0, stopped: stopping.isSet) }
      let timer = seconds.map { seconds in
        Task {
          try await Task.sleep(for: .seconds(seconds))
          stop()
        }
      }
      await follow(source, recorder, tally, display)
      timer?.cancel()
      source.close()
      display.clear()
      // A disk takes everything in the end. A program that reads our output may not.
      if file != "-" { interrupts.calm() }
      try recorder.finish()
      tell()
    } catch {
      throw fail(display, error)
    }
  }

  private static func summary(of tally: Tally, to file: String) -> String {
    let counts = tally.current
    return "recorded \(counts.link.bytesReceived + counts.bytesSkipped) bytes with "
      + "\(counted(counts.link.imagesIntact + counts.link.imagesDamaged, "image")) in "
      + "\(JSONLine.decimal(tally.seconds, places: 1) ?? "?") s to \(file)"
  }

  /// Counts images, to show that the recording is useful; every event is already being recorded.
  private func follow(
    _ source: ByteSource, _ recorder: Recorder, _ tally: Tally, _ display: StatusDisplay
  ) async {
    var input = LinkInput(link.choice, tally: tally)
    let talk = board.talk(
      over: source, link, display: display, tally: tally, sent: { recorder.record(sent: $0) })
    let asking = talk?.startAsking()
    defer { asking?.cancel() }
    for await event in source.events {
      let messages = event.messages { [link, port] in
        link.advice(port, silentFor: $0, hasSent: input.statistics.bytesReceived > 0)
      }
      for message in messages { display.message(message.text, style: message.style) }
      let events = input.decode(event)
      for case .textDump(let notice) in events {
        display.message(notice.message.text, style: notice.message.style)
      }
      talk?.answer(event, events, input.statistics)
      display.status(tally.statusLine(port, "\(link.linkProtocol)"))
    }
  }
}

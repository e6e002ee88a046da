import ArgumentParser
import Images
import Recording
import Sinks

/// Reads a recording in place of a board.
struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Read a recording in place of a board.",
    discussion: """
      Gives the same bytes as the board gave, and so the same images and the same text. Every image \
      is read, also those that 'live' had to skip. The protocol is that of the recording. Damaged \
      parts of the file are reported and stepped over. With --protocol a file may also be a dump of \
      bare bytes, as cat, minicom or RealTerm keep them.

      Examples:
        scribe replay session.pcapng
        scribe replay --json --speed realtime session.pcapng
        scribe replay --protocol raw:160x120:gray8 session.pcapng
            the recording was made with the wrong protocol
        scribe replay --protocol jpeg-stream minicom.cap
            bare bytes from another program

      \(ExitStatus.help)
      """)

  @Option(
    help: ArgumentHelp("max, or realtime for as fast as it was received.", valueName: "speed"))
  var speed = Replay.Speed.max

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      "Decode by another protocol than the recording names, or a dump by this one. "
        + linkProtocolHelp,
      valueName: "name"), transform: parseLinkProtocol)
  var linkProtocol: LinkProtocol?

  @OptionGroup(title: "Reading") var reading: ReaderOptions
  @OptionGroup(title: "Successive images") var fusing: FusionOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  @Argument(help: "A recording or a dump, or - for standard input.")
  var file: String

  func run() async throws {
    let display = StatusDisplay()
    do {
      let reader = try reading.makeReader(isFused: fusing.isOn)
      let stopping = StopFlag()
      let interrupts = Interrupts { stopping.set() }
      defer { interrupts.cancel() }
      let replay = try Replay(
        path: file, speed: speed, takesDumps: linkProtocol != nil, stopping: stopping,
        display: display)
      let tally = Tally()
      let line = Line(
        reader: reader, fuser: try fusing.makeFuser(reading),
        sink: output.sink(reading, skipsEmpty: reading.skipsEmpty || fusing.stable),
        display: display, tally: tally, policy: .every,
        limit: output.images, name: file,
        linkProtocol: try replay.header.chosenProtocol(linkProtocol, display), stopping: stopping,
        advice: { _, _ in "" }, close: {})
      let result = await Result { try await line.run { await replay.next() } }
      display.clear()
      display.message(tally.summary())
      try result.get()
      if let failure = replay.failure { throw failure }
    } catch {
      throw fail(display, error)
    }
  }
}

extension RecordingHeader {
  /// The protocol that an option asks for, or else the one that the recording names.
  ///
  /// - Throws: `ExitCode` where the recording names one that makes no sense.
  func chosenProtocol(_ option: LinkProtocol?, _ display: StatusDisplay) throws -> LinkProtocol {
    if let option { return option }
    guard let linkProtocol else {
      display.message("the recording names no protocol; taking scribe", style: .yellow)
      return .scribe
    }
    do throws(LinkProtocolError) {
      return try LinkProtocol(parsing: linkProtocol)
    } catch {
      display.message(
        "Error: the recording names a protocol that cannot be used: "
          + "\(Terminal.escaped("\(error)")). Give --protocol",
        style: .red)
      throw ExitStatus.dataError
    }
  }
}

extension Replay.Speed: ExpressibleByArgument {}

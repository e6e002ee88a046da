import ArgumentParser
import Bytes
import Images
import Recording
import Sinks

/// Reads what a board sees while it sends.
struct LiveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "live",
    abstract: "Read what a board sees, live from its serial port.",
    discussion: """
      Prints the text of every image on standard output, and what happens on the link on standard \
      error. A board does not wait: while an image is read, newer ones replace each other, and \
      those passed over are counted as skipped. From files, FIFOs and standard input every image is \
      read. Ends with Ctrl-C.

      Examples:
        scribe live --port /dev/rfcomm0
            a board behind a Bluetooth module
        scribe live --port /dev/ttyUSB0 --baud 921600 --json | tee readings.jsonl
            one line of JSON an image
        scribe live --port /dev/ttyUSB0 --stable --pattern '[0-9]{5}\\.[0-9]'
            a meter: its reading, once a change is certain
        scribe live --port /dev/ttyACM0 --protocol jpeg-stream --images 1
            one image of an OV2640 sketch that sends bare JPEG files
        scribe live --port bluetooth:98:D3:31:F5:0A:2C
            a paired Bluetooth module, without 'rfcomm bind'
        scribe live --port tcp:192.168.4.1:3333
            a Wi-Fi bridge, or ser2net
        scribe live --port /tmp/board --record session.pcapng
            keep every byte for 'scribe replay' and Wireshark
        cat capture.bin | scribe live --port -

      \(ExitStatus.help)
      """)

  @OptionGroup(title: "Link") var link: PortOptions
  @OptionGroup(title: "Board") var board: TalkOptions
  @OptionGroup(title: "Recording") var recording: RecordingOptions
  @OptionGroup(title: "Reading") var reading: ReaderOptions
  @OptionGroup(title: "Successive images") var fusing: FusionOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() async throws {
    let display = StatusDisplay()
    do {
      let reader = try reading.makeReader(isFused: fusing.isOn)
      let source = try link.open()
      let recorder = try recording.record.map { path throws(RecordingError) in
        try Recorder(
          path: path, overwrites: recording.overwrite, header: link.header(of: source),
          decodesPackets: recording.packets.decodes(link.linkProtocol))
      }
      let stopping = StopFlag()
      let tally = Tally()
      let stop: @Sendable () -> Void = {
        stopping.set()
        source.close()
      }
      let interrupts = Interrupts(
        last: {
          recorder?.flush()
          display.message(tally.summary())
        }, stop)
      defer { interrupts.cancel() }
      if let recorder {
        recorder.onFailure(stop)
        try source.start { recorder.record($0, stopped: stopping.isSet) }
      } else {
        try source.start()
      }
      let line = Line(
        reader: reader, fuser: try fusing.makeFuser(reading),
        sink: output.sink(reading, skipsEmpty: reading.skipsEmpty || fusing.stable),
        display: display, tally: tally,
        policy: source.waits ? .every : .newest, limit: output.images, name: link.port,
        linkProtocol: link.linkProtocol, stopping: stopping, advice: link.advice,
        close: { source.close() })
      let talk = board.talk(over: source, link.linkProtocol, display: display, tally: tally)
      var events = source.events.makeAsyncIterator()
      // Closed and accounted for in any case: what was received up to a failure is kept.
      let result = await Result {
        try await line.run({ await events.next() }, recorder: recorder, talk: talk)
      }
      source.close()
      display.clear()
      display.message(tally.summary())
      interrupts.calm()
      try recorder?.finish()
      if let recorder { display.message("recorded \(recorder.path)") }
      try result.get()
    } catch {
      throw fail(display, error)
    }
  }
}

extension Result where Failure == any Error {
  /// What an asynchronous function gives or throws.
  init(_ body: () async throws -> Success) async {
    do {
      self = .success(try await body())
    } catch {
      self = .failure(error)
    }
  }
}

/// Where to keep what is received.
struct RecordingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Keep every received byte in this pcapng file.", valueName: "file"))
  var record: String?

  @Flag(help: "Replace the recording if it exists.")
  var overwrite = false

  @OptionGroup var packets: PacketOptions

  func validate() throws {
    if record == "-" {
      throw ValidationError(
        "--record needs a file: standard output has the readings. See 'scribe record'.")
    }
  }
}

/// What a recording holds beside raw bytes.
struct PacketOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Keep raw bytes alone: half the size. Wireshark then shows no packets; nothing else needs "
        + "them."))
  var noPackets = false

  func decodes(_ linkProtocol: LinkProtocol?) -> Bool {
    !noPackets && linkProtocol == .scribe
  }
}

/// What is printed, and for how long.
struct OutputOptions: ParsableArguments {
  @Flag(help: "One line of JSON an image.")
  var json = false

  @Option(help: ArgumentHelp("End after this many images.", valueName: "count"))
  var images: Int?

  func validate() throws {
    if let images, images < 1 { throw ValidationError("--images is 1 or more.") }
  }

  func sink(_ reading: ReaderOptions, skipsEmpty: Bool) -> ReadingSink {
    ReadingSink(
      format: json ? .json : .text, skipsEmpty: skipsEmpty,
      leastConfidence: reading.minConfidence)
  }
}

extension PortOptions {
  func header(of source: ByteSource) -> RecordingHeader {
    RecordingHeader(port: source.name, baud: baud, linkProtocol: "\(linkProtocol)")
  }
}

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
      bare bytes, as cat, minicom or RealTerm keep them. Recordings may be pcapng or classic pcap, \
      and compressed with gzip or zstd. Hex, base64 and logic analysers' tables are turned back into \
      bytes, and need no --protocol where they are of a JPEG. Of a folder every .pcapng and .pcap in \
      it is read, by name, those with .gz and .zst behind that too.

      Examples:
        scribe replay session.pcapng
        scribe replay --json --speed realtime session.pcapng
        scribe replay --json recordings/ > readings.jsonl
        scribe replay --save pictures --save-which doubtful session.pcapng.zst
        scribe replay --protocol raw:160x120:gray8 session.pcapng
            the recording was made with the wrong protocol
        scribe replay --protocol jpeg-stream minicom.cap
            bare bytes from another program
        scribe replay hexdump.txt
            a JPEG that was printed as hex or base64, or exported by a logic analyser
        scribe replay --protocol raw:320x240:rgb565be pixels.txt
            pixels that were printed as 0xD69A, 0xCE79, ...

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

  @OptionGroup var dump: DumpOptions
  @OptionGroup(title: "Reading") var reading: ReaderOptions
  @OptionGroup(title: "Successive images") var fusing: FusionOptions
  @OptionGroup(title: "Values") var cameras: CameraFileOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Pictures") var saving: SaveOptions
  @OptionGroup(title: "MQTT") var mqtt: BrokerOptions
  @OptionGroup var jobs: JobOptions

  @Argument(
    help: ArgumentHelp(
      "Recordings or dumps, folders of recordings, or - for standard input.", valueName: "file"),
    completion: .recordings)
  var files: [String]

  /// Files of a folder that are read.
  private static let endings = Set(
    ["pcapng", "pcap"].flatMap { [$0, "\($0).gz", "\($0).zst"] })

  func validate() throws {
    try cameras.checkOne()
    try output.format?.check(cameras, json: output.json)
  }

  func run() async throws {
    let display = StatusDisplay()
    do {
      let paths = try files.flatMap { file throws(ImageFileError) in
        try Folder.files(in: file, of: Self.endings) ?? [file]
      }
      let reader = try await reading.makeReader(jobs: jobs.count, isFused: fusing.isOn)
      let stopping = StopFlag()
      let tally = Tally()
      let tell: @Sendable () -> Void = { display.message(tally.summary()) }
      let interrupts = Interrupts(last: paths.count == 1 ? [tell] : []) { stopping.set() }
      defer { interrupts.cancel() }
      let saver = saving.makeSaver(display)
      let camera = try cameras.loadOne()
      let broker = try BrokerOutput(
        mqtt,
        sources: paths.map { path in
          BrokerOutput.Source(
            name: path, camera: paths.count == 1 ? camera?.name : nil, fields: camera?.fields)
        }, display: display)
      let result = await Result {
        if paths.count == 1 {
          try await replay(paths[0], reader, stopping, display, saver, broker, tally: tally)
        } else {
          try await replayAll(paths, reader, stopping, display, saver, broker)
        }
      }
      await broker.finish(within: 10, awaitsBroker: true)
      await saver?.finish()
      let ending = Result { try output.finish() }
      try result.get()
      try ending.get()
    } catch let error as ImageFileError {
      display.message("Error: \(error)", style: .red)
      throw error.exitCode
    } catch {
      throw fail(display, error)
    }
  }

  /// Replays recordings; output is shown one recording after the other, while the next ones are
  /// decoded and read.
  private func replayAll(
    _ paths: [String], _ reader: SharedReader, _ stopping: StopFlag, _ display: StatusDisplay,
    _ saver: PictureSaver?, _ broker: BrokerOutput
  ) async throws {
    let turns = paths.indices.map { Semaphore($0 == 0 ? 1 : 0) }
    var firstFailure: ExitCode?
    var done = 0
    // At the recorded speed only one can be replayed at a time.
    let map = OrderedMap(jobs: speed == .realtime ? 1 : jobs.count)
    try await map.work(on: zip(paths, turns)) { path, turn -> (any Error)? in
      guard !stopping.isSet else { return nil }
      do {
        try await replay(path, reader, StopFlag(or: stopping), display, saver, broker, turn: turn)
      } catch {
        return error
      }
      return nil
    } take: { error in
      // Only once all output of this recording is shown.
      defer {
        done += 1
        if done < turns.count { turns[done].give() }
      }
      guard let error else { return }
      let code = fail(display, error)
      firstFailure = firstFailure ?? code
      if error is SinkError { stopping.set() }
    }
    if let firstFailure { throw firstFailure }
  }

  /// Whether a file that is no recording is read as received bytes; text of a JPEG is in any case.
  private var takesDumps: Bool {
    if case .only = dump.choice { true } else { linkProtocol != nil }
  }

  /// Replays one recording, which shows nothing before it has `turn`; nil for the only one.
  private func replay(
    _ path: String, _ reader: SharedReader, _ stopping: StopFlag, _ display: StatusDisplay,
    _ saver: PictureSaver?, _ broker: BrokerOutput, turn: Semaphore? = nil,
    tally: Tally = Tally()
  ) async throws {
    let camera = try cameras.loadOne()
    let replay = try Replay(
      path: path, speed: speed, takesDumps: takesDumps,
      takesJPEG: linkProtocol == .jpegStream, stopping: stopping, display: display)
    let isGiven = linkProtocol != nil
    let linkProtocol = try replay.header.chosenProtocol(linkProtocol, display)
    let session = Session(
      link: LinkChoice(linkProtocol: linkProtocol, isGiven: isGiven, dump: dump.choice),
      reader: reader,
      output: SessionOutput(
        sink: broker.sink(
          beside: output.sink(reading, fusing, isShared: turn != nil), of: path, reading),
        fuser: try fusing.makeFuser(reading), values: camera?.makeValues(), display: display,
        tally: tally, source: path, isShared: turn != nil, limit: output.images,
        pictures: saver.map { saving.selection(for: $0, reading) },
        status: { tally.statusLine(path, "\(linkProtocol)") }),
      stopping: stopping, close: {}, advice: { _, _ in "" },
      mount: SessionMount(told: camera?.mount(reading)))
    let result = await Result {
      try await session.readEvery({ await replay.next() }, jobs: jobs.count, turn: turn)
    }
    display.clear()
    display.message(turn == nil ? tally.summary() : "\(Terminal.escaped(path)): \(tally.summary())")
    replay.header.tellMissingProtocol(self.linkProtocol, tally, display)
    try result.get()
    if let failure = replay.failure { throw failure }
  }
}

extension RecordingHeader {
  /// The protocol that an option asks for, or else the one that the recording names.
  ///
  /// - Throws: `ExitCode` where the recording names an unknown one.
  func chosenProtocol(_ option: LinkProtocol?, _ display: StatusDisplay) throws -> LinkProtocol {
    if let option { return option }
    guard let linkProtocol else {
      display.message(
        "the recording names no protocol; taking scribe (--protocol names another)", style: .yellow)
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

extension RecordingHeader {
  /// Advises the user where neither an option nor the recording names a protocol, and the recording
  /// holds no image by the protocol that was taken.
  func tellMissingProtocol(_ option: LinkProtocol?, _ tally: Tally, _ display: StatusDisplay) {
    let link = tally.current.link
    guard option == nil, linkProtocol == nil, link.bytesReceived > 0,
      link.imagesIntact + link.imagesDamaged + link.texts == 0
    else { return }
    display.message(
      "no image among \(link.bytesReceived) bytes: name the board's --protocol", style: .yellow)
  }
}

extension Replay.Speed: ExpressibleByArgument {}

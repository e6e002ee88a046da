import ArgumentParser
import Bytes
import Images
import Recording
import Sinks

/// Keeps what a board sends, without reading it.
struct RecordCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Record every byte that a board sends.",
    discussion: """
      Writes a pcapng file, one block a read, with times in nanoseconds. 'scribe replay' reads it \
      in place of the board; Wireshark, tshark and capinfos read it too. Each block is written at \
      once and whole, so a recording that was cut off keeps everything before the cut. Ends with \
      Ctrl-C.

      Examples:
        scribe record --port /dev/rfcomm0 session.pcapng
        scribe record --port /dev/ttyUSB0 --baud 921600 --seconds 30 session.pcapng
        scribe record --port /tmp/board - | wireshark -k -i -

      \(ExitStatus.help)
      """)

  @OptionGroup(title: "Link") var link: PortOptions
  @OptionGroup(title: "Board") var board: TalkOptions

  @Option(help: ArgumentHelp("End after this time.", valueName: "seconds"))
  var seconds: Double?

  @Flag(help: "Replace the file if it exists.")
  var overwrite = false

  @Argument(help: "The recording to make, or - for standard output.")
  var file: String

  func validate() throws {
    if let seconds, !(seconds > 0 && seconds <= 1e8) {
      throw ValidationError("--seconds is a time above 0, such as 30.")
    }
  }

  func run() async throws {
    let display = StatusDisplay()
    do {
      let source = try link.open()
      let recorder = try Recorder(
        path: file, overwrites: overwrite, header: link.header(of: source))
      let stopping = StopFlag()
      let stop: @Sendable () -> Void = {
        stopping.set()
        source.close()
      }
      let interrupts = Interrupts(stop)
      defer { interrupts.cancel() }
      let timer = seconds.map { seconds in
        Task {
          try await Task.sleep(for: .seconds(seconds))
          stop()
        }
      }
      let tally = Tally()
      let result = await Result { try await keep(source, recorder, stopping, tally, display) }
      timer?.cancel()
      source.close()
      display.clear()
      try recorder.finish()
      let statistics = tally.current.link
      display.message(
        "recorded \(statistics.bytesReceived) bytes with "
          + "\(statistics.imagesIntact + statistics.imagesDamaged) images in "
          + "\(JSONLine.decimal(tally.seconds, places: 1) ?? "?") s to \(file)")
      try result.get()
    } catch {
      throw fail(display, error)
    }
  }

  /// Keeps every event; decoding only counts images, to show that the recording is of use.
  private func keep(
    _ source: ByteSource, _ recorder: Recorder, _ stopping: StopFlag, _ tally: Tally,
    _ display: StatusDisplay
  ) async throws {
    var decoder = link.linkProtocol.makeDecoder()
    let talk = board.talk(over: source, link.linkProtocol, display: display, tally: tally)
    for await event in source.events {
      try recorder.record(event, stopped: stopping.isSet)
      let events: [LinkEvent]
      switch event {
      case .connected(let name):
        events = []
        tally.update { $0.isConnected = true }
        display.message("connected to \(name)", style: .green)
      case .bytes(let bytes, _): events = decoder.decode(bytes)
      case .idle: events = decoder.idle()
      case .disconnected(let reason):
        tally.update { $0.isConnected = false }
        display.message("disconnected: \(reason)", style: .red)
        events = decoder.finish()
      case .ended: events = decoder.finish()
      }
      try talk?.answer(event, events, decoder.statistics, recorder: recorder)
      tally.update { $0.link = decoder.statistics }
      display.status(tally.statusLine(link.port, "\(link.linkProtocol)"))
    }
  }
}

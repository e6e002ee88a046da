import ArgumentParser
import Bytes
import Images
import Recording
import Sinks

/// Reads the images of a board while it sends.
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
        scribe live --port /dev/ttyUSB0 --protocol raw:160x120:rgb565be:row+5:frame+2
            bare pixels, with five bytes behind each row and two behind each image
        scribe live --port /dev/ttyUSB0 --protocol jpeg-stream --send 'snap\\n' --after-image
            a board that sends an image for each 'snap' that it hears
        scribe live --port /dev/ttyUSB0 --send arducam
            an ArduCAM Mini with the sketch for its host program; vc0706 for TTL serial cameras
        scribe live --port bluetooth:98:D3:31:F5:0A:2C
            a paired Bluetooth module, without 'rfcomm bind'
        scribe live --port tcp:192.168.4.1:3333
            a Wi-Fi bridge, or ser2net
        scribe live --json --port /dev/ttyUSB0 --port /dev/ttyUSB1
            two cameras at once; "source" tells which
        scribe live --port /dev/ttyUSB0 --mount left,mirrored
            a camera on its side, before a mirror
        scribe live --port /tmp/board --record session.pcapng
            keep every byte for 'scribe replay' and Wireshark
        scribe live --port /dev/ttyUSB0 --models mine
            with what 'scribe teach' made, and with what it makes of further corrections meanwhile
        scribe live --port /dev/ttyUSB0 --save pictures --save-which change
            keep the image of each new text as a PNG
        cat capture.bin | scribe live --port -

      \(ExitStatus.help)
      """)

  @OptionGroup(title: "Link") var link: PortOptions
  @OptionGroup(title: "Board") var board: TalkOptions
  @OptionGroup(title: "Recording") var recording: RecordingOptions
  @OptionGroup(title: "Reading") var reading: ReaderOptions
  @OptionGroup(title: "Successive images") var fusing: FusionOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Pictures") var saving: SaveOptions
  @OptionGroup var jobs: JobOptions

  func validate() throws {
    guard Set(link.ports).count == link.ports.count else {
      throw ValidationError("A --port is named twice.")
    }
    guard link.ports.count == 1 || recording.record == nil else {
      throw ValidationError("--record keeps one --port. Use 'scribe record' for each.")
    }
    try board.check(link.asking)
  }

  func run() async throws {
    let display = StatusDisplay()
    do {
      let reader = try await reading.makeReader(jobs: jobs.count, isFused: fusing.isOn)
      if link.wait, let path = recording.record {
        try Recorder.refuse(path, overwrites: recording.overwrite)
      }
      guard let cameras = try await openCameras(display) else { return }
      let recorder = try recording.record.map { path throws(RecordingError) in
        try Recorder(
          path: path, overwrites: recording.overwrite, header: link.header(of: cameras[0].source),
          decodesPackets: recording.packets.decodes(link.linkProtocol))
      }
      let stop: @Sendable () -> Void = {
        for camera in cameras { camera.stop() }
      }
      let tell: @Sendable () -> Void = {
        for camera in cameras {
          let name = cameras.count == 1 ? "" : "\(camera.port): "
          display.message(name + camera.tally.summary())
        }
      }
      let interrupts = Interrupts(last: [{ recorder?.flush() }, tell], stop)
      defer { interrupts.cancel() }
      if let recorder {
        recorder.onFailure(stop)
        try cameras[0].source.start { [stopping = cameras[0].stopping] event in
          recorder.record(event, stopped: stopping.isSet)
        }
      } else {
        for camera in cameras { try camera.source.start() }
      }
      // Closed and accounted for in any case: bytes received before a failure are kept.
      let saver = saving.makeSaver(display)
      let renewal = reading.models.map { folder in
        ModelRenewal(folder: folder, reading: reading, isFused: fusing.isOn)
          .start(reader, display)
      }
      let result = await Result { try await read(cameras, reader, recorder, display, saver) }
      renewal?.cancel()
      for camera in cameras { camera.source.close() }
      display.clear()
      tell()
      interrupts.calm()
      await saver?.finish()
      try recorder?.finish()
      if let recorder { display.message("recorded \(recorder.path)") }
      try result.get()
    } catch {
      throw fail(display, error)
    }
  }

  /// Opens all ports; nil where a signal ended the wait for one.
  private func openCameras(_ display: StatusDisplay) async throws -> [Camera]? {
    var cameras: [Camera] = []
    for port in link.ports {
      guard let source = try await PortWait(link: link, display: display).open(port) else {
        return nil
      }
      cameras.append(Camera(port: port, source: source))
    }
    return cameras
  }

  /// Reads all cameras at once, until the last one has ended or output fails.
  private func read(
    _ cameras: [Camera], _ reader: SharedReader, _ recorder: Recorder?, _ display: StatusDisplay,
    _ saver: PictureSaver?
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      let linkProtocol = link.linkProtocol
      let status: @Sendable () -> String = {
        cameras.map { $0.tally.statusLine($0.port, "\(linkProtocol)") }.joined(separator: "  |  ")
      }
      for camera in cameras {
        let session = Session(
          link: link.choice, reader: reader,
          output: SessionOutput(
            sink: output.sink(reading, fusing, isShared: cameras.count > 1),
            fuser: try fusing.makeFuser(reading), display: display, tally: camera.tally,
            source: camera.port, isShared: cameras.count > 1, limit: output.images,
            pictures: saver.map { saving.selection(for: $0, reading) }, status: status),
          stopping: camera.stopping, close: { camera.source.close() },
          advice: { [link] in link.advice(camera.port, silentFor: $0, hasSent: $1) })
        group.addTask { [board, jobs, link] in
          let talk = board.talk(
            over: camera.source, link, display: display, tally: camera.tally,
            recorder: recorder)
          var events = camera.source.events.makeAsyncIterator()
          if camera.source.waits {
            let guarded = PortContent(camera.port, linkProtocol)
            try await session.readEvery(
              { guarded.pass(await events.next()) }, jobs: jobs.count)
            if let failure = guarded.failure { throw failure }
          } else {
            try await session.readNewest({ await events.next() }, talk: talk)
          }
        }
      }
      do {
        while try await group.next() != nil {}
      } catch {
        // All cameras share the output.
        for camera in cameras { camera.stop() }
        throw error
      }
    }
  }
}

/// One of the ports that are read.
private struct Camera: Sendable {
  let port: String
  let source: ByteSource
  let tally = Tally()
  let stopping = StopFlag()

  func stop() {
    stopping.set()
    source.close()
  }
}

extension Result where Failure == any Error {
  /// The value that an asynchronous function returns, or the error that it throws.
  init(_ body: () async throws -> Success) async {
    do {
      self = .success(try await body())
    } catch {
      self = .failure(error)
    }
  }
}

import ArgumentParser
import Bytes
import Images
import Page
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
        scribe live --port /dev/ttyUSB0 --mqtt mqtt://homeassistant.local --mqtt-user meter \
          --mqtt-password-file password
            what is read, in Home Assistant
        scribe live --camera water.yaml --as csv
            the values that a camera's file names, as a table
        scribe live --camera water.yaml --region fields
            the same, and the board sends no more of the picture than holds them
        scribe live --port /dev/ttyUSB0 --mount left,mirrored
            a camera on its side, before a mirror
        scribe live --port /tmp/board --record session.pcapng
            keep every byte for 'scribe replay' and Wireshark
        scribe live --port /dev/ttyUSB0 --models mine
            with what 'scribe teach' made, and with what it makes of further corrections meanwhile
        scribe live --port /dev/ttyUSB0 --save pictures --save-which change
            keep the image of each new text as a PNG
        scribe live --port /dev/ttyUSB0 --page
            a page with the picture, its text, the link, values and corrections
        cat capture.bin | scribe live --port -

      \(ExitStatus.help)
      """)

  @OptionGroup(title: "Link") var link: PortOptions
  @OptionGroup(title: "Board") var board: TalkOptions
  @OptionGroup(title: "Recording") var recording: RecordingOptions
  @OptionGroup(title: "Reading") var reading: ReaderOptions
  @OptionGroup(title: "Successive images") var fusing: FusionOptions
  @OptionGroup(title: "Values") var values: CameraFileOptions
  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Pictures") var saving: SaveOptions
  @OptionGroup(title: "MQTT") var mqtt: BrokerOptions
  @OptionGroup(title: "Page") var showing: PageOptions
  @OptionGroup var jobs: JobOptions

  @Flag(
    help: ArgumentHelp(
      "Show every message, also where standard error is a log: there, of messages that differ in "
        + "numbers only, 60 an hour are shown and the rest counted."))
  var allMessages = false

  func validate() throws {
    try values.check(link)
    try output.format?.check(values, json: output.json)
    guard Set(link.ports).count == link.ports.count else {
      throw ValidationError("A --port is named twice.")
    }
    guard max(link.ports.count, values.files.count) == 1 || recording.record == nil else {
      throw ValidationError("--record keeps one --port. Use 'scribe record' for each.")
    }
    guard link.ports.count == 1 || mqtt.mqttName == nil else {
      throw ValidationError("--mqtt-name names one --port; several are named by their ports.")
    }
    try board.check(link.asking)
    guard board.region?.isOfFields != true || !values.files.isEmpty || showing.page != nil else {
      throw ValidationError("--region fields needs --camera FILE, whose fields it asks for.")
    }
  }

  func run() async throws {
    let display = StatusDisplay(limit: allMessages ? nil : MessageLimit())
    do {
      let reader = try await reading.makeReader(jobs: jobs.count, isFused: fusing.isOn)
      if link.wait, let path = recording.record {
        try Recorder.refuse(path, overwrites: recording.overwrite)
      }
      let place = try showing.place()
      let viewers = place.map { _ in Viewers() }
      guard let cameras = try await openCameras(viewers, display) else { return }
      let stop: @Sendable () -> Void = {
        for camera in cameras { camera.stop() }
      }
      let tell: @Sendable () -> Void = {
        for camera in cameras {
          let name = cameras.count == 1 ? "" : "\(camera.port): "
          display.message(name + camera.tally.summary())
        }
      }
      let page = try place.map { place throws(PageError) in
        try makePage(place, cameras, viewers ?? Viewers(), reader, display)
      }
      let flush: @Sendable () -> Void = { for camera in cameras { camera.recording.flush() } }
      let interrupts = Interrupts(last: [flush, tell], stop)
      defer { interrupts.cancel() }
      if let recorder = cameras[0].recording.current { recorder.onFailure(stop) }
      for camera in cameras {
        try camera.start(isRecorded: camera.recording.isOn || showing.recordings != nil)
      }
      try page?.start()
      // Closed and accounted for in any case: bytes received before a failure are kept.
      let saver = saving.makeSaver(display)
      let renewal = reading.models.map { folder in
        ModelRenewal(folder: folder, reading: reading, isFused: fusing.isOn)
          .start(reader, display)
      }
      let broker = try BrokerOutput(
        mqtt,
        sources: cameras.map { camera in
          BrokerOutput.Source(
            name: camera.port, camera: camera.loaded?.name,
            fields: camera.loaded?.fields)
        }, display: display)
      let result = await Result { try await read(cameras, reader, display, saver, broker) }
      renewal?.cancel()
      for camera in cameras { camera.source.close() }
      display.clear()
      tell()
      interrupts.calm()
      page?.stop()
      await broker.finish(within: 1, awaitsBroker: false)
      await saver?.finish()
      for camera in cameras {
        if let path = try camera.recording.end() { display.message("recorded \(path)") }
      }
      let ending = Result { try output.finish() }
      try result.get()
      try ending.get()
    } catch {
      throw fail(display, error)
    }
  }

  /// Opens all ports, and the recording of the one that has it; nil where a signal ended the wait
  /// for one.
  private func openCameras(
    _ viewers: Viewers?, _ display: StatusDisplay
  ) async throws -> [LiveCamera]? {
    let sources = try values.sources(link)
    // All ports are waited for at once: each may come first.
    let found = try await withThrowingTaskGroup(of: (Int, ByteSource?).self) { group in
      for (index, source) in sources.enumerated() {
        let wait = PortWait(link: source.link, display: display)
        group.addTask { (index, try await wait.open(source.port)) }
      }
      var found = [ByteSource?](repeating: nil, count: sources.count)
      for try await (index, bytes) in group { found[index] = bytes }
      return found
    }
    let opened = zip(sources, found).compactMap { source, bytes in bytes.map { (source, $0) } }
    guard opened.count == sources.count else {
      for (_, bytes) in opened { bytes.close() }
      return nil
    }
    let recorder = try recording.record.map { path throws(RecordingError) in
      let (source, bytes) = opened[0]
      return try Recorder(
        path: path, overwrites: recording.overwrite, header: source.link.header(of: bytes),
        decodesPackets: recording.packets.decodes(source.link.linkProtocol))
    }
    return opened.enumerated().map { index, opened in
      LiveCamera(
        opened.0, bytes: opened.1, reading: reading, recorder: index == 0 ? recorder : nil,
        asksForFields: board.region?.isOfFields == true, number: index + 1, viewers: viewers)
    }
  }

  /// Makes the page, and tells where it is.
  private func makePage(
    _ place: PageServer.Place, _ cameras: [LiveCamera], _ viewers: Viewers,
    _ reader: SharedReader, _ display: StatusDisplay
  ) throws(PageError) -> PageServer {
    let corrections = showing.correctionFolder
    let page = try PageServer(
      place,
      cameras: cameras.compactMap { camera in
        guard let place = camera.page else { return nil }
        return PageCamera(
          feed: place.feed,
          control: LiveControl(
            camera: camera, link: camera.link, board: board, packets: recording.packets,
            recordings: showing.recordings, toldMount: reader.toldMount, display: display),
          keeper: place.keeper, corrections: corrections)
      }, viewers: viewers)
    let hint = showing.pageToken.map { "; a viewer needs ?token= and the token in \($0)" } ?? ""
    display.message("page: \(page.url)\(hint)")
    return page
  }

  /// Reads all cameras at once, until the last one has ended or output fails.
  private func read(
    _ cameras: [LiveCamera], _ reader: SharedReader, _ display: StatusDisplay,
    _ saver: PictureSaver?, _ broker: BrokerOutput
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      let status: @Sendable () -> String = {
        cameras.map { $0.tally.statusLine($0.port, "\($0.link.linkProtocol)") }.joined(
          separator: "  |  ")
      }
      for camera in cameras {
        let session = Session(
          link: camera.link.choice, reader: reader,
          output: SessionOutput(
            sink: broker.sink(
              beside: output.sink(reading, fusing, isShared: cameras.count > 1), of: camera.port,
              reading),
            fuser: try fusing.makeFuser(reading), values: camera.values, region: camera.region,
            display: display,
            tally: camera.tally, source: camera.port, isShared: cameras.count > 1,
            limit: output.images,
            pictures: saver.map { saving.selection(for: $0, reading) }, page: camera.page?.feed,
            status: status),
          stopping: camera.stopping, close: { camera.source.close() },
          advice: { camera.link.advice(camera.port, silentFor: $0, hasSent: $1) },
          mount: camera.mount)
        group.addTask { [board, jobs] in
          let talk = board.talk(
            over: camera.source, camera.link, display: display, tally: camera.tally,
            sent: { [recording = camera.recording] in recording.record(sent: $0) },
            later: camera.wishes)
          var events = camera.source.events.makeAsyncIterator()
          if camera.source.waits {
            let guarded = PortContent(camera.port, camera.link.linkProtocol)
            try await session.readEvery(
              { guarded.pass(broker.follow(await events.next(), of: camera.port)) },
              jobs: jobs.count)
            if let failure = guarded.failure { throw failure }
          } else {
            try await session.readNewest(
              { broker.follow(await events.next(), of: camera.port) }, talk: talk)
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

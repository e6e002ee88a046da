import ArgumentParser
import Bytes
import Gray
import Images
import Recording
import Sinks
import Text

/// Takes the pictures out of a recording.
struct ExtractCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Take the pictures out of a recording.",
    discussion: """
      Writes the images of a recording as files, without reading them: JPEG as it was received, \
      others as gray PNG, named by time and number. Of each a line is printed: file, number, time, \
      size and rows that are missing. A file that is there already is never replaced: one of the \
      same content stays, and another gets a number behind its name.

      To label them, start with what is read, mend that by hand, and evaluate:
        scribe extract session.pcapng pictures
        scribe recognize --json pictures |
          jq -s 'map({(.image|split("/")|last): {text}}) | add' > pictures/truth.json
        scribe evaluate pictures

      With --most-telling, reads the pictures and writes those that teach most once they are \
      labelled: where the reader is least sure, print is least like what it knows, or nothing is \
      read at all; one of each text and scene, the most telling first. The lines tell why: what was \
      read, how telling that is, the least confidence and the greatest novelty of its lines. Label \
      them as above, then 'scribe teach' or scripts/training/own take the folder.

      Examples:
        scribe extract session.pcapng pictures
        scribe extract --every 10 --images 100 session.pcapng.gz pictures
        scribe extract --most-telling 20 session.pcapng pictures
        scribe extract --json --protocol jpeg-stream tcpdump.pcap pictures > pictures.jsonl

      \(ExitStatus.help)
      """)

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      "Decode by another protocol than the recording names, or a dump by this one. "
        + linkProtocolHelp, valueName: "name"), transform: parseLinkProtocol)
  var linkProtocol: LinkProtocol?

  @Option(help: ArgumentHelp("End after this many pictures.", valueName: "count"))
  var images: Int?

  @Option(help: ArgumentHelp("Only every n-th image, from the first on.", valueName: "count"))
  var every = 1

  @Option(
    help: ArgumentHelp(
      "Only so many pictures, those that teach most once they are labelled.", valueName: "count"))
  var mostTelling: Int?

  @OptionGroup(title: "Reading, for --most-telling") var reading: ReaderOptions
  @OptionGroup var jobs: JobOptions

  @Flag(help: "One line of JSON a picture.")
  var json = false

  @Argument(help: "A recording or dump, or - for standard input.", completion: .recordings)
  var recording: String

  @Argument(
    help: "The folder for the pictures, made where it is missing.", completion: .directory)
  var folder: String

  func validate() throws {
    if let images, images < 1 { throw ValidationError("--images is 1 or more.") }
    if let mostTelling {
      guard (1...Self.mostPictures).contains(mostTelling) else {
        throw ValidationError("--most-telling is 1 to \(Self.mostPictures).")
      }
      if images != nil {
        throw ValidationError("--images and --most-telling each say how many pictures.")
      }
    }
    if every < 1 { throw ValidationError("--every is 1 or more.") }
    if folder.isEmpty { throw ValidationError("The folder has no name.") }
  }

  /// Pictures that are kept in memory until all were looked at.
  private static let mostPictures = 1000

  func run() async throws {
    let display = StatusDisplay()
    let stopping = StopFlag()
    let interrupts = Interrupts { stopping.set() }
    defer { interrupts.cancel() }
    do {
      let reader = mostTelling == nil ? nil : try await reading.makeReader(jobs: jobs.count)
      let replay = try Replay(
        path: recording, speed: .max, takesDumps: linkProtocol != nil,
        takesJPEG: linkProtocol == .jpegStream, stopping: stopping, display: display)
      let linkProtocol = try replay.header.chosenProtocol(linkProtocol, display)
      let tally = Tally()
      var input = LinkInput(
        LinkChoice(linkProtocol: linkProtocol, isGiven: self.linkProtocol != nil), tally: tally,
        stopping: stopping)
      var (seen, written) = (0, 0)
      var telling = TellingPictures(most: mostTelling ?? 0)
      var waiting: [SavedPicture] = []
      reading: while let event = await replay.next() {
        for (index, decoded) in input.decode(event).enumerated() {
          guard let image = decoded.capturedImage else { continue }
          seen += 1
          guard (seen - 1).isMultiple(of: every) else { continue }
          let picture = SavedPicture(
            image: image, arrival: input.arrival(of: index), source: nil)
          if let reader {
            waiting.append(picture)
            guard waiting.count == 2 * jobs.count else { continue }
            try await look(at: waiting, reader, display) { telling.add($0) }
            waiting = []
            display.status("\(recording)  \(counted(seen, "image"))")
            continue
          }
          guard try write(picture, display) else { continue }
          written += 1
          if written == images { break reading }
        }
        if reader == nil { display.status("\(recording)  \(counted(written, "picture"))") }
      }
      if let reader { try await look(at: waiting, reader, display) { telling.add($0) } }
      for candidate in telling.chosen
      where try write(candidate.picture, display, reading: candidate.reading) { written += 1 }
      display.clear()
      let lost = tally.current.link.totalImagesLost
      display.message(
        "\(counted(written, "picture")) of \(counted(seen, "image")) in \(folder)"
          + (lost > 0 ? "; \(lost) lost on the link" : ""))
      replay.header.tellMissingProtocol(self.linkProtocol, tally, display)
      if let failure = replay.failure { throw failure }
    } catch {
      throw fail(display, error)
    }
  }

  /// Reads pictures and hands them over in their order; those that can't be decoded are told.
  private func look(
    at pictures: [SavedPicture], _ reader: SharedReader, _ display: StatusDisplay,
    take: (TellingPictures.Candidate) -> Void
  ) async throws {
    try await OrderedMap(jobs: jobs.count).work(on: pictures) { picture in
      await Result {
        let reading = try await reader.read(picture.image).reading
        let scene = PictureScene(try GrayImage(picture.image), text: reading.text)
        return TellingPictures.Candidate(picture: picture, reading: reading, scene: scene)
      }.mapError { Unreadable(number: picture.image.number, reason: "\($0)") }
    } take: { result in
      switch result {
      case .success(let candidate): take(candidate)
      case .failure(let error): tell(error, display)
      }
    }
  }

  private func tell(_ picture: Unreadable, _ display: StatusDisplay) {
    display.message(
      "image \(picture.number) cannot be decoded: \(picture.reason)", style: .yellow)
  }

  /// Writes a picture and its line, with what was read in it if that chose it; false where it can't
  /// be decoded.
  private func write(
    _ picture: SavedPicture, _ display: StatusDisplay, reading: Reading? = nil
  ) throws -> Bool {
    let file: (ending: String, bytes: [UInt8])
    do {
      file = try picture.file()
    } catch {
      tell(Unreadable(number: picture.image.number, reason: "\(error)"), display)
      return false
    }
    let path = try PictureFolder(path: folder).save(
      file.bytes, name: picture.name, ending: file.ending)
    let line = ExtractedPicture(
      path: path, source: recording, picture: picture, reading: reading)
    try display.aside { () throws(SinkError) in
      try TextOutput.standard.write((json ? line.json : line.text) + "\n")
    }
    return true
  }
}

/// An image that can't be decoded.
private struct Unreadable: Error {
  let number: UInt32
  let reason: String
}

/// The report on a picture that was taken out.
private struct ExtractedPicture {
  let path: String
  let source: String
  let picture: SavedPicture
  /// Nil where the picture wasn't chosen by what it teaches.
  let reading: Reading?

  private var image: CapturedImage { picture.image }

  var text: String {
    var parts = [Terminal.escaped(path), "image \(image.number)"]
    if case .at(let time) = picture.arrival { parts.append("\(time)") }
    if image.width > 0 { parts.append("\(image.width)x\(image.height)") }
    let missing = image.missingRows.reduce(0) { $0 + $1.count }
    if missing > 0 { parts.append("\(missing) rows missing") }
    if let reading {
      parts.append("telling \(decimal(reading.telling))")
      if let least = reading.leastConfidence { parts.append("confidence \(decimal(least))") }
      if let novelty = reading.greatestNovelty { parts.append("novelty \(decimal(novelty))") }
      let text = reading.lines.map(\.text).joined(separator: " | ")
      parts.append(text.isEmpty ? "nothing read" : Terminal.escaped(text))
    }
    return parts.joined(separator: "  ")
  }

  private func decimal(_ value: Double) -> String { JSONLine.decimal(value, places: 2) ?? "-" }

  /// Keys as in the lines of 'replay'.
  var json: String {
    var line = JSONLine()
    line.object { line in
      line.member("source", source)
      line.member("image", Int(image.number))
      line.key("time")
      if case .at(let time) = picture.arrival { line.value(time.precise) } else { line.null() }
      line.member("file", path)
      line.member("width", image.width)
      line.member("height", image.height)
      line.member("format", image.format.rawValue)
      line.key("missingRows")
      line.array { line in
        for rows in image.missingRows {
          line.object {
            $0.member("first", rows.lowerBound)
            $0.member("count", rows.count)
          }
        }
      }
      if let reading {
        line.member("text", reading.text)
        line.member("telling", reading.telling, places: 4)
        if let least = reading.leastConfidence { line.member("confidence", least, places: 4) }
        if let novelty = reading.greatestNovelty { line.member("novelty", novelty, places: 4) }
      }
    }
    return line.text
  }
}

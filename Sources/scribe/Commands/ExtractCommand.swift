import ArgumentParser
import Bytes
import Gray
import Images
import Recording
import Sinks

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

      Examples:
        scribe extract session.pcapng pictures
        scribe extract --every 10 --images 100 session.pcapng.gz pictures
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

  @Flag(help: "One line of JSON a picture.")
  var json = false

  @Argument(help: "A recording or dump, or - for standard input.", completion: .recordings)
  var recording: String

  @Argument(
    help: "The folder for the pictures, made where it is missing.", completion: .directory)
  var folder: String

  func validate() throws {
    if let images, images < 1 { throw ValidationError("--images is 1 or more.") }
    if every < 1 { throw ValidationError("--every is 1 or more.") }
    if folder.isEmpty { throw ValidationError("The folder has no name.") }
  }

  func run() async throws {
    let display = StatusDisplay()
    let stopping = StopFlag()
    let interrupts = Interrupts { stopping.set() }
    defer { interrupts.cancel() }
    do {
      let replay = try Replay(
        path: recording, speed: .max, takesDumps: linkProtocol != nil,
        takesJPEG: linkProtocol == .jpegStream, stopping: stopping, display: display)
      let linkProtocol = try replay.header.chosenProtocol(linkProtocol, display)
      let tally = Tally()
      var input = LinkInput(
        LinkChoice(linkProtocol: linkProtocol, isGiven: self.linkProtocol != nil), tally: tally,
        stopping: stopping)
      var (seen, written) = (0, 0)
      reading: while let event = await replay.next() {
        for (index, decoded) in input.decode(event).enumerated() {
          guard let image = decoded.capturedImage else { continue }
          seen += 1
          guard (seen - 1).isMultiple(of: every) else { continue }
          let picture = SavedPicture(
            image: image, arrival: input.arrival(of: index), source: nil)
          guard try write(picture, display) else { continue }
          written += 1
          if written == images { break reading }
        }
        display.status("\(recording)  \(counted(written, "picture"))")
      }
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

  /// Writes a picture and its line; false where it can't be decoded.
  private func write(_ picture: SavedPicture, _ display: StatusDisplay) throws -> Bool {
    let file: (ending: String, bytes: [UInt8])
    do {
      file = try picture.file()
    } catch {
      display.message("image \(picture.image.number) cannot be decoded: \(error)", style: .yellow)
      return false
    }
    let path = try PictureFolder(path: folder).save(
      file.bytes, name: picture.name, ending: file.ending)
    let line = ExtractedPicture(path: path, source: recording, picture: picture)
    try display.aside { () throws(SinkError) in
      try TextOutput.standard.write((json ? line.json : line.text) + "\n")
    }
    return true
  }
}

/// The report on a picture that was taken out.
private struct ExtractedPicture {
  let path: String
  let source: String
  let picture: SavedPicture

  private var image: CapturedImage { picture.image }

  var text: String {
    var parts = [Terminal.escaped(path), "image \(image.number)"]
    if case .at(let time) = picture.arrival { parts.append("\(time)") }
    if image.width > 0 { parts.append("\(image.width)x\(image.height)") }
    let missing = image.missingRows.reduce(0) { $0 + $1.count }
    if missing > 0 { parts.append("\(missing) rows missing") }
    return parts.joined(separator: "  ")
  }

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
    }
    return line.text
  }
}

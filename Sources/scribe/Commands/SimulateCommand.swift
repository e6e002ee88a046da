import ArgumentParser
import Board
import Bytes
import Glibc
import Images
import Inference
import OnBoard
import Sinks
import Text

/// Plays the part of a board: a pseudo-terminal that sends images as the firmware does.
struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Stand in for a board: send images through a pseudo-terminal.",
    discussion: """
      Makes a pseudo-terminal that behaves as the serial port of a camera board, and sends image \
      files or photographs of texts, over and over. Read it as you would read the board: \
      scribe live --port PATH. Nothing is sent before somebody reads; afterwards the board keeps \
      going, and drops whole images while nobody does.

      Examples:
        scribe simulate --text 'SN 4711\\nLOT B-27' --link /tmp/board
            one label of two lines, photographed anew for every image
        scribe simulate --text ONE --text TWO --images 10 --size 160x120
            two labels in turn, ten small images, then the end
        scribe simulate --image photos/ --format jpeg --protocol jpeg-stream
            a board with an OV2640 sketch that sends bare JPEG files
        scribe simulate --image page.png --baud 115200 --loss 0.001 --burst 20
            a slow, bad line; the same --seed loses the same bytes again
        scribe simulate --text 'SN 4711' --read --link /tmp/board
            a board that reads by itself and sends text in place of images
        scribe simulate --image page.png --format bilevel --module 20000 --link /tmp/board
            a board behind an HC-05
        scribe simulate --text HELLO --ask 0x10 --protocol jpeg-stream --link /tmp/board
            a board that sends an image for each byte 0x10 that it hears
        scribe simulate --text HELLO --hang-up-every 5 --link /tmp/board
            a plug that is pulled after every fifth image
        scribe simulate --text HELLO --mount upside-down --link /tmp/board
            a camera that hangs upside down

      Ends with Ctrl-C, removes its link and prints its counters on standard error. Exit codes: 0 \
      done, 64 wrong options, 66 an image or font cannot be read, 73 the link cannot be made.
      """)

  @OptionGroup(title: "Pictures") var pictures: PictureOptions
  @OptionGroup(title: "Camera for texts") var camera: CameraOptions
  @OptionGroup(title: "Board") var boardOptions: BoardOptions
  @OptionGroup(title: "Line") var wire: WireOptions
  @OptionGroup(title: "Faults") var faults: FaultOptions

  func validate() throws {
    guard !pictures.image.isEmpty || !pictures.text.isEmpty else {
      throw ValidationError("Nothing to send: give --image PATH or --text TEXT.")
    }
    if let layout = boardOptions.rawLayout {
      if let format = boardOptions.format?.format, format != layout.format {
        throw ValidationError("--format is not the format of --protocol \(layout).")
      }
      if let size = pictures.size?.size, size != layoutSize {
        throw ValidationError("--size is not the size of --protocol \(layout).")
      }
    }
    if boardOptions.linkProtocol == .jpegStream,
      let format = boardOptions.format?.format, format != .jpeg
    {
      throw ValidationError("--protocol jpeg-stream sends --format jpeg and no other.")
    }
    if boardOptions.read, boardOptions.linkProtocol != .scribe {
      throw ValidationError("--read needs --protocol scribe: no other carries text.")
    }
    if boardOptions.model != nil, !boardOptions.read {
      throw ValidationError("--model needs --read.")
    }
    if !boardOptions.pattern.isEmpty, !boardOptions.read || boardOptions.model != nil {
      throw ValidationError("--pattern needs --read, by lines.")
    }
    if faults.stallEvery != nil, faults.stall == nil {
      throw ValidationError("--stall-every needs --stall SECONDS.")
    }
  }

  func run() async throws {
    let reader = try await makeReader()
    do throws(BoardError) {
      let board = try SimulatedBoard(
        pictures: try loadPictures(), configuration: boardConfiguration(reader))
      // Created before there is a link that must be removed in the end.
      let stop = try StopSignal()
      let interrupts = Interrupts { stop.raise() }
      defer { interrupts.cancel() }
      let runner = try PseudoTerminalBoard(
        board, behavior: behavior, link: wire.link, stop: stop)
      let counters = try runner.run { announce($0) }
      note(summary(counters))
    } catch {
      note("Error: \(error)")
      throw error.exitCode
    }
  }

  /// The image size that a raw link prescribes.
  private var layoutSize: ImageSize? {
    boardOptions.rawLayout.map { ImageSize(width: $0.width, height: $0.height) }
  }

  private func loadPictures() throws(BoardError) -> [Picture] {
    let size = pictures.size?.size ?? layoutSize
    var loaded = try Picture.load(pictures.image, scaledTo: size, mount: pictures.mount.mount)
    guard !pictures.text.isEmpty else { return loaded }
    let mount = pictures.mount.mount
    let typesetter = Typesetter(
      font: try OutlineFont(path: pictures.font), imageSize: (size ?? .qvga).upright(mount))
    for text in pictures.text {
      let sheet = try typesetter.set(unescape(text), textHeight: pictures.textHeight)
      loaded.append(
        Picture(
          Scene(sheet: sheet, lightOnDark: pictures.lightOnDark), camera: camera.model,
          mount: mount))
    }
    return loaded
  }

  /// Nil unless the board reads by itself.
  private func makeReader() async throws -> (any FirmwareTextReader)? {
    guard boardOptions.read else { return nil }
    do {
      if let model = boardOptions.model { return try FirmwareReader(model: ModelStore.load(model)) }
      async let finder = ModelStore.load("finder")
      async let aligner = ModelStore.load("aligner")
      async let line = ModelStore.load("line-quick")
      return try await FirmwareRecognizer(
        FirmwareRecognizer.Models(finder: finder, aligner: aligner, line: line),
        pattern: boardOptions.pattern.isEmpty ? nil : Pattern(anyOf: boardOptions.pattern))
    } catch {
      note("Error: \(error)")
      throw (error as? ModelError)?.exitCode ?? ExitStatus.dataError
    }
  }

  private func boardConfiguration(
    _ reader: (any FirmwareTextReader)?
  ) -> SimulatedBoard.Configuration {
    let usual: PixelFormat = boardOptions.linkProtocol == .jpegStream ? .jpeg : .gray8
    return SimulatedBoard.Configuration(
      images: SimulatedBoard.ImageOptions(
        format: boardOptions.rawLayout?.format ?? boardOptions.format?.format ?? usual,
        codesRows: boardOptions.linkProtocol == .scribe && boardOptions.format?.isCoded == true,
        codesChanges: boardOptions.changes, lightOnDark: pictures.lightOnDark,
        quality: boardOptions.quality),
      link: SimulatedBoard.LinkOptions(
        linkProtocol: boardOptions.linkProtocol, mtu: boardOptions.mtu, pace: wire.pace ?? 0,
        hears: !wire.deaf, chatter: boardOptions.chatter, reports: boardOptions.reports,
        baud: wire.baud),
      seed: faults.seed, reader: reader)
  }

  private var behavior: PseudoTerminalBoard.Behavior {
    PseudoTerminalBoard.Behavior(
      imagesPerSecond: wire.rate, images: wire.images,
      faults: FaultyChannel.Faults(
        loss: faults.loss, burst: faults.burst, corrupt: faults.corrupt, insert: faults.insert),
      stall: faults.stall.map { (every: faults.stallEvery ?? 10, seconds: $0) },
      hangUpEvery: faults.hangUpEvery, waitsForReader: !wire.noWait,
      patience: wire.patience,
      module: wire.module.map { PseudoTerminalBoard.Module(bytesPerSecond: $0) }, ask: wire.words)
  }

  private func announce(_ event: PseudoTerminalBoard.Event) {
    switch event {
    case .waiting(let path):
      if wire.link == nil {
        // Written at once, also into a pipe: the program that started this one waits for it.
        try? writeAll(Array("\(path)\n".utf8), to: STDOUT_FILENO)
      }
      note("waiting for a reader on \(path)")
    case .readerCame: note("a reader came")
    case .readerLeft: note("the reader left; images are dropped until one comes")
    case .stalled(let seconds): note("stalled for \(seconds) s")
    case .hungUp: note("hung up")
    }
  }

  private func summary(_ counters: PseudoTerminalBoard.Counters) -> String {
    let channel = counters.channel
    var parts = [
      "sent \(counted(counters.imagesSent, "image")), \(counters.bytesWritten) bytes",
      "dropped \(counted(counters.imagesDropped, "image"))",
    ]
    if counters.imagesCut > 0 { parts.append("cut \(counters.imagesCut) short") }
    if faults.loss > 0 { parts.append("lost \(channel.lost) bytes in \(channel.lossRuns) runs") }
    if faults.corrupt > 0 { parts.append("corrupted \(channel.corrupted) bytes") }
    if faults.insert > 0 { parts.append("inserted \(channel.inserted) bytes") }
    if counters.moduleDropped > 0 {
      parts.append("the module dropped \(counters.moduleDropped) bytes")
    }
    if counters.stalls > 0 { parts.append("stalled \(counted(counters.stalls, "time"))") }
    if counters.hangUps > 0 { parts.append("hung up \(counted(counters.hangUps, "time"))") }
    if counters.bytesFromHost > 0 { parts.append("heard \(counters.bytesFromHost) bytes") }
    return parts.joined(separator: "; ")
  }
}

/// Replaces `\n` and `\\`, which a shell leaves in single quotes.
private func unescape(_ text: String) -> String {
  var result = ""
  var escaped = false
  for character in text {
    if escaped {
      result += character == "n" ? "\n" : character == "\\" ? "\\" : "\\\(character)"
      escaped = false
    } else if character == "\\" {
      escaped = true
    } else {
      result.append(character)
    }
  }
  return escaped ? result + "\\" : result
}

private func note(_ line: String) {
  let shown = Terminal.escaped(line, keepingNewlines: true)
  try? writeAll(Array("\(shown)\n".utf8), to: STDERR_FILENO)
}

extension BoardError {
  fileprivate var exitCode: ExitCode {
    switch self {
    case .fontMissing, .fontUnreadable, .fontNotOutline, .fileMissing, .fileUnreadable,
      .folderEmpty, .imageUnreadable:
      ExitStatus.noInput
    case .linkPathTaken, .linkInUse, .linkNotMade: ExitStatus.cannotCreate
    case .pseudoTerminal: ExitCode(71)
    case .jpegNotMade, .encoderRefused: ExitCode(70)
    case .notReadable: ExitStatus.dataError
    case .glyphMissing, .textEmpty, .textTooLarge, .textTooSmall, .noPictures, .formatNotSendable,
      .formatNotCarried, .sizeNotCarried, .imageTooLarge:
      ExitCode(64)
    }
  }
}

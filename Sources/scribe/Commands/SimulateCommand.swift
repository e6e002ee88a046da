import ArgumentParser
import Board
import Foundation
import Images
import Inference
import OnBoard
import Sinks

/// Stands in for a board: a pseudo-terminal that sends images as the firmware does.
struct SimulateCommand: ParsableCommand {
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
        scribe simulate --text HELLO --hang-up-every 5 --link /tmp/board
            a plug that is pulled after every fifth image

      Ends with Ctrl-C, removes its link and prints its counters on standard error. Exit codes: 0 \
      done, 64 wrong options, 66 an image or font cannot be read, 73 the link cannot be made.
      """)

  @OptionGroup(title: "Pictures") var pictures: PictureOptions
  @OptionGroup(title: "Camera for texts") var camera: CameraOptions
  @OptionGroup(title: "Board") var boardOptions: BoardOptions
  @OptionGroup(title: "Line") var line: LineOptions
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
    if faults.stallEvery != nil, faults.stall == nil {
      throw ValidationError("--stall-every needs --stall SECONDS.")
    }
  }

  func run() throws {
    let reader = try makeReader()
    do throws(BoardError) {
      let board = try SimulatedBoard(
        pictures: try loadPictures(), configuration: boardConfiguration(reader))
      // Before there is a link that must not stay behind.
      let stop = try StopSignal()
      let interrupts = Interrupts { stop.raise() }
      defer { interrupts.cancel() }
      let runner = try PseudoTerminalBoard(
        board, behavior: behavior, link: line.link, stop: stop)
      let counters = try runner.run { announce($0) }
      note(summary(counters))
    } catch {
      note("Error: \(error)")
      throw error.exitCode
    }
  }

  /// What a raw link prescribes.
  private var layoutSize: ImageSize? {
    boardOptions.rawLayout.map { ImageSize(width: $0.width, height: $0.height) }
  }

  private func loadPictures() throws(BoardError) -> [Picture] {
    let size = pictures.size?.size ?? layoutSize
    var loaded = try Picture.load(pictures.image, scaledTo: size)
    guard !pictures.text.isEmpty else { return loaded }
    let typesetter = Typesetter(
      font: try OutlineFont(path: pictures.font), imageSize: size ?? .qvga)
    for text in pictures.text {
      let sheet = try typesetter.set(unescape(text), textHeight: pictures.textHeight)
      loaded.append(
        Picture(Scene(sheet: sheet, lightOnDark: pictures.lightOnDark), camera: camera.model))
    }
    return loaded
  }

  /// Nil unless the board reads by itself.
  private func makeReader() throws -> FirmwareReader? {
    guard boardOptions.read else { return nil }
    do {
      return try FirmwareReader(model: ModelStore.load(boardOptions.model))
    } catch {
      note("Error: \(error)")
      throw (error as? ModelError)?.exitCode ?? ExitStatus.dataError
    }
  }

  private func boardConfiguration(
    _ reader: FirmwareReader?
  ) -> SimulatedBoard.Configuration {
    let usual: PixelFormat = boardOptions.linkProtocol == .jpegStream ? .jpeg : .gray8
    return SimulatedBoard.Configuration(
      format: boardOptions.rawLayout?.format ?? boardOptions.format?.format ?? usual,
      codesRows: boardOptions.linkProtocol == .scribe && boardOptions.format?.isCoded == true,
      codesChanges: boardOptions.changes, lightOnDark: pictures.lightOnDark,
      linkProtocol: boardOptions.linkProtocol, mtu: boardOptions.mtu,
      pace: line.pace ?? 0, hears: !line.deaf,
      quality: boardOptions.quality, chatter: boardOptions.chatter, baud: line.baud,
      seed: faults.seed, reader: reader)
  }

  private var behavior: PseudoTerminalBoard.Behavior {
    PseudoTerminalBoard.Behavior(
      imagesPerSecond: line.rate, images: line.images,
      faults: FaultyChannel.Faults(
        loss: faults.loss, burst: faults.burst, corrupt: faults.corrupt, insert: faults.insert),
      stall: faults.stall.map { (every: faults.stallEvery ?? 10, seconds: $0) },
      hangUpEvery: faults.hangUpEvery, waitsForReader: !line.noWait,
      patience: line.patience,
      module: line.module.map { PseudoTerminalBoard.Module(bytesPerSecond: $0) })
  }

  private func announce(_ event: PseudoTerminalBoard.Event) {
    switch event {
    case .waiting(let path):
      if line.link == nil {
        // At once, also into a pipe: whoever started this waits for it.
        FileHandle.standardOutput.write(Data("\(path)\n".utf8))
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

// MARK: - Options

struct PictureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A PNG or JPEG file, or a folder of them in order of name. Repeatable.", valueName: "path"))
  var image: [String] = []

  @Option(
    help: ArgumentHelp(
      "A text to photograph; \\n starts a new line. Repeatable; texts follow the image files."))
  var text: [String] = []

  @Option(
    help: ArgumentHelp(
      "Size of the images: 160x120, 320x240, 640x480 or any other. "
        + "(default: 320x240 for texts, the files' own for files)", valueName: "WxH"))
  var size: SizeArgument?

  @Option(
    help: ArgumentHelp(
      "TrueType or OpenType font for texts. (default: DejaVu Sans)", valueName: "path"))
  var font: String?

  @Option(
    help: ArgumentHelp(
      "Height of capital letters in pixels. (default: as large as fits well)", valueName: "pixels"))
  var textHeight: Double?

  @Flag(help: "Light letters on a dark sheet.")
  var lightOnDark = false

  func validate() throws {
    if let textHeight, !(2...2000).contains(textHeight) {
      throw ValidationError("--text-height is pixels, 2 to 2000.")
    }
  }
}

struct CameraOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Deviation of the blur, in pixels.", valueName: "pixels"))
  var blur = CameraModel().blur

  @Option(help: ArgumentHelp("The sheet is turned by up to this much.", valueName: "degrees"))
  var rotation = CameraModel().rotation

  @Option(help: ArgumentHelp("Contrast of ink and paper, 0 to 1.", valueName: "share"))
  var contrast = CameraModel().contrast

  @Option(help: ArgumentHelp("Deviation of the noise on white, 0 to 255.", valueName: "levels"))
  var noise = CameraModel().noise

  func validate() throws {
    guard (0...50).contains(blur) else { throw ValidationError("--blur is 0 to 50 pixels.") }
    guard (0...45).contains(rotation) else {
      throw ValidationError("--rotation is 0 to 45 degrees.")
    }
    guard (0...1).contains(contrast) else { throw ValidationError("--contrast is 0 to 1.") }
    guard (0...255).contains(noise) else { throw ValidationError("--noise is 0 to 255.") }
  }

  var model: CameraModel {
    CameraModel(blur: blur, rotation: rotation, contrast: contrast, noise: noise)
  }
}

struct BoardOptions: ParsableArguments {
  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(
      "How images are put on the line, as with live. \(linkProtocolHelp)", valueName: "name"),
    transform: parseLinkProtocol)
  var linkProtocol = LinkProtocol.scribe

  @Option(
    help: ArgumentHelp(
      """
      Pixel format. lossless is gray8 in two thirds of the bytes; lossless and bilevel are coded \
      as PROTOCOL.md has it. (default: gray8, or jpeg for jpeg-stream)
      """))
  var format: FormatArgument?

  @Flag(help: "With --format bilevel, each image is told by what differs from the last one.")
  var changes = false

  @Option(help: ArgumentHelp("JPEG quality, 1 to 100.", valueName: "percent"))
  var quality = CapturedImage.usualQuality

  @Option(
    help: ArgumentHelp("Largest packet, 96 to 1024 bytes before framing.", valueName: "bytes"))
  var mtu = 252

  @Flag(help: "The board reads images by itself and sends text in place of them.")
  var read = false

  @Option(
    help: ArgumentHelp(
      "With --read, the model on the board: its name or its folder.", valueName: "name"))
  var model = "glyph"

  @Flag(help: "The firmware writes lines of text to the same UART now and then.")
  var chatter = false

  /// Nil unless the protocol is raw.
  var rawLayout: RawLayout? {
    if case .raw(let layout) = linkProtocol { layout } else { nil }
  }

  func validate() throws {
    if format == .lossless, linkProtocol != .scribe {
      throw ValidationError("--format lossless needs --protocol scribe.")
    }
    guard (1...100).contains(quality) else { throw ValidationError("--quality is 1 to 100.") }
    guard (96...1024).contains(mtu) else { throw ValidationError("--mtu is 96 to 1024.") }
  }
}

struct LineOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Bits a second, ten to a byte; 0 = as fast as it goes."))
  var baud = 921_600

  @Option(help: ArgumentHelp("At most so many images a second.", valueName: "images"))
  var rate: Double?

  @Option(help: ArgumentHelp("End after so many images. (default: never)", valueName: "n"))
  var images: Int?

  @Option(
    help: ArgumentHelp(
      "Make a symbolic link to the pseudo-terminal here. (default: print its path)",
      valueName: "path"))
  var link: String?

  @Option(
    help: ArgumentHelp(
      "A Bluetooth module at the board's UART: it carries so many bytes a second, whatever the "
        + "baud, and drops what doesn't fit into its 2 KB. 20000 is an HC-05.",
      valueName: "bytes"))
  var module: Int?

  @Option(
    help: ArgumentHelp(
      "Bytes a second that the board sends to a host that grants no credit. (default: no limit)",
      valueName: "bytes"))
  var pace: Int?

  @Option(
    help: ArgumentHelp(
      "Give an image up once its reader has taken nothing for so long.", valueName: "seconds"))
  var patience = 1.0

  @Flag(help: "No wire leads from the host to the board.")
  var deaf = false

  @Flag(help: "Don't wait for a reader: start at once and drop images until one comes.")
  var noWait = false

  func validate() throws {
    guard (0...100_000_000).contains(baud) else {
      throw ValidationError("--baud is 0 to 100000000.")
    }
    if let rate, !(rate > 0 && rate.isFinite) {
      throw ValidationError("--rate is a number of images a second above 0.")
    }
    if let images, images < 1 { throw ValidationError("--images is at least 1.") }
    guard patience > 0, patience <= 1e6 else {
      throw ValidationError("--patience is a time in seconds above 0.")
    }
    if let module, !(100...10_000_000).contains(module) {
      throw ValidationError("--module is bytes a second, 100 to 10000000.")
    }
    if let pace, !(100...4_000_000).contains(pace) {
      throw ValidationError("--pace is bytes a second, 100 to 4000000.")
    }
  }
}

struct FaultOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Share of bytes that are lost, 0 to 1.", valueName: "share"))
  var loss = 0.0

  @Option(help: ArgumentHelp("Mean length of a run of lost bytes.", valueName: "bytes"))
  var burst = 1.0

  @Option(help: ArgumentHelp("Share of bytes with a flipped bit, 0 to 1.", valueName: "share"))
  var corrupt = 0.0

  @Option(help: ArgumentHelp("Random bytes put in, for each byte sent.", valueName: "share"))
  var insert = 0.0

  @Option(help: ArgumentHelp("Fall silent in the middle of an image.", valueName: "seconds"))
  var stall: Double?

  @Option(
    help: ArgumentHelp("Stall in every so many images. (default: 10)", valueName: "images"))
  var stallEvery: Int?

  @Option(
    help: ArgumentHelp(
      "Pull the plug after every so many images; the link comes back half a second later.",
      valueName: "images"))
  var hangUpEvery: Int?

  @Option(help: "The same seed gives the same images and the same faults.")
  var seed: UInt64 = 1

  func validate() throws {
    for (name, value) in [("loss", loss), ("corrupt", corrupt), ("insert", insert)]
    where !(0...1).contains(value) {
      throw ValidationError("--\(name) is 0 to 1.")
    }
    guard (1...1_000_000).contains(burst) else {
      throw ValidationError("--burst is 1 to 1000000 bytes.")
    }
    if let stall, !(0...86400).contains(stall) {
      throw ValidationError("--stall is 0 to 86400 seconds.")
    }
    if let stallEvery, stallEvery < 1 { throw ValidationError("--stall-every is at least 1.") }
    if let hangUpEvery, hangUpEvery < 1 {
      throw ValidationError("--hang-up-every is at least 1.")
    }
  }
}

struct SizeArgument: ExpressibleByArgument {
  let size: ImageSize

  init?(argument: String) {
    let parts = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false)
    guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]),
      (8...4096).contains(width), (8...4096).contains(height)
    else { return nil }
    size = ImageSize(width: width, height: height)
  }

  var defaultValueDescription: String { size.description }
}

struct FormatArgument: ExpressibleByArgument, Equatable {
  let format: PixelFormat
  /// Whether packets carry its rows coded.
  let isCoded: Bool

  static let lossless = FormatArgument(format: .gray8, isCoded: true)

  private init(format: PixelFormat, isCoded: Bool) {
    self.format = format
    self.isCoded = isCoded
  }

  init?(argument: String) {
    if argument == "lossless" {
      self = .lossless
      return
    }
    guard let format = PixelFormat(rawValue: argument), format != .png else { return nil }
    self.init(format: format, isCoded: format == .bilevel)
  }

  static var allValueStrings: [String] {
    PixelFormat.allCases.filter { $0 != .png }.map(\.rawValue) + ["lossless"]
  }
}

// MARK: - Helpers

/// `\n` and `\\` as a shell's single quotes leave them.
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
  FileHandle.standardError.write(Data("\(shown)\n".utf8))
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

import ArgumentParser
import Board
import Control
import Images

struct PictureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "An image file, or a folder of them in order of name. Repeatable.", valueName: "path"),
    completion: .file())
  var image: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
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

  @Option(
    help: ArgumentHelp(
      "How the camera is mounted, as with live; --size is that of the images it sends.",
      valueName: "mount"))
  var mount = MountArgument(.upright)

  @Flag(help: "Light letters on a dark sheet.")
  var lightOnDark = false

  func validate() throws {
    for text in text { try FreeText.check(text, of: "--text") }
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
      """
      With --read, read character by character with this network for glyphs, as boards of little \
      memory do: its name or its folder. (default: lines, with three networks)
      """, valueName: "name"))
  var model: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "With --read, what a line looks like to the board, as '[0-9]{5}'. Repeatable: any of them.",
      valueName: "regex"),
    transform: { text in
      try PatternArgument.check(text)
      return text
    })
  var pattern: [String] = []

  @Flag(help: "The firmware writes lines of text to the same UART now and then.")
  var chatter = false

  @Flag(help: "The firmware logs, counts and pings the host, every second of its clock.")
  var reports = false

  /// The layout of a raw link; nil for other protocols.
  var rawLayout: RawLayout? {
    if case .raw(let layout) = linkProtocol { layout } else { nil }
  }

  func validate() throws {
    if format == .lossless, linkProtocol != .scribe {
      throw ValidationError("--format lossless needs --protocol scribe.")
    }
    if reports, linkProtocol != .scribe {
      throw ValidationError("--reports needs --protocol scribe.")
    }
    guard (1...100).contains(quality) else { throw ValidationError("--quality is 1 to 100.") }
    guard (96...1024).contains(mtu) else { throw ValidationError("--mtu is 96 to 1024.") }
  }
}

struct WireOptions: ParsableArguments {
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

  @Option(
    help: ArgumentHelp(
      "Wait until the host says this, and send an image each time: bytes as 0x10 or '10 AB', or text "
        + "as 'snap\\n'; see live --send.", valueName: "hex|text"),
    transform: parseBoardRequest)
  var ask: BoardRequest?

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
    if ask != nil, deaf { throw ValidationError("A board that is --deaf can't hear --ask.") }
    if case .preset(let preset) = ask, preset != .arducam {
      throw ValidationError("A simulated board knows no \(preset.rawValue): give --ask 0x10.")
    }
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

extension WireOptions {
  /// The request that the host has to send for each image; empty where there is none.
  var words: [UInt8] {
    switch ask {
    case .bytes(let bytes): bytes
    case .preset: [0x10]
    case nil: []
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

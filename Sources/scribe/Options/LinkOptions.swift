import ArgumentParser
import Bytes
import Images
import Recording

/// Options for the source of bytes and their protocol.
struct PortOptions: ParsableArguments {
  @Option(
    name: .customLong("port"),
    help: ArgumentHelp(
      """
      A serial port, pseudo-terminal, FIFO or file, bluetooth:ADDRESS, tcp:HOST:PORT, unix:PATH, \
      or - for standard input. 'live' takes several: cameras that are read at once.
      """, valueName: "path"), completion: .ports)
  var ports: [String] = []

  @Option(
    name: .customLong("baud"),
    help: ArgumentHelp(
      "Bits a second, any rate the port can do. (default: \(usualBaud))", valueName: "rate"))
  var givenBaud: Int?

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp("\(linkProtocolHelp) (default: scribe)", valueName: "name"),
    transform: parseLinkProtocol)
  var givenProtocol: LinkProtocol?

  @OptionGroup(title: "Text") var dump: DumpOptions
  @OptionGroup(title: "Asking") var asking: AskOptions

  @Flag(help: "End when the device goes away, instead of waiting until it is back.")
  var noReconnect = false

  @Flag(
    help: ArgumentHelp(
      "Wait for a port that isn't there yet, as a board that is still to be plugged in, in place of "
        + "an error."))
  var wait = false

  @Option(
    help: ArgumentHelp(
      """
      Tell when a board has been silent for so long, and open its port anew after three times as \
      long, as stuck modules and adapters need it; 0 = never.
      """, valueName: "seconds"))
  var watchdog = 10.0

  func validate() throws {
    guard watchdog >= 0, watchdog <= 1e6 else {
      throw ValidationError("--watchdog is a time in seconds, such as 60, or 0 for never.")
    }
    guard Baud.range.contains(baud) else {
      throw ValidationError("\(PortError.unsupportedBaud(baud, offered: nil)).")
    }
  }

  private static let usualBaud = 115_200

  var baud: Int { givenBaud ?? Self.usualBaud }

  var linkProtocol: LinkProtocol { givenProtocol ?? asking.usualProtocol ?? .scribe }

  var choice: LinkChoice {
    LinkChoice(
      linkProtocol: linkProtocol, isGiven: givenProtocol != nil || asking.usualProtocol != nil,
      dump: dump.choice)
  }

  /// Opens the port; reading must be started afterwards.
  ///
  /// - Throws: `PortError`, also where a request is to be sent to a file or pipe, which can't hear
  ///   it.
  func open(_ port: String) throws(PortError) -> ByteSource {
    let source = try ByteSource(
      opening: port,
      configuration: PortConfiguration(
        baud: baud, reconnects: !noReconnect,
        watchdogMilliseconds: watchdog > 0 ? max(1, Int(watchdog * 1_000)) : nil))
    if asking.send != nil, source.waits { throw .notWritable(port) }
    return source
  }

  /// The header of a recording of a port's bytes.
  func header(of source: ByteSource) -> RecordingHeader {
    RecordingHeader(port: source.name, baud: baud, linkProtocol: "\(linkProtocol)")
  }

  /// Advice to the user on a board that is silent.
  func advice(_ port: String, silentFor seconds: Int, hasSent: Bool) -> String {
    let start = "nothing has come from \(port) for \(seconds) s"
    let what =
      hasSent
      ? "does the board still run, and has its module power and reach?"
      : "is the board sending, does its TX lead to the RX of the module or adapter, do both share "
        + "GND, and is \(baud) its baud?"
    let next = noReconnect ? "" : " If this goes on, the port is opened anew"
    return "\(start): \(what)\(next)"
  }
}

let linkProtocolHelp: String = """
  scribe; jpeg-stream for JPEG files one after another, whatever stands between them; or \
  raw:WIDTHxHEIGHT:FORMAT[:sync=HEX] for bare pixels, as raw:320x240:rgb565be:sync=AA55. Bytes \
  beside them: row+N and frame+N behind each row and image, N+row and N+frame before, as \
  raw:160x120:gray8:row+5:frame+2. Formats: \(RawLayout.formatNames). What looks swapped, shifted \
  or translated on the way is told.
  """

@Sendable func parseLinkProtocol(_ text: String) throws -> LinkProtocol {
  do {
    return try LinkProtocol(parsing: text)
  } catch {
    throw ValidationError("\(error).")
  }
}

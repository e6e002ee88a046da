import ArgumentParser
import Bytes
import Images
import Recording

/// Where bytes come from and how they are to be understood.
struct PortOptions: ParsableArguments {
  @Option(
    name: .customLong("port"),
    help: ArgumentHelp(
      """
      A serial port, pseudo-terminal, FIFO or file, bluetooth:ADDRESS, tcp:HOST:PORT, unix:PATH, \
      or - for standard input. 'live' takes several: cameras that are read at once.
      """, valueName: "path"))
  var ports: [String]

  @Option(help: ArgumentHelp("Bits a second, any rate the port can do.", valueName: "rate"))
  var baud = 115_200

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(linkProtocolHelp, valueName: "name"), transform: parseLinkProtocol)
  var linkProtocol = LinkProtocol.scribe

  @Flag(help: "End when the device goes away, instead of waiting until it is back.")
  var noReconnect = false

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

  /// Opens the port; reading is to be started.
  func open(_ port: String) throws(PortError) -> ByteSource {
    try ByteSource(
      opening: port,
      configuration: PortConfiguration(
        baud: baud, reconnects: !noReconnect,
        watchdogMilliseconds: watchdog > 0 ? max(1, Int(watchdog * 1_000)) : nil))
  }

  /// The header of a recording of what comes from a port.
  func header(of source: ByteSource) -> RecordingHeader {
    RecordingHeader(port: source.name, baud: baud, linkProtocol: "\(linkProtocol)")
  }

  /// What to look at where a board says nothing.
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
  scribe; jpeg-stream for JPEG files one after another; or raw:WIDTHxHEIGHT:FORMAT[:sync=HEX] for \
  bare pixels, as raw:320x240:rgb565be:sync=AA55. Bytes beside them: row+N and frame+N behind each \
  row and image, N+row and N+frame before, as raw:160x120:gray8:row+5:frame+2. Formats: \
  \(RawLayout.formatNames).
  """

@Sendable func parseLinkProtocol(_ text: String) throws -> LinkProtocol {
  do {
    return try LinkProtocol(parsing: text)
  } catch {
    throw ValidationError("\(error).")
  }
}

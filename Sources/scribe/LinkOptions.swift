import ArgumentParser
import Bytes
import Images

/// Where bytes come from and how they are to be understood.
struct PortOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A serial port, pseudo-terminal, FIFO or file, tcp:HOST:PORT, unix:PATH, or - for standard \
      input.
      """, valueName: "path"))
  var port: String

  @Option(help: ArgumentHelp("Bits a second, any rate the port can do.", valueName: "rate"))
  var baud = 115_200

  @Option(
    name: .customLong("protocol"),
    help: ArgumentHelp(linkProtocolHelp, valueName: "name"), transform: parseLinkProtocol)
  var linkProtocol = LinkProtocol.scribe

  @Flag(help: "End when the device goes away, instead of waiting until it is back.")
  var noReconnect = false

  func validate() throws {
    guard Baud.range.contains(baud) else {
      throw ValidationError("\(PortError.unsupportedBaud(baud, offered: nil)).")
    }
  }

  func open() throws(PortError) -> ByteSource {
    try ByteSource(
      path: port, configuration: PortConfiguration(baud: baud, reconnects: !noReconnect))
  }
}

let linkProtocolHelp: String = """
  scribe; jpeg-stream for JPEG files one after another; or raw:WIDTHxHEIGHT:FORMAT[:sync=HEX] for \
  bare pixels, as raw:320x240:rgb565be:sync=AA55. Formats: gray8, rgb565le, rgb565be, yuyv, bilevel.
  """

@Sendable func parseLinkProtocol(_ text: String) throws -> LinkProtocol {
  do {
    return try LinkProtocol(parsing: text)
  } catch {
    throw ValidationError("\(error).")
  }
}

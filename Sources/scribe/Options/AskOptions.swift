import ArgumentParser
import Control
import Images

/// Options for a board that waits to be asked.
struct AskOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Say this to the board once it is connected, and again when it comes back: bytes as 0x10, \
      '10 AB' or hex:10AB; text as snap, 'snap\\r\\n' or text:10; or arducam, arducam-stream or \
      vc0706 for what these cameras want to hear, with --protocol jpeg-stream.
      """, valueName: "hex|text"),
    transform: parseBoardRequest)
  var send: BoardRequest?

  @Option(help: ArgumentHelp("Say it again every so often.", valueName: "seconds"))
  var every: Double?

  @Flag(
    help: ArgumentHelp(
      "Say it again after each image, and when nothing has come for 10 seconds, or for --every."))
  var afterImage = false

  func validate() throws {
    if send == nil, every != nil || afterImage {
      throw ValidationError("--every and --after-image need --send, as --send 0x10.")
    }
    if let every, !(every >= 0.01 && every <= 1e6) {
      throw ValidationError("--every is a time in seconds, 0.01 to 1000000.")
    }
  }

  /// The protocol of the cameras of a preset; nil for other requests.
  var usualProtocol: LinkProtocol? {
    if case .preset = send { .jpegStream } else { nil }
  }

  private var repetition: BoardAsking.Repetition {
    let time = every.map { UInt64($0 * 1e9) }
    if afterImage {
      return BoardAsking.Repetition(
        afterImage: true, silence: time ?? BoardAsking.Repetition.usualSilence)
    }
    if case .preset(let preset) = send, time == nil || preset == .vc0706 {
      var usual = BoardAsking.Repetition(preset)
      usual.interval = time
      return usual
    }
    return BoardAsking.Repetition(interval: time)
  }

  /// Nil where nothing is to be said.
  func makeAsking() -> BoardAsking? { send.map { BoardAsking($0, repetition) } }
}

@Sendable func parseBoardRequest(_ text: String) throws -> BoardRequest {
  do {
    return try BoardRequest(parsing: text)
  } catch {
    throw ValidationError("\(error).")
  }
}

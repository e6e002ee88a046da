import ArgumentParser
import Bytes
import Control
import Images
import Sinks

/// The user's requests to the board, and whether to send it anything.
struct TalkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Ask the board for images in this format: bilevel is the fastest, lossless is gray8 in two "
        + "thirds of the bytes. (default: what it sends by itself)"))
  var format: FormatArgument?

  @Option(
    help: ArgumentHelp(
      "Ask for a part of the picture alone: column, row and size, as 40,100,240x60; or fields, the "
        + "smallest part that holds those of --camera.",
      valueName: "X,Y,WxH|fields"))
  var region: RegionArgument?

  @Option(
    help: ArgumentHelp("Ask for so many images a second, at most.", valueName: "images"))
  var rate: Double?

  @Option(
    help: ArgumentHelp(
      "Ask for images, for the text that the board reads in them by itself, or for both. "
        + "(default: what it does by itself)", valueName: "images|text|both"))
  var deliver: DeliveryArgument?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Ask to expose for the text, not for the wall around it; or to hold what the camera has, and "
        + "so many stops more, as +1.5. (default: camera, as it does by itself)",
      valueName: "camera|text|stops"))
  var exposure: ExposureArgument?

  @Flag(help: "Say nothing to the board: no greeting, no credit, no commands.")
  var listenOnly = false

  func validate() throws {
    if let rate, !(rate >= 0.001 && rate <= 1000) {
      throw ValidationError("--rate is images a second, 0.001 to 1000.")
    }
    if let format, !format.format.isSentInPackets {
      throw ValidationError("--format \(format.format.rawValue) is no format of the link protocol.")
    }
    if listenOnly, !wishes.isEmpty || region != nil {
      throw ValidationError(
        "--listen-only can't go with --format, --region, --rate, --deliver and --exposure.")
    }
  }

  private var wishes: [BoardCommand] {
    var wishes: [BoardCommand] = []
    if let format { wishes.append(.format(format.format, isCoded: format.isCoded)) }
    if let region = region?.region { wishes.append(.region(region)) }
    if let rate { wishes.append(.rate(rate)) }
    if let deliver { wishes.append(.delivery(deliver.delivery)) }
    if let exposure { wishes.append(.exposure(exposure.exposure)) }
    return wishes
  }

  /// Whether boards hear commands over such a source.
  func hears(_ source: ByteSource, _ link: PortOptions) -> Bool {
    !listenOnly && link.linkProtocol == .scribe && !source.waits
  }

  /// The talk with the board. Nil where nobody would listen or there is nothing to say: with files and pipes, and with
  /// protocols without a way back, unless the board is to be asked.
  ///
  /// - Parameters:
  ///   - source: the board's port.
  ///   - link: the options that it was opened with.
  ///   - display: shows what became of requests.
  ///   - tally: gets the round trip.
  ///   - sent: takes all that was sent, to record it; nil for none.
  ///   - later: what is wished while the session runs; nil for nothing.
  /// - Returns: the talk, or nil.
  func talk(
    over source: ByteSource, _ link: PortOptions, display: StatusDisplay, tally: Tally,
    sent: (@Sendable ([UInt8]) -> Void)?, later: BoardWishes? = nil
  ) -> BoardTalk? {
    let hears = hears(source, link)
    if !hears, !wishes.isEmpty {
      display.message(
        "nothing can be asked for over \(source.path) with protocol \(link.linkProtocol)",
        style: .yellow)
    }
    let asking = source.waits ? nil : link.asking.makeAsking()
    guard hears || asking != nil else { return nil }
    return BoardTalk(
      hears ? BoardControl(wishes: wishes) : nil, asking,
      voice: BoardVoice(source, sent: sent), display: display, tally: tally, wishes: later)
  }

  /// - Throws: `ValidationError` where a request is to be sent to a board, and nothing may be sent.
  func check(_ asking: AskOptions) throws {
    if listenOnly, asking.send != nil {
      throw ValidationError("--listen-only can't go with --send.")
    }
  }
}

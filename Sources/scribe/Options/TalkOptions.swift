import ArgumentParser
import Bytes
import Control
import Images
import Sinks

/// What the user wants of the board, and whether to say anything to it.
struct TalkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Ask the board for images in this format: bilevel is the fastest, lossless is gray8 in two "
        + "thirds of the bytes. (default: what it sends by itself)"))
  var format: FormatArgument?

  @Option(
    help: ArgumentHelp(
      "Ask for a part of the picture alone: column, row and size, as 40,100,240x60.",
      valueName: "X,Y,WxH"))
  var region: RegionArgument?

  @Option(
    help: ArgumentHelp("Ask for so many images a second, at most.", valueName: "images"))
  var rate: Double?

  @Flag(help: "Say nothing to the board: no greeting, no credit, no commands.")
  var listenOnly = false

  func validate() throws {
    if let rate, !(rate >= 0.001 && rate <= 1000) {
      throw ValidationError("--rate is images a second, 0.001 to 1000.")
    }
    if let format, !format.format.isSentInPackets {
      throw ValidationError("--format \(format.format.rawValue) is no format of the link protocol.")
    }
    if listenOnly, !wishes.isEmpty {
      throw ValidationError("--listen-only can't go with --format, --region and --rate.")
    }
  }

  private var wishes: [BoardCommand] {
    var wishes: [BoardCommand] = []
    if let format { wishes.append(.format(format.format, isCoded: format.isCoded)) }
    if let region { wishes.append(.region(region.region)) }
    if let rate { wishes.append(.rate(rate)) }
    return wishes
  }

  /// Nil where nobody would hear: at files and pipes, and with protocols that have no way back.
  func talk(
    over source: ByteSource, _ linkProtocol: LinkProtocol, display: StatusDisplay, tally: Tally,
    recorder: Recorder?
  ) -> BoardTalk? {
    guard !listenOnly, linkProtocol == .scribe, !source.waits else {
      if !wishes.isEmpty {
        display.message(
          "nothing can be asked for over \(source.path) with protocol \(linkProtocol)",
          style: .yellow)
      }
      return nil
    }
    return BoardTalk(
      BoardControl(wishes: wishes), source: source, display: display, tally: tally,
      recorder: recorder)
  }
}

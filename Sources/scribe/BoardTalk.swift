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
    over source: ByteSource, _ linkProtocol: LinkProtocol, display: StatusDisplay, tally: Tally
  ) -> BoardTalk? {
    guard !listenOnly, linkProtocol == .scribe, !source.waits else {
      if !wishes.isEmpty {
        display.message(
          "nothing can be asked for over \(source.path) with protocol \(linkProtocol)",
          style: .yellow)
      }
      return nil
    }
    return BoardTalk(BoardControl(wishes: wishes), source: source, display: display, tally: tally)
  }
}

struct RegionArgument: ExpressibleByArgument {
  let region: BoardCommand.Region

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 3, let x = UInt16(parts[0]), let y = UInt16(parts[1]) else { return nil }
    let size = parts[2].lowercased().split(separator: "x", omittingEmptySubsequences: false)
    guard size.count == 2, let width = UInt16(size[0]), let height = UInt16(size[1]), width > 0,
      height > 0
    else { return nil }
    region = BoardCommand.Region(
      x: Int(x), y: Int(y), width: Int(width), height: Int(height))
  }
}

/// Says to the board what `BoardControl` has to say. For one thread.
final class BoardTalk {
  private var control: BoardControl
  private let source: ByteSource
  private let display: StatusDisplay
  private let tally: Tally
  /// A line that took nothing is left alone until then.
  private var silentUntil: UInt64 = 0

  /// Milliseconds that the line may take nothing: what comes in must not wait for what goes out.
  private static let patience = 20

  init(_ control: BoardControl, source: ByteSource, display: StatusDisplay, tally: Tally) {
    self.control = control
    self.source = source
    self.display = display
    self.tally = tally
  }

  /// - Parameters:
  ///   - event: what happened at the board's end.
  ///   - decoded: what that told.
  ///   - statistics: of the decoder, with it.
  ///   - recorder: keeps what is said, too.
  func answer(
    _ event: ByteEvent, _ decoded: [LinkEvent], _ statistics: LinkStatistics, recorder: Recorder?
  ) {
    let now = WallClock.nanoseconds()
    var bytes: [UInt8]
    switch event {
    case .connected: bytes = control.connected(at: now)
    case .idle, .silent: bytes = control.idle(at: now)
    case .skipped, .disconnected, .ended: return
    case .bytes(let received, _):
      let notices: [BoardControl.Notice]
      (bytes, notices) = control.received(
        received.count, telling: decoded, statistics, at: now)
      for notice in notices { show(notice) }
      tally.update {
        $0.roundTrip = control.roundTrip
        $0.packetSize = control.packetSize
      }
    }
    guard !bytes.isEmpty, now >= silentUntil else { return }
    do throws(PortError) {
      try source.write(bytes, milliseconds: Self.patience)
    } catch {
      // All of it is said again, or outdated soon.
      silentUntil = now + 2_000_000_000
      return
    }
    recorder?.record(sent: bytes)
  }

  private func show(_ notice: BoardControl.Notice) {
    switch notice {
    case .done(let command): display.message("the board agrees: \(command)")
    case .refused(let command, let status):
      display.message("the board refuses: \(command): \(status)", style: .yellow)
    case .unanswered(let command):
      display.message("the board does not answer: \(command)", style: .yellow)
    }
  }
}

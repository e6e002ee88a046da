internal import Images
internal import OnBoard
internal import Packets
internal import Text

/// Decodes the bytes of a board, from a port, a socket or a recording.
///
///     var link = try Link("jpeg-stream")
///     for event in link.receive(bytes) {
///       if case .image(let picture, _) = event { print(try reader.read(picture).text) }
///     }
///
/// Events depend on the bytes alone, not on how they were split. What is damaged or lost is an event,
/// never an error.
public struct Link: Sendable {
  /// Something that came.
  public enum Event: Sendable {
    /// An image; `missingRows` names the rows of a damaged one that never arrived.
    case image(Picture, isDamaged: Bool)
    /// Text that the board read in an image by itself.
    case text(Page, number: Int)
    /// Images of which nothing can be shown, and why.
    case lost(images: Int, cause: String)
    /// Bytes that belong to nothing, and why.
    case dropped(bytes: Int, cause: String)
    /// What the board says in words, or what looks wrong with how its bytes are taken.
    case message(String)
  }

  private var decoder: any LinkDecoder

  /// - Parameter name: the protocol, as `--protocol`: `scribe`, `jpeg-stream`,
  ///   `raw:320x240:gray8:sync=AA55`.
  /// - Throws: `SerialScribeError.option`.
  public init(_ name: String = "scribe") throws(SerialScribeError) {
    do throws(LinkProtocolError) {
      decoder = try LinkProtocol(parsing: name).makeDecoder()
    } catch {
      throw .option(name: "protocol", value: name, reason: "\(error)")
    }
  }

  /// Takes the next bytes.
  public mutating func receive(_ bytes: [UInt8]) -> [Event] {
    decoder.decode(bytes).compactMap(Event.init)
  }

  /// Says that nothing came for half a second or more: the end of an image, in some protocols.
  public mutating func idle() -> [Event] { decoder.idle().compactMap(Event.init) }

  /// Ends the stream: gives unfinished images out. The next bytes start anew.
  public mutating func finish() -> [Event] { decoder.finish().compactMap(Event.init) }
}

extension Link.Event {
  /// Nil for what is between board and host alone.
  fileprivate init?(_ event: LinkEvent) {
    switch event {
    case .image(let image): self = .image(Picture(image), isDamaged: false)
    case .damagedImage(let image, _): self = .image(Picture(image), isDamaged: true)
    case .text(let text): self = .text(Page(Reading(text)), number: Int(text.number))
    case .imagesLost(let count, let cause): self = .lost(images: count, cause: cause.rawValue)
    case .bytesDropped(let cause, let count): self = .dropped(bytes: count, cause: cause.rawValue)
    case .advice(let advice): self = .message(advice.words)
    case .console(let text), .log(let text): self = .message(text)
    case .descriptor, .hello, .boardStatistics, .ping, .pong, .response, .textDump: return nil
    }
  }
}

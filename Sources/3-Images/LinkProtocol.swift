/// The protocol that a link speaks, with its options.
public enum LinkProtocol: Sendable, Hashable {
  /// Link protocol v1: packets with checksums.
  case scribe
  /// JPEG files one after another, as the usual OV2640 sketches send them.
  case jpegStream
  /// Pixels with nothing but, perhaps, sync bytes before each image.
  case raw(RawLayout)

  /// `scribe`, `jpeg-stream`, or `raw:WIDTHxHEIGHT:FORMAT` and options, as `raw:320x240:gray8` or
  /// `raw:160x120:rgb565be:row+5:frame+2:sync=AA55AA55`, see `RawLayout`.
  ///
  /// - Throws: `LinkProtocolError` that says which part makes no sense.
  public init(parsing text: String) throws(LinkProtocolError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch parts[0] {
    case "scribe", "jpeg-stream":
      guard parts.count == 1 else { throw .noOptionsExpected(protocol: parts[0], given: parts[1]) }
      self = parts[0] == "scribe" ? .scribe : .jpegStream
    case "raw":
      self = .raw(try RawLayout(parsing: parts.dropFirst()))
    default:
      throw .unknownProtocol(parts[0])
    }
  }

  /// A decoder of this protocol at the start of a stream.
  public func makeDecoder(limits: LinkLimits = LinkLimits()) -> any LinkDecoder {
    switch self {
    case .scribe: ScribeDecoder(limits: limits)
    case .jpegStream: JPEGStreamDecoder(limits: limits)
    case .raw(let layout): RawDecoder(layout: layout)
    }
  }
}

extension LinkProtocol: CustomStringConvertible {
  /// The text that `init(parsing:)` takes.
  public var description: String {
    switch self {
    case .scribe: "scribe"
    case .jpegStream: "jpeg-stream"
    case .raw(let layout): layout.description
    }
  }
}

/// Why a protocol's name or options make no sense.
public enum LinkProtocolError: Error, Hashable, CustomStringConvertible {
  case unknownProtocol(String)
  case noOptionsExpected(protocol: String, given: String)
  case sizeMissing
  case badSize(String)
  case formatMissing
  case badFormat(String)
  case badSync(String)
  case unknownOption(String)
  case badGap(String)
  case imageTooLarge(bytes: Int, limit: Int)

  public var description: String {
    switch self {
    case .unknownProtocol(let name):
      "unknown protocol '\(name)': use scribe, jpeg-stream or "
        + "raw:WIDTHxHEIGHT:FORMAT[:sync=HEX]"
    case .noOptionsExpected(let name, let given):
      "protocol '\(name)' takes no options, but '\(given)' was given"
    case .sizeMissing:
      "protocol 'raw' needs a size and a pixel format, as in raw:320x240:gray8"
    case .badSize(let text):
      "'\(text)' is no image size: use WIDTHxHEIGHT with 1 to 65535 each, as in 320x240"
    case .formatMissing:
      "protocol 'raw' needs a pixel format after the size: \(RawLayout.formatNames)"
    case .badFormat(let text):
      "'\(text)' is no pixel format of protocol 'raw': use one of \(RawLayout.formatNames)"
    case .badSync(let text):
      "'\(text)' are no sync bytes: use 1 to 16 bytes in hexadecimal, as in sync=AA55"
    case .unknownOption(let text):
      "protocol 'raw' has no option '\(text)': after the format come sync=HEX, "
        + "row+N and frame+N for bytes behind each, N+row and N+frame for bytes before each, or nothing"
    case .badGap(let text):
      "'\(text)' are no bytes beside rows or frames: use 1 to 65535, as in row+5"
    case .imageTooLarge(let bytes, let limit):
      "an image of \(bytes) bytes is more than the limit of \(limit)"
    }
  }
}

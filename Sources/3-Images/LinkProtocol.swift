/// The protocol that a link speaks, with its options.
public enum LinkProtocol: Sendable, Hashable {
  /// Link protocol v1: packets with checksums.
  case scribe
  /// JPEG files one after another, as the usual OV2640 sketches send them.
  case jpegStream
  /// Pixels with nothing but, perhaps, sync bytes before each image.
  case raw(RawLayout)

  /// `scribe`, `jpeg-stream`, or `raw:WIDTHxHEIGHT:FORMAT[:sync=HEX]`, as `raw:320x240:gray8` or
  /// `raw:160x120:rgb565be:sync=AA55AA55`.
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
  case imageTooLarge(bytes: Int, limit: Int)

  public var description: String {
    switch self {
    case .unknownProtocol(let name):
      "unknown protocol '\(name)': use scribe, jpeg-stream or raw:WIDTHxHEIGHT:FORMAT[:sync=HEX]"
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
      "protocol 'raw' has no option '\(text)': after the format comes sync=HEX or nothing"
    case .imageTooLarge(let bytes, let limit):
      "an image of \(bytes) bytes is more than the limit of \(limit)"
    }
  }
}

/// The layout of a stream of bare pixels.
public struct RawLayout: Sendable, Hashable, CustomStringConvertible {
  public let width: Int
  public let height: Int
  public let format: PixelFormat
  /// Bytes that precede every image; empty if there are none.
  public let sync: [UInt8]
  /// Bytes of an image without its sync.
  public let imageBytes: Int

  static let formats = PixelFormat.allCases.filter { $0.bytesPerRow(width: 1) != nil }
  static let formatNames = formats.map(\.rawValue).joined(separator: ", ")

  /// - Throws: `LinkProtocolError` for a size, format or sync that is impossible.
  public init(
    width: Int, height: Int, format: PixelFormat, sync: [UInt8] = [],
    limits: LinkLimits = LinkLimits()
  ) throws(LinkProtocolError) {
    guard 1...65535 ~= width, 1...65535 ~= height else { throw .badSize("\(width)x\(height)") }
    guard let rowBytes = format.bytesPerRow(width: width) else { throw .badFormat(format.rawValue) }
    guard sync.count <= 16 else {
      throw .badSync(sync.map(Self.hexadecimal).joined())
    }
    let bytes = rowBytes * height
    guard bytes <= limits.maximumImageBytes else {
      throw .imageTooLarge(bytes: bytes, limit: limits.maximumImageBytes)
    }
    self.width = width
    self.height = height
    self.format = format
    self.sync = sync
    imageBytes = bytes
  }

  /// The parts after `raw`.
  init(parsing parts: ArraySlice<String>) throws(LinkProtocolError) {
    var parts = parts
    guard let size = parts.popFirst(), !size.isEmpty else { throw .sizeMissing }
    let sides = size.split(separator: "x", omittingEmptySubsequences: false).map(Self.side)
    guard sides.count == 2, let width = sides[0], let height = sides[1] else {
      throw .badSize(size)
    }
    guard let name = parts.popFirst(), !name.isEmpty else { throw .formatMissing }
    guard let format = PixelFormat(rawValue: name) else { throw .badFormat(name) }
    var sync: [UInt8] = []
    if let option = parts.popFirst() {
      guard option.hasPrefix("sync=") else { throw .unknownOption(option) }
      let digits = String(option.dropFirst("sync=".count))
      guard let bytes = Self.bytes(hexadecimal: digits), !bytes.isEmpty else {
        throw .badSync(digits)
      }
      sync = bytes
    }
    if let extra = parts.first { throw .unknownOption(extra) }
    try self.init(width: width, height: height, format: format, sync: sync)
  }

  public var description: String {
    let base = "raw:\(width)x\(height):\(format.rawValue)"
    return sync.isEmpty ? base : base + ":sync=" + sync.map(Self.hexadecimal).joined()
  }

  private static func side(_ digits: Substring) -> Int? {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return Int(digits).flatMap { 1...65535 ~= $0 ? $0 : nil }
  }

  private static func bytes(hexadecimal digits: String) -> [UInt8]? {
    let values = digits.utf8.map { digit -> UInt8? in
      switch digit {
      case 0x30...0x39: digit - 0x30
      case 0x41...0x46: digit - 0x41 + 10
      case 0x61...0x66: digit - 0x61 + 10
      default: nil
      }
    }
    guard values.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: values.count, by: 2) {
      guard let high = values[index], let low = values[index + 1] else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count == 1 ? "0" + digits : digits
  }
}

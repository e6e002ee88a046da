/// A request to a board that waits to be asked.
public enum BoardRequest: Sendable, Hashable {
  case bytes([UInt8])
  case preset(Preset)

  /// The requests that boards of one kind wait for.
  public enum Preset: String, Sendable, Hashable, CaseIterable {
    /// One JPEG, as the sketches of ArduCAM's Mini cameras for its host program send it.
    case arducam
    /// A stream of JPEGs from the same sketches.
    case arducamStream = "arducam-stream"
    /// A camera with a VC0706, as TTL serial cameras have: its questions and answers.
    case vc0706
  }

  /// The most bytes of a request: more is no command.
  public static let mostBytes = 1024

  /// The name of a preset; bytes as `0x10`, `0x10 0xAB`, `10 AB` or `hex:10AB`; or text, with \n,
  /// \r, \t, \0, \\ and \x10 for what can't be typed. `text:` stands before a text that could be
  /// hex.
  ///
  /// - Throws: `BoardRequestError`.
  public init(parsing text: String) throws(BoardRequestError) {
    if let preset = Preset(rawValue: text) {
      self = .preset(preset)
      return
    }
    self = .bytes(try Self.bytes(of: text))
  }

  private static func bytes(of text: String) throws(BoardRequestError) -> [UInt8] {
    let bytes: [UInt8]
    if text.hasPrefix("text:") {
      bytes = try unescaped(text, String(text.dropFirst(5)))
    } else if text.hasPrefix("hex:") {
      bytes = try hex(text, String(text.dropFirst(4)))
    } else if text.lowercased().hasPrefix("0x") {
      bytes = try hex(text, text)
    } else {
      let words = text.split(separator: " ", omittingEmptySubsequences: false)
      let arePairs = words.allSatisfy { $0.utf8.count == 2 && $0.utf8.allSatisfy(isDigit) }
      if arePairs, words.count > 1 {
        bytes = try hex(text, text)
      } else {
        let isEither =
          text.utf8.count.isMultiple(of: 2) && text.utf8.allSatisfy(isDigit)
          && text.utf8.contains { 0x30...0x39 ~= $0 }
        guard !isEither || text.isEmpty else { throw .ambiguous(text) }
        bytes = try unescaped(text, text)
      }
    }
    guard !bytes.isEmpty else { throw .empty }
    guard bytes.count <= mostBytes else { throw .tooLong(bytes.count) }
    return bytes
  }

  private static func isDigit(_ byte: UInt8) -> Bool { value(byte) != nil }

  private static func value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }

  // The bytes of `digits`, a part of `text`, with or without 0x, and with spaces, commas or nothing
  // between bytes.
  private static func hex(_ text: String, _ digits: String) throws(BoardRequestError) -> [UInt8] {
    var bytes: [UInt8] = []
    for word in digits.split(whereSeparator: { $0 == " " || $0 == "," }) {
      var values: [UInt8] = []
      for byte in word.lowercased().hasPrefix("0x") ? word.utf8.dropFirst(2) : word.utf8[...] {
        guard let value = value(byte) else { throw .notHex(text) }
        values.append(value)
      }
      if values.count == 1 { values.insert(0, at: 0) }
      guard !values.isEmpty, values.count.isMultiple(of: 2) else { throw .notHex(text) }
      for index in stride(from: 0, to: values.count, by: 2) {
        bytes.append(values[index] << 4 | values[index + 1])
      }
    }
    return bytes
  }

  private static func unescaped(
    _ text: String, _ words: String
  ) throws(BoardRequestError) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(words.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "n"): bytes.append(10)
      case UInt8(ascii: "r"): bytes.append(13)
      case UInt8(ascii: "t"): bytes.append(9)
      case UInt8(ascii: "0"): bytes.append(0)
      case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
      case UInt8(ascii: "x"):
        guard let high = rest.popFirst().flatMap(value), let low = rest.popFirst().flatMap(value)
        else { throw .badEscape(text) }
        bytes.append(high << 4 | low)
      default: throw .badEscape(text)
      }
    }
    return bytes
  }
}

/// Reasons why a request to a board makes no sense.
public enum BoardRequestError: Error, Hashable, CustomStringConvertible {
  case empty
  case tooLong(Int)
  /// Hex and text at once.
  case ambiguous(String)
  case notHex(String)
  case badEscape(String)

  public var description: String {
    switch self {
    case .empty: "there is nothing to say: give bytes as 0x10 or text as snap"
    case .tooLong(let count):
      "\(count) bytes are more than the \(BoardRequest.mostBytes) that can be said"
    case .ambiguous(let text):
      "'\(text)' may be bytes or text: give hex:\(text) or text:\(text)"
    case .notHex(let text):
      "'\(text)' is no hex: give two digits a byte, as 0x10, '0x10 0xAB', '10 AB' or hex:10AB, or "
        + "text:\(text)"
    case .badEscape(let text):
      "'\(text)' has a \\ before what it can't stand before: there are \\n, \\r, \\t, \\0, \\\\ and "
        + "\\x10"
    }
  }
}

/// The ways in which bytes of a link are written as text.
public enum TextDumpKind: String, Sendable, Hashable, CaseIterable {
  /// Hex digits, two a byte: spaced, `0x..,`, C arrays, after offsets or after a decoder's name.
  case hex
  case base64
  /// One byte a line, in a column of its own, as logic analysers write it.
  case csv
}

/// Whether text is looked through for bytes.
public enum TextDumpChoice: Sendable, Hashable {
  /// Text is decoded where it is certain that it stands for bytes.
  case automatic
  /// All of it is a dump of this kind.
  case only(TextDumpKind)
  case none
}

/// The dump that was found in text, told once.
public struct TextDumpNotice: Sendable, Hashable {
  public enum Content: Sendable, Hashable {
    case jpeg, packets
    /// Neither of them: perhaps pixels.
    case unknown
  }

  public let kind: TextDumpKind
  public let content: Content
  /// Whether it is decoded from here on; if it isn't, the protocol doesn't fit.
  public let isDecoded: Bool
  /// The protocol that was chosen for it, where none was given.
  public internal(set) var taken: LinkProtocol?
}

/// The look of a dump's lines; a line of another look is text.
struct TextDumpFormat: Hashable {
  enum Prefix: Hashable {
    case none, offset
    /// The characters before each line's colon, with every digit as 0.
    case tag([UInt8])
  }

  var kind: TextDumpKind
  var prefix = Prefix.none
  /// The column of a CSV that holds the bytes.
  var column = 0
  /// Whether a CSV's numbers without 0x are decimal.
  var isDecimal = false
  /// Whether the bytes of a word are swapped, as hexdump and od print them: this machine holds the
  /// low byte of a word first.
  var swapsWords = false

  /// Whether the lines are a protocol decoder's, one byte each.
  var isAnnotation: Bool {
    guard case .tag(let tag) = prefix else { return false }
    return tag.count >= 4 && tag.firstRange(of: Array("uart".utf8)) != nil
  }

  /// Whether the lines look as in no firmware's log.
  var isAnalyser: Bool { kind == .csv || isAnnotation }
}

/// A line of text or, of a long one, a piece.
struct TextDumpPiece {
  var bytes: [UInt8]
  var startsLine: Bool
  var endsLine: Bool
  /// The number of bytes that no text has.
  var strange: Int
}

/// Cuts bytes into lines, and long lines into pieces. The pieces don't depend on how the bytes
/// come.
struct TextDumpCutter {
  /// The longest piece of a line. A piece ends after the last separator near this length, or here.
  static let longest = 512
  private static let reach = 64
  /// Strange bytes that show that a piece is no text, and needn't wait for the line's end.
  private static let mostStrange = 8

  private var held: [UInt8] = []
  private var strange = 0
  private var startsLine = true

  var pendingBytes: Int { held.count }

  /// The next piece of `rest`; nil where its end hasn't come, and all of `rest` is held then.
  mutating func next(_ rest: inout ArraySlice<UInt8>) -> TextDumpPiece? {
    var index = rest.startIndex
    while index < rest.endIndex {
      let byte = rest[index]
      index += 1
      held.append(byte)
      if byte == 10 || byte == 13 {
        rest = rest[index...]
        return give(held.count, endsLine: true)
      }
      if Self.isStrange(byte) { strange += 1 }
      if strange == Self.mostStrange {
        rest = rest[index...]
        return give(held.count, endsLine: false)
      }
      if held.count == Self.longest {
        rest = rest[index...]
        return give(separation ?? held.count, endsLine: false)
      }
    }
    rest = []
    return nil
  }

  /// The place near the end of a long piece where one word ends and another starts.
  private var separation: Int? {
    held.indices.dropFirst().suffix(Self.reach).last {
      Self.isSeparator(held[$0 - 1]) || held[$0] == UInt8(ascii: "\\")
    }
  }

  /// The bytes held, as if they were a whole piece; the next bytes start a new line if
  /// `startingLine`.
  mutating func flush(startingLine: Bool) -> TextDumpPiece? {
    defer { startsLine = startingLine || startsLine }
    return held.isEmpty ? nil : give(held.count, endsLine: false)
  }

  /// Hands out the bytes held, which are no dump.
  mutating func drain() -> [UInt8] {
    defer { (held, strange) = ([], 0) }
    return held
  }

  /// Notes that a line's end has passed.
  mutating func startLine() { startsLine = true }

  private mutating func give(_ count: Int, endsLine: Bool) -> TextDumpPiece {
    // Those behind the separator count for the next piece.
    let rest = held[count...].count { Self.isStrange($0) }
    let piece = TextDumpPiece(
      bytes: Array(held[..<count]), startsLine: startsLine, endsLine: endsLine,
      strange: strange - rest)
    held.removeFirst(count)
    strange = rest
    startsLine = endsLine
    return piece
  }

  static func isStrange(_ byte: UInt8) -> Bool {
    byte < 7 || byte > 0x7E || byte > 13 && byte < 0x20 && byte != 0x1B
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x2C || byte == 9
  }
}

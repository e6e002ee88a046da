/// How bytes of a link are written as text.
public enum TextDumpKind: String, Sendable, Hashable, CaseIterable {
  /// Digits, two a byte: spaced, `0x..,`, C arrays, behind offsets or behind a decoder's name.
  case hex
  case base64
  /// A byte a line, in a column of its own, as logic analysers write it.
  case csv
}

/// Whether text is looked through for bytes.
public enum TextDumpChoice: Sendable, Hashable {
  /// Where it is certain.
  case automatic
  /// All of it is a dump of this kind.
  case only(TextDumpKind)
  case none
}

/// What was found in text, told once.
public struct TextDumpNotice: Sendable, Hashable {
  public enum Content: Sendable, Hashable {
    case jpeg, packets
    /// Neither: pixels, perhaps.
    case unknown
  }

  public let kind: TextDumpKind
  public let content: Content
  /// Whether it is decoded from here on; the protocol doesn't fit where it isn't.
  public let isDecoded: Bool
  /// The protocol that was taken for it, where none was given.
  public internal(set) var taken: LinkProtocol?
}

/// What lines of a dump look like; a line of another look is text.
struct TextDumpFormat: Hashable {
  enum Prefix: Hashable {
    case none, offset
    /// What stands before each line's colon, with any digits as 0.
    case tag([UInt8])
  }

  var kind: TextDumpKind
  var prefix = Prefix.none
  /// Of a CSV.
  var column = 0
  /// Of a CSV's numbers without 0x.
  var isDecimal = false
  /// hexdump and od write words as this machine holds them, the low byte first.
  var swapsWords = false

  /// A protocol decoder's lines, one byte each.
  var isAnnotation: Bool {
    guard case .tag(let tag) = prefix else { return false }
    return tag.count >= 4 && tag.firstRange(of: Array("uart".utf8)) != nil
  }

  /// Whether no firmware's log looks so.
  var isAnalyser: Bool { kind == .csv || isAnnotation }
}

/// A line of text or, of a long one, a piece.
struct TextDumpPiece {
  var bytes: [UInt8]
  var startsLine: Bool
  var endsLine: Bool
  /// Bytes that no text has.
  var strange: Int
}

/// Cuts bytes into lines, and long lines into pieces; the same ones however the bytes come.
struct TextDumpCutter {
  /// Pieces end behind a separator near here, or here.
  static let longest = 512
  private static let reach = 64
  /// So many strange bytes are no text, and needn't wait for a line's end.
  private static let mostStrange = 8

  private var held: [UInt8] = []
  private var strange = 0
  private var startsLine = true

  var pendingBytes: Int { held.count }

  /// The next piece of `rest`, or nil where its end hasn't come; `rest` is then taken.
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

  /// Where near the end of a long line one word ends and another starts.
  private var separation: Int? {
    held.indices.dropFirst().suffix(Self.reach).last {
      Self.isSeparator(held[$0 - 1]) || held[$0] == UInt8(ascii: "\\")
    }
  }

  /// What is held, as if it were whole; what comes is taken for a new line where `startingLine`.
  mutating func flush(startingLine: Bool) -> TextDumpPiece? {
    defer { startsLine = startingLine || startsLine }
    return held.isEmpty ? nil : give(held.count, endsLine: false)
  }

  /// Takes what is held, since it is no dump.
  mutating func drain() -> [UInt8] {
    defer { (held, strange) = ([], 0) }
    return held
  }

  /// A line's end has passed by.
  mutating func startLine() { startsLine = true }

  private mutating func give(_ count: Int, endsLine: Bool) -> TextDumpPiece {
    let piece = TextDumpPiece(
      bytes: Array(held[..<count]), startsLine: startsLine, endsLine: endsLine, strange: strange)
    held.removeFirst(count)
    // None is behind a separator: they are too few to be told apart.
    strange = held.count { Self.isStrange($0) }
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

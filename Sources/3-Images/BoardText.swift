/// Text that a board read in an image by itself: TEXT.
public struct BoardText: Sendable, Hashable {
  /// Number of the image.
  public var number: UInt32
  /// Microseconds of the board's clock at capture; 0 if it has none.
  public var timestamp: UInt64
  /// Size of the image in pixels.
  public var width: Int
  public var height: Int
  /// Time that reading took on the board; 0 if unknown.
  public var milliseconds: Int
  /// In reading order; empty for an image without text.
  public var lines: [Line]

  public struct Line: Sendable, Hashable {
    public var box: PixelBox
    public var isLightOnDark: Bool
    /// Whether the line is what the board's pattern says; nil if it has none.
    public var matchesPattern: Bool?
    /// 255 is sure.
    public var confidence: UInt8
    /// Left to right, at least one.
    public var characters: [Character]

    public init(
      box: PixelBox, isLightOnDark: Bool, matchesPattern: Bool? = nil, confidence: UInt8,
      characters: [Character]
    ) {
      self.box = box
      self.isLightOnDark = isLightOnDark
      self.matchesPattern = matchesPattern
      self.confidence = confidence
      self.characters = characters
    }
  }

  public struct Character: Sendable, Hashable {
    /// A visible character, no space.
    public var scalar: Unicode.Scalar
    public var hasSpaceBefore: Bool
    /// 255 is sure.
    public var confidence: UInt8
    public var box: PixelBox

    public init(
      scalar: Unicode.Scalar, hasSpaceBefore: Bool, confidence: UInt8, box: PixelBox
    ) {
      self.scalar = scalar
      self.hasSpaceBefore = hasSpaceBefore
      self.confidence = confidence
      self.box = box
    }
  }

  public init(
    number: UInt32, timestamp: UInt64 = 0, width: Int, height: Int, milliseconds: Int = 0,
    lines: [Line]
  ) {
    self.number = number
    self.timestamp = timestamp
    self.width = width
    self.height = height
    self.milliseconds = milliseconds
    self.lines = lines
  }
}

/// One packet of a TEXT.
struct BoardTextPart {
  /// The second has characters beyond ASCII.
  static let versions: ClosedRange<UInt8> = 1...2
  /// Stands for a character beyond ASCII, whose UTF-8 follows.
  private static let beyondASCII: UInt8 = 0x7F

  var isLast: Bool
  var part: Int
  var lineCount: Int
  /// The text with the lines of this part only.
  var text: BoardText
  /// The number of its first line, and whether that goes on with a line of the part before.
  var firstLine = 0
  var isContinued = false

  /// Why a body can't be used.
  enum Refusal: Error {
    case unsupportedVersion
    case malformed
  }

  /// - Throws: `Refusal`; otherwise every field has been checked.
  init(_ body: ArraySlice<UInt8>) throws(Refusal) {
    var reader = ByteReader(body)
    guard let version = reader.u8() else { throw .malformed }
    guard Self.versions.contains(version) else { throw .unsupportedVersion }
    guard let flags = reader.u8(), let part = reader.u16(),
      let number = reader.u32(), let timestamp = reader.u64(), let width = reader.u16(),
      let height = reader.u16(), let milliseconds = reader.u16(), let lineCount = reader.u16(),
      Int(lineCount) <= BoardText.maximumLines
    else { throw .malformed }
    isLast = flags & 1 != 0
    self.part = Int(part)
    self.lineCount = Int(lineCount)
    text = BoardText(
      number: number, timestamp: timestamp, width: Int(width), height: Int(height),
      milliseconds: Int(milliseconds), lines: [])
    while !reader.isAtEnd {
      guard let line = Self.line(&reader, in: text, hasSigns: version > 1),
        line.number < self.lineCount
      else {
        throw .malformed
      }
      if text.lines.isEmpty {
        firstLine = line.number
        isContinued = line.isContinued
      } else if line.isContinued || line.number != firstLine + text.lines.count {
        throw .malformed
      }
      text.lines.append(line.line)
    }
  }

  private static func line(
    _ reader: inout ByteReader, in text: BoardText, hasSigns: Bool
  ) -> (number: Int, isContinued: Bool, line: BoardText.Line)? {
    guard let number = reader.u8(), let count = reader.u8(), count > 0, let flags = reader.u8(),
      let confidence = reader.u8(), let x = reader.u16(), let y = reader.u16(),
      let width = reader.u16(), let height = reader.u16()
    else { return nil }
    let box = PixelBox(x: Int(x), y: Int(y), width: Int(width), height: Int(height))
    guard box.lies(inWidth: text.width, height: text.height) else { return nil }
    var line = BoardText.Line(
      box: box, isLightOnDark: flags & 1 != 0,
      matchesPattern: flags & 4 != 0 ? flags & 8 != 0 : nil, confidence: confidence,
      characters: [])
    var right = box.x
    for _ in 0..<count {
      guard let code = reader.u8(),
        let scalar = scalar(code & 0x7F, &reader, hasSigns: hasSigns),
        let confidence = reader.u8(), let x = reader.signed(),
        let y = reader.signed(), let width = reader.unsigned(), let height = reader.unsigned()
      else { return nil }
      let place = PixelBox(x: right + x, y: box.y + y, width: width, height: height)
      guard place.lies(inWidth: text.width, height: text.height) else { return nil }
      line.characters.append(
        BoardText.Character(
          scalar: scalar, hasSpaceBefore: code & 0x80 != 0, confidence: confidence,
          box: place))
      right = place.x + place.width
    }
    return (Int(number), flags & 2 != 0, line)
  }

  /// The character of a code; nil where it isn't a visible one.
  private static func scalar(
    _ code: UInt8, _ reader: inout ByteReader, hasSigns: Bool
  ) -> Unicode.Scalar? {
    if 0x21...0x7E ~= code { return Unicode.Scalar(code) }
    guard hasSigns, code == beyondASCII, let scalar = reader.scalar(), !scalar.isASCII
    else { return nil }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator,
      .paragraphSeparator:
      return nil
    default: return scalar
    }
  }
}

/// The parts of a TEXT that came so far.
struct BoardTextAssembly {
  private(set) var text: BoardText
  /// Bytes of its packets.
  private(set) var pendingBytes: Int
  private var nextPart = 1
  private let lineCount: Int

  /// Nil unless it is a first part.
  init?(_ first: BoardTextPart, bytes: Int) {
    guard first.part == 0, !first.isContinued, first.firstLine == 0 else { return nil }
    text = first.text
    lineCount = first.lineCount
    pendingBytes = bytes
  }

  /// Whether all lines of the text have come.
  var isComplete: Bool { text.lines.count == lineCount }

  /// Whether a part is the next one and fits; it is taken then.
  mutating func take(_ next: BoardTextPart, bytes: Int) -> Bool {
    guard next.part == nextPart, next.lineCount == lineCount,
      next.text.number == text.number, next.text.timestamp == text.timestamp,
      next.text.width == text.width, next.text.height == text.height
    else { return false }
    var lines = next.text.lines
    if next.isContinued {
      guard let rest = lines.first, let last = text.lines.indices.last,
        next.firstLine == last, text.lines[last].box == rest.box
      else { return false }
      text.lines[last].characters += rest.characters
      lines.removeFirst()
    } else if !lines.isEmpty, next.firstLine != text.lines.count {
      return false
    }
    text.lines += lines
    let count = text.lines.reduce(0) { $0 + $1.characters.count }
    guard count <= BoardText.maximumCharacters else { return false }
    nextPart += 1
    pendingBytes += bytes
    return true
  }
}

extension BoardText {
  /// SCRIBE_TEXT_MAXIMUM_LINES and SCRIBE_TEXT_MAXIMUM_CHARACTERS of scribe_text.h.
  static let maximumLines = 128
  static let maximumCharacters = 2048
}

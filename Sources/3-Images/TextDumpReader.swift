/// The content of a piece of text.
enum TextDumpContent: Equatable {
  case bytes([UInt8])
  /// A part of the dump without bytes of its own.
  case nothing
}

/// Turns lines of one look into bytes.
struct TextDumpReader {
  var format: TextDumpFormat
  private var base64 = Base64Lines()
  private var squeeze = SqueezedLines()
  private var lines = 0

  init(_ format: TextDumpFormat) { self.format = format }

  /// The look of a line that may be a dump's, with its bytes; nil where it is none.
  static func recognize(
    _ piece: TextDumpPiece, only kind: TextDumpKind?
  ) -> (reader: TextDumpReader, content: TextDumpContent)? {
    guard piece.startsLine else { return nil }
    let text = trimmed(piece)
    guard !text.isEmpty else { return nil }
    var formats: [TextDumpFormat] = []
    if let csv = CSVLine.format(text) { formats.append(csv) }
    if let line = HexLine(text, startsLine: true) {
      let words = line.tokens.tokens.allSatisfy { $0.value.count == 4 && !$0.isMarked }
      formats.append(
        TextDumpFormat(
          kind: .hex, prefix: line.prefix,
          swapsWords: line.isBareOffset && line.offset.count == 7 && words))
    }
    if Base64Lines.mayStart(text) { formats.append(TextDumpFormat(kind: .base64)) }
    for format in formats where kind == nil || format.kind == kind {
      var reader = TextDumpReader(format)
      if let content = reader.read(piece) { return (reader, content) }
    }
    return nil
  }

  /// The bytes of a piece; nil where it isn't of this look.
  mutating func read(_ piece: TextDumpPiece) -> TextDumpContent? {
    let text = Self.trimmed(piece)
    guard !text.isEmpty else { return .nothing }
    switch format.kind {
    case .csv: return CSVLine.content(text, format)
    case .base64: return base64.read(text, startsLine: piece.startsLine, endsLine: piece.endsLine)
    case .hex: return readHex(text, piece)
    }
  }

  /// The bytes of a piece in which some words may be damaged; nil where it isn't of this look.
  func readDamaged(_ piece: TextDumpPiece) -> [UInt8]? {
    guard format.kind == .hex, !format.isAnnotation else { return nil }
    return HexLine(
      damaged: Self.trimmed(piece), prefix: format.prefix, startsLine: piece.startsLine)?
      .tokens.bytes(swapsWords: format.swapsWords)
  }

  private mutating func readHex(
    _ text: ArraySlice<UInt8>, _ piece: TextDumpPiece
  ) -> TextDumpContent? {
    if format.prefix == .offset, piece.startsLine {
      if text.elementsEqual([UInt8(ascii: "*")]) {
        squeeze.skip()
        return .nothing
      }
      // The last line holds only the offset at which the bytes end.
      if text.count >= 6, text.count <= 16, text.allSatisfy({ HexTokens.value($0) != nil }) {
        return squeeze.fill(upTo: text).map { .bytes($0) } ?? .nothing
      }
    }
    guard let line = HexLine(text, startsLine: piece.startsLine) else {
      // The line may hold only brackets.
      if HexTokens(text)?.tokens.isEmpty == true { return .nothing }
      return format.isAnnotation && Self.isAnnotation(text) ? .nothing : nil
    }
    if piece.startsLine {
      lines += 1
      // The label may stand before the first line alone.
      if lines == 2, line.prefix == .none, case .tag = format.prefix, !format.isAnnotation {
        format.prefix = .none
      }
    }
    guard !piece.startsLine || line.prefix == format.prefix else {
      return format.isAnnotation && Self.isAnnotation(text) ? .nothing : nil
    }
    // The decoder has lines for bits, too.
    if format.isAnnotation, line.tokens.tokens.contains(where: { $0.value.count != 2 }) {
      return .nothing
    }
    let bytes = line.tokens.bytes(swapsWords: format.swapsWords)
    guard format.prefix == .offset, piece.startsLine else { return .bytes(bytes) }
    let filled = squeeze.fill(upTo: line.offset) ?? []
    squeeze.add(bytes, at: line.offset, textBytes: piece.bytes.count)
    return .bytes(filled + bytes)
  }

  private static func isAnnotation(_ text: ArraySlice<UInt8>) -> Bool {
    text.prefix(64).map { $0 | 0x20 }.firstRange(of: Array("uart".utf8)) != nil
  }

  /// The text of a piece without spaces around it, and without the time that a terminal program
  /// wrote before it.
  static func trimmed(_ piece: TextDumpPiece) -> ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 9...13 ~= byte }
    var text = piece.bytes[...].drop(while: isSpace)
    while let last = text.last, isSpace(last) { text.removeLast() }
    guard piece.startsLine else { return text }
    if text.first == UInt8(ascii: "["), let end = text.prefix(40).firstIndex(of: UInt8(ascii: "]")),
      text[..<end].contains(UInt8(ascii: ":"))
    {
      text = text[(end + 1)...].drop(while: isSpace)
    } else if let arrow = text.prefix(40).firstRange(of: Array(" -> ".utf8)) {
      text = text[arrow.upperBound...].drop(while: isSpace)
    }
    return text
  }
}

/// Base64 in lines.
struct Base64Lines {
  private var bits: UInt32 = 0
  private var count = 0
  /// Characters of the first line of a block, and of the current one so far.
  private var width = 0
  private var column = 0
  /// Whether the block has ended: its last line was shorter than the first, or filled up with `=`.
  private var hasEnded = true
  /// Whether the rest of this line is no base64.
  private var isPast = false

  private static let mark = Array(";base64,".utf8)
  /// Characters of the shortest line of base64; a shorter one is taken for a word.
  private static let shortest = 16

  static func mayStart(_ text: ArraySlice<UInt8>) -> Bool {
    if text.firstRange(of: mark) != nil { return true }
    let (body, rest) = split(text)
    return rest.isEmpty && (body.count >= shortest || text.starts(with: Array("/9j/".utf8)))
  }

  private static func split(
    _ text: ArraySlice<UInt8>
  ) -> (body: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
    let body = text.prefix { value($0) != nil }
    return (body, text.dropFirst(body.count).drop { $0 == UInt8(ascii: "=") })
  }

  private static func value(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 0x41...0x5A: UInt32(byte) - 0x41
    case 0x61...0x7A: UInt32(byte) - 0x61 + 26
    case 0x30...0x39: UInt32(byte) - 0x30 + 52
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
    default: nil
    }
  }

  mutating func read(
    _ text: ArraySlice<UInt8>, startsLine: Bool, endsLine: Bool
  ) -> TextDumpContent? {
    var text = text
    if startsLine {
      isPast = false
      column = 0
      if let mark = text.firstRange(of: Self.mark) {
        text = text[mark.upperBound...]
        reset()
        hasEnded = false
      }
    }
    guard !isPast else { return .nothing }
    let (body, rest) = Self.split(text)
    let isFilled = text.count > body.count + rest.count
    if let next = rest.first {
      // Other characters may end a data URL; elsewhere a line that has them is text.
      guard !hasEnded, !body.isEmpty, Array("\"'<)\\".utf8).contains(next) else { return nil }
      isPast = true
    } else {
      guard startsLine ? belongs(text.count, body) : !hasEnded else { return nil }
    }
    let bytes = decode(body)
    column += text.count
    if isFilled || isPast { reset() }
    if endsLine { endLine() }
    return .bytes(bytes)
  }

  /// Whether a line continues a block or starts one.
  private mutating func belongs(_ length: Int, _ body: ArraySlice<UInt8>) -> Bool {
    if hasEnded {
      guard length >= Self.shortest || body.starts(with: Array("/9j/".utf8)) else { return false }
      reset()
      hasEnded = false
      return true
    }
    return length == width || length.isMultiple(of: 4) || !width.isMultiple(of: 4) || width == 0
  }

  private mutating func endLine() {
    if width == 0 { width = column }
    if column < width { reset() }
  }

  private mutating func reset() {
    (bits, count, width, hasEnded) = (0, 0, 0, true)
  }

  private mutating func decode(_ body: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(body.count * 3 / 4 + 1)
    for byte in body {
      bits = bits << 6 | (Self.value(byte) ?? 0)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return bytes
  }
}

/// Lines that hexdump leaves out because they equal the one before; a star stands for them.
struct SqueezedLines {
  private var last: [UInt8] = []
  private var start: ArraySlice<UInt8> = []
  /// The base of the offsets; nil until two lines have told it.
  private var radix: Int?
  private var hasStar = false
  /// The number of bytes that stars may still stand for: a few digits must not make gigabytes.
  private var credit = 1 << 20

  mutating func skip() { hasStar = true }

  /// The bytes left out before the line at `offset`.
  mutating func fill(upTo offset: ArraySlice<UInt8>) -> [UInt8]? {
    guard hasStar else { return nil }
    hasStar = false
    let radix = radix ?? 16
    guard !last.isEmpty, let from = Self.value(start, radix), let to = Self.value(offset, radix),
      to > from, to - from > last.count
    else { return nil }
    let count = min(to - from - last.count, credit)
    credit -= count
    return (0..<count).map { last[$0 % last.count] }
  }

  mutating func add(_ bytes: [UInt8], at offset: ArraySlice<UInt8>, textBytes: Int) {
    if radix == nil, !last.isEmpty {
      radix = [16, 8, 10].first {
        guard let from = Self.value(start, $0), let to = Self.value(offset, $0) else {
          return false
        }
        return to - from == last.count
      }
    }
    (last, start) = (bytes, ArraySlice(Array(offset)))
    credit = min(credit + 64 * textBytes, 1 << 24)
  }

  private static func value(_ digits: ArraySlice<UInt8>, _ radix: Int) -> Int? {
    var digits = digits
    if digits.starts(with: Array("0x".utf8)) { digits = digits.dropFirst(2) }
    return Int(String(decoding: digits, as: UTF8.self), radix: radix)
  }
}

/// A row of a logic analyser's table.
enum CSVLine {
  private static let names = ["value", "data", "byte", "rxd", "rx", "hex"]

  /// The look of a table that starts with `text`: with its header, or with a time and a byte.
  static func format(_ text: ArraySlice<UInt8>) -> TextDumpFormat? {
    let fields = fields(text)
    guard fields.count > 1 else { return nil }
    if fields.allSatisfy({ !isNumber($0) }) {
      let words = fields.map { String(decoding: $0, as: UTF8.self).lowercased() }
      for name in names {
        if let column = words.lastIndex(where: { $0 == name || $0.hasPrefix("\(name) ") }) {
          return TextDumpFormat(kind: .csv, column: column)
        }
      }
      return words.lastIndex { $0.contains("uart") }.map {
        TextDumpFormat(kind: .csv, column: $0)
      }
    }
    guard isNumber(fields[0]), fields[0].contains(UInt8(ascii: ".")),
      let column = fields.firstIndex(where: { $0.count <= 4 && $0.starts(with: Array("0x".utf8)) })
    else { return nil }
    return TextDumpFormat(kind: .csv, column: column)
  }

  static func content(_ text: ArraySlice<UInt8>, _ format: TextDumpFormat) -> TextDumpContent? {
    let fields = fields(text)
    guard fields.count > max(1, format.column) else { return nil }
    var field = fields[format.column]
    let isMarked = field.starts(with: Array("0x".utf8)) || field.starts(with: Array("0X".utf8))
    if isMarked { field = field.dropFirst(2) }
    guard (1...3).contains(field.count) else {
      // The line may be a header, or a mark of the analyser.
      return isHeader(fields) || field.isEmpty ? .nothing : nil
    }
    let isDecimal = !isMarked && (format.isDecimal || field.count == 3)
    guard isDecimal || field.count < 3,
      let value = UInt8(String(decoding: field, as: UTF8.self), radix: isDecimal ? 10 : 16)
    else { return isHeader(fields) ? .nothing : nil }
    return .bytes([value])
  }

  /// Whether a field shows that numbers without 0x are decimal; nil where they could also be hex.
  static func isDecimal(_ text: ArraySlice<UInt8>, _ format: TextDumpFormat) -> Bool? {
    let fields = fields(text)
    guard fields.count > format.column else { return nil }
    let field = fields[format.column]
    guard field.allSatisfy({ HexTokens.value($0) != nil }) else { return nil }
    if field.contains(where: { $0 > 0x39 }) { return false }
    return field.count == 2 || field.isEmpty ? nil : true
  }

  private static func isHeader(_ fields: [ArraySlice<UInt8>]) -> Bool {
    fields.allSatisfy { !isNumber($0) }
  }

  private static func isNumber(_ field: ArraySlice<UInt8>) -> Bool {
    guard let first = field.first, 0x30...0x39 ~= first || first == UInt8(ascii: "-") else {
      return false
    }
    return field.allSatisfy { HexTokens.value($0) != nil || Array("xX.+-".utf8).contains($0) }
  }

  private static func fields(_ text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { field in
      var field = field.drop { $0 == 0x20 || $0 == UInt8(ascii: "\"") }
      while let last = field.last, last == 0x20 || last == UInt8(ascii: "\"") {
        field.removeLast()
      }
      return field
    }
  }
}

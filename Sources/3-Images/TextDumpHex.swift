/// The hex digits of a line.
struct HexTokens {
  struct Token {
    var value: ArraySlice<UInt8>
    /// Whether 0x or \x stands before it.
    var isMarked: Bool
    /// The number of spaces before it.
    var gap: Int
  }

  private(set) var tokens: [Token] = []
  /// The number of words that aren't hex.
  private(set) var strangers = 0

  /// - Parameters:
  ///   - text: the line without a prefix.
  ///   - isLenient: whether to go on after words that aren't hex.
  ///   - stopsAtGap: whether two spaces end the digits, as before xxd's column of characters.
  init?(_ text: ArraySlice<UInt8>, isLenient: Bool = false, stopsAtGap: Bool = false) {
    var rest = text
    var gap = 0
    while let byte = rest.first {
      switch byte {
      case UInt8(ascii: "|"): return
      case 0x20, 9:
        gap += 1
        rest.removeFirst()
        continue
      case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "{"), UInt8(ascii: "}"),
        UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\""), 10, 13:
        rest.removeFirst()
        continue
      default: break
      }
      if byte == UInt8(ascii: "/"), rest.dropFirst().first == byte { return }
      if byte == UInt8(ascii: "/"), rest.dropFirst().first == UInt8(ascii: "*") {
        rest = rest.firstRange(of: Array("*/".utf8)).map { rest[$0.upperBound...] } ?? []
        continue
      }
      if stopsAtGap, gap > 1, !tokens.isEmpty, !isMiddle(gap, rest) { return }
      let isMarked =
        rest.count > 2 && rest.dropFirst().first.map { $0 | 0x20 } == UInt8(ascii: "x")
        && (byte == UInt8(ascii: "0") || byte == UInt8(ascii: "\\"))
      if isMarked { rest = rest.dropFirst(2) }
      let digits = rest.prefix { Self.value($0) != nil }
      rest = rest.dropFirst(digits.count)
      let isClean = !digits.isEmpty && rest.first.map(Self.endsToken) ?? true
      if isClean {
        tokens.append(Token(value: digits, isMarked: isMarked, gap: gap))
      } else {
        guard isLenient else { return nil }
        strangers += 1
        tokens.append(Token(value: ArraySlice("00".utf8), isMarked: false, gap: gap))
        // A lone backslash ends a word, too.
        rest = rest.dropFirst(digits.isEmpty ? 1 : 0).drop { !Self.endsToken($0) }
      }
      gap = 0
    }
  }

  /// Whether a gap of two spaces is only the middle of sixteen bytes: eight bytes stand before it,
  /// and more digits follow.
  private func isMiddle(_ gap: Int, _ rest: ArraySlice<UInt8>) -> Bool {
    guard gap == 2, tokens.count == 8, tokens.allSatisfy({ $0.value.count == 2 }) else {
      return false
    }
    let words = rest.prefix(24).split(whereSeparator: { $0 == 0x20 || $0 == 13 || $0 == 10 })
    return words.dropLast().allSatisfy { $0.count == 2 && $0.allSatisfy { Self.value($0) != nil } }
      && words.first?.count == 2 && words.first?.allSatisfy { Self.value($0) != nil } == true
  }

  private static func endsToken(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 9, 10, 13, UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "}"),
      UInt8(ascii: "]"), UInt8(ascii: "|"), UInt8(ascii: "\""), UInt8(ascii: "\\"):
      true
    default: false
    }
  }

  static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x41 + 10
    case 0x61...0x66: digit - 0x61 + 10
    default: nil
    }
  }

  /// The bytes that the digits stand for. A lone digit is a byte: `print(byte, HEX)` leaves zeros
  /// out.
  func bytes(swapsWords: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    for token in tokens {
      let values = token.value.compactMap(Self.value)
      if swapsWords, values.count == 4 {
        bytes += [values[2] << 4 | values[3], values[0] << 4 | values[1]]
        continue
      }
      // If the digits are odd in number, one is a byte of its own: the first in a marked word, and
      // in others the last, since a digit was lost.
      var at = 0
      if !values.count.isMultiple(of: 2), token.isMarked || values.count == 1 {
        bytes.append(values[0])
        at = 1
      }
      while at + 1 < values.count {
        bytes.append(values[at] << 4 | values[at + 1])
        at += 2
      }
      if at < values.count { bytes.append(values[at]) }
    }
    return bytes
  }

  /// Whether the first token is the place of the others in memory.
  var startsWithOffset: Bool {
    guard let first = tokens.first, tokens.count > 1, first.value.count > 4,
      first.value.count <= 16, let second = tokens.dropFirst().first
    else { return false }
    return second.value.count <= 4
      && tokens.dropFirst().allSatisfy { $0.value.count == second.value.count }
  }

  /// Whether at most one word in four is damaged.
  var isMostlySound: Bool { tokens.count >= 4 && strangers * 4 <= tokens.count }

  mutating func dropFirst() { tokens.removeFirst() }
}

/// A line of hex, parted into its prefix and its digits.
struct HexLine {
  var prefix = TextDumpFormat.Prefix.none
  var tokens: HexTokens
  var offset: ArraySlice<UInt8> = []
  /// Whether the offset is hexdump's or od's, which no colon follows.
  var isBareOffset = false

  private static let longestPrefix = 64

  private init(tokens: HexTokens) { self.tokens = tokens }

  /// Nil where `text` is no line of hex. Only a text that starts a line may have a prefix.
  init?(_ text: ArraySlice<UInt8>, startsLine: Bool) {
    if let tokens = HexTokens(text) {
      guard !tokens.tokens.isEmpty else { return nil }
      self.init(tokens: tokens)
      if startsLine { takeOffset() }
      return
    }
    guard startsLine else { return nil }
    if let brace = text.firstIndex(of: UInt8(ascii: "{")),
      let tokens = HexTokens(text[(brace + 1)...]), !tokens.tokens.isEmpty
    {
      self.init(tokens: tokens)
      return
    }
    self.init(behindColon: text, isLenient: false)
  }

  /// A line of a known look in which some words may be damaged.
  init?(damaged text: ArraySlice<UInt8>, prefix: TextDumpFormat.Prefix, startsLine: Bool) {
    guard startsLine, prefix != .none else {
      guard let tokens = HexTokens(text, isLenient: true), tokens.isMostlySound else { return nil }
      self.init(tokens: tokens)
      return
    }
    self.init(behindColon: text, isLenient: true)
    guard self.prefix == prefix else { return nil }
  }

  private init?(behindColon text: ArraySlice<UInt8>, isLenient: Bool) {
    var from = text.startIndex
    while let colon = text[from...].firstIndex(of: UInt8(ascii: ":")),
      colon - text.startIndex <= Self.longestPrefix
    {
      from = colon + 1
      let name = text[..<colon]
      let isOffset = Self.isOffset(name)
      guard
        let tokens = HexTokens(text[from...], isLenient: isLenient, stopsAtGap: isOffset),
        !tokens.tokens.isEmpty, !isLenient || tokens.isMostlySound
      else { continue }
      self.tokens = tokens
      takeOffset()
      isBareOffset = false
      offset = isOffset ? name.split(separator: 0x20)[0] : offset
      prefix = isOffset ? .offset : .tag(Self.withoutDigits(name))
      return
    }
    return nil
  }

  private mutating func takeOffset() {
    guard tokens.startsWithOffset else { return }
    prefix = .offset
    isBareOffset = true
    offset = tokens.tokens[0].value
    tokens.dropFirst()
  }

  /// Whether a name is an offset, such as `0000a0`, `0x20000010` or `0x20000010 <image+16>`.
  private static func isOffset(_ name: ArraySlice<UInt8>) -> Bool {
    var digits = name.prefix { $0 != 0x20 }
    if digits.starts(with: Array("0x".utf8)) { digits = digits.dropFirst(2) }
    let rest = name.drop { $0 != 0x20 }.drop { $0 == 0x20 }
    return (4...16).contains(digits.count) && digits.allSatisfy { HexTokens.value($0) != nil }
      && (rest.isEmpty || rest.first == UInt8(ascii: "<"))
  }

  private static func withoutDigits(_ name: ArraySlice<UInt8>) -> [UInt8] {
    var tag: [UInt8] = []
    for byte in name {
      let isDigit = 0x30...0x39 ~= byte
      if isDigit, tag.last == 0x30 { continue }
      tag.append(isDigit ? 0x30 : byte | (0x41...0x5A ~= byte ? 0x20 : 0))
    }
    return tag
  }
}

/// A set of characters, by `ReadableCharacters`' codes: bit 0 is the space.
struct CharacterMask: Hashable {
  var bits: UInt128 = 0

  init() {}

  init(_ range: ClosedRange<UInt8>) {
    for byte in range where ReadableCharacters.codes.contains(byte) { insert(byte) }
  }

  static let space = CharacterMask(0x20...0x20)
  /// All visible characters.
  static let visible = CharacterMask(0x21...ReadableCharacters.codes.upperBound)
  static let digits = CharacterMask(UInt8(ascii: "0")...UInt8(ascii: "9"))
  static let wordCharacters =
    digits.union(CharacterMask(UInt8(ascii: "A")...UInt8(ascii: "Z")))
    .union(CharacterMask(UInt8(ascii: "a")...UInt8(ascii: "z")))
    .union(CharacterMask(UInt8(ascii: "_")...UInt8(ascii: "_")))

  func contains(_ byte: UInt8) -> Bool { bits >> UInt128(byte - 0x20) & 1 == 1 }
  mutating func insert(_ byte: UInt8) { bits |= 1 << UInt128(byte - 0x20) }
  func union(_ other: CharacterMask) -> CharacterMask {
    var result = self
    result.bits |= other.bits
    return result
  }
  /// The visible characters that are not in the set.
  var visibleOthers: CharacterMask {
    var result = Self.visible
    result.bits &= ~bits
    return result
  }
}

/// A parsed pattern.
indirect enum PatternNode {
  case character(CharacterMask)
  case sequence([PatternNode])
  case choice([PatternNode])
  /// `most` is nil for no limit.
  case repetition(PatternNode, least: Int, most: Int?)

  /// Places for characters once counts are written out; `.max` where that overflows.
  var positions: Int {
    switch self {
    case .character: 1
    case .sequence(let nodes), .choice(let nodes):
      nodes.reduce(0) { sum, node in
        let (total, overflows) = sum.addingReportingOverflow(node.positions)
        return overflows ? .max : total
      }
    case .repetition(let node, let least, let most):
      {
        let (total, overflows) = node.positions.multipliedReportingOverflow(
          by: most ?? max(1, least))
        return overflows ? .max : total
      }()
    }
  }
}

/// Pattern text to nodes, by recursive descent.
struct PatternParser {
  static let largestCount = 256
  static let deepestGroup = 64

  private let source: String
  private let bytes: [UInt8]
  private var place = 0
  private var depth = 0
  /// The characters that were named one by one or in a class: not by `.`, `\w` or `[^...]`.
  private var named = CharacterMask()

  private init(_ source: String, _ codes: [UInt8]) {
    self.source = source
    bytes = codes
  }

  static func parse(
    _ source: String
  ) throws(PatternError) -> (node: PatternNode, named: CharacterMask) {
    guard !source.isEmpty else { throw PatternError(source: source, .empty) }
    let scalars = source.unicodeScalars
    guard let codes = ReadableCharacters.codes(of: source) else {
      let other = scalars.firstIndex { ReadableCharacters.code(of: $0) == nil }
      let offset = scalars.distance(from: scalars.startIndex, to: other ?? scalars.startIndex)
      throw PatternError(source: source, offset: offset, .notPrintable)
    }
    var parser = PatternParser(source, codes)
    let node = try parser.choice()
    // Only a bracket without a partner ends a choice early.
    if parser.peek != nil { throw parser.error(.unopened(")")) }
    guard node.positions <= PatternAutomaton.mostPositions else {
      throw PatternError(source: source, .tooLarge)
    }
    return (node, parser.named)
  }

  private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

  private func error(_ reason: PatternError.Reason, at offset: Int? = nil) -> PatternError {
    PatternError(source: source, offset: offset ?? place, reason)
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  private mutating func choice() throws(PatternError) -> PatternNode {
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(PatternError) -> PatternNode {
    var nodes: [PatternNode] = []
    let first = place
    while let byte = peek, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
      if byte == UInt8(ascii: "^") || byte == UInt8(ascii: "$") {
        try anchor(byte, first)
        continue
      }
      let start = place
      nodes.append(try repetition(of: try atom(), from: start))
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  /// Parses an anchor: at the ends of the whole pattern, anchors change nothing.
  private mutating func anchor(_ byte: UInt8, _ first: Int) throws(PatternError) {
    let isStart = byte == UInt8(ascii: "^")
    let following = place + 1 < bytes.count ? bytes[place + 1] : nil
    let isAtEnd = isStart ? place == first : following == nil || following == UInt8(ascii: "|")
    guard depth == 0, isAtEnd else {
      throw error(.anchorInside(Character(Unicode.Scalar(byte))))
    }
    place += 1
  }

  private mutating func atom() throws(PatternError) -> PatternNode {
    let start = place
    let byte = bytes[place]
    switch Character(Unicode.Scalar(byte)) {
    case "(": return try group()
    case "[": return .character(try characterClass())
    case "\\":
      let (mask, single) = try escape()
      if single != nil { named = named.union(mask) }
      return .character(mask)
    case ".":
      place += 1
      return .character(.visible)
    case "]", "}": throw error(.unopened(Character(Unicode.Scalar(byte))))
    case "*", "+", "?", "{": throw error(.nothingToRepeat, at: start)
    default:
      place += 1
      named.insert(byte)
      return .character(CharacterMask(byte...byte))
    }
  }

  private mutating func group() throws(PatternError) -> PatternNode {
    let start = place
    place += 1
    if take("?") {
      guard take(":") else { throw error(.unsupported(groupKind), at: start) }
    }
    depth += 1
    guard depth <= Self.deepestGroup else {
      throw error(.tooDeep(limit: Self.deepestGroup), at: start)
    }
    let node = try choice()
    depth -= 1
    guard take(")") else { throw error(.unclosed("("), at: start) }
    return node
  }

  /// The construct after `(?`, in words.
  private var groupKind: String {
    let rest = bytes[place...].prefix(2).map { Character(Unicode.Scalar($0)) }
    switch (rest.first, rest.dropFirst().first) {
    case ("=", _), ("!", _): return "looking ahead"
    case ("<", "="), ("<", "!"): return "looking behind"
    case ("<", _), ("P", _), ("'", _): return "a group's name"
    case (">", _): return "an atomic group"
    case ("#", _): return "a comment"
    default: return "a group's option"
    }
  }

  /// Parses the repetition of an atom that began at `start`, if there is one.
  private mutating func repetition(of node: PatternNode, from start: Int) throws(PatternError)
    -> PatternNode
  {
    guard let counts = try counts() else { return node }
    if let byte = peek, "?*+{".utf8.contains(byte) { throw error(.repeatedRepetition) }
    return .repetition(node, least: counts.least, most: counts.most)
  }

  private mutating func counts() throws(PatternError) -> (least: Int, most: Int?)? {
    if take("?") { return (0, 1) }
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    let start = place
    guard take("{") else { return nil }
    guard bytes[place...].contains(UInt8(ascii: "}")) else {
      throw error(.unclosed("{"), at: start)
    }
    guard let least = try number() else { throw error(.malformedCount, at: start) }
    var most: Int? = least
    if take(",") { most = try number() }
    guard take("}") else { throw error(.malformedCount, at: start) }
    if let most, most < least { throw error(.countsReversed, at: start) }
    return (least, most)
  }

  private mutating func number() throws(PatternError) -> Int? {
    let start = place
    var value: Int?
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      value = min((value ?? 0) * 10 + Int(byte - UInt8(ascii: "0")), Self.largestCount + 1)
      place += 1
    }
    if let value, value > Self.largestCount {
      throw error(.countTooLarge(limit: Self.largestCount), at: start)
    }
    return value
  }

  /// An escape; `single` where it stands for one character, and so may be an end of a range.
  private mutating func escape() throws(PatternError) -> (mask: CharacterMask, single: UInt8?) {
    let start = place
    place += 1
    guard let byte = peek else { throw error(.danglingBackslash, at: start) }
    place += 1
    let character = ReadableCharacters.character(of: byte)
    switch character {
    case "d": return (.digits, nil)
    case "D": return (CharacterMask.digits.visibleOthers, nil)
    case "w": return (.wordCharacters, nil)
    case "W": return (CharacterMask.wordCharacters.visibleOthers, nil)
    case "s": return (.space, nil)
    case "S": return (.visible, nil)
    case "0"..."9", "k", "g": throw error(.unsupported("a reference back"), at: start)
    case "b", "B", "A", "z", "Z", "G":
      throw error(.unsupported("an anchor other than ^ and $"), at: start)
    case "p", "P", "N", "X": throw error(.unsupported("a Unicode property"), at: start)
    case "a"..."z", "A"..."Z": throw error(.unknownEscape(character), at: start)
    default: return (CharacterMask(byte...byte), byte)
    }
  }

  private mutating func characterClass() throws(PatternError) -> CharacterMask {
    let start = place
    place += 1
    let isNegated = take("^")
    var mask = CharacterMask()
    let content = place
    while let byte = peek {
      if byte == UInt8(ascii: "]") {
        guard place > content else { throw error(.emptyClass, at: start) }
        place += 1
        guard !isNegated else { return mask.visibleOthers }
        named = named.union(mask)
        return mask
      }
      let first = place
      let (members, single) = try classMember()
      // A hyphen at the end stands for itself.
      let isRange =
        peek == UInt8(ascii: "-") && place + 1 < bytes.count
        && bytes[place + 1] != UInt8(ascii: "]")
      guard isRange else {
        mask = mask.union(members)
        continue
      }
      place += 1
      let (_, end) = try classMember()
      guard let single, let end else { throw error(.rangeOfClass, at: first) }
      guard single <= end else { throw error(.rangeReversed, at: first) }
      mask = mask.union(CharacterMask(single...end))
    }
    throw error(.unclosed("["), at: start)
  }

  private mutating func classMember() throws(PatternError) -> (CharacterMask, single: UInt8?) {
    let byte = bytes[place]
    if byte == UInt8(ascii: "\\") { return try escape() }
    if byte == UInt8(ascii: "[") { throw error(.bracketInClass) }
    place += 1
    return (CharacterMask(byte...byte), byte)
  }
}

public import Text

/// A pattern as boards hold it: `scribe_pattern` of scribe_pattern.h.
public struct FirmwarePattern: Sendable, Equatable {
  /// The state that no text reaches which can become a match: SCRIBE_PATTERN_NOWHERE.
  static let nowhere = UInt16.max

  /// The expressions, as they were given.
  public let source: String
  /// The name in C.
  public let symbol: String
  /// For each character, the kind of those that no part of the pattern tells apart from it.
  package private(set) var kinds: [UInt8] = []
  /// A row of states for each state, a state for each kind.
  package private(set) var next: [UInt16] = []
  /// For each state, 1 if a line may end there.
  package let accepting: [UInt8]
  package let kindCount: Int

  /// - Parameters:
  ///   - pattern: the pattern.
  ///   - symbol: the name in C.
  /// - Throws: `ExportError` for a name that C doesn't take.
  public init(_ pattern: Pattern, symbol: String = "line_pattern") throws(ExportError) {
    try ReservedNames.check(symbol)
    source = pattern.sources.joined(separator: " | ")
    self.symbol = symbol
    let states = (0..<pattern.stateCount).map(Pattern.State.init)
    accepting = states.map { pattern.isAccepting($0) ? 1 : 0 }
    var columns: [[UInt16]: UInt8] = [:]
    var distinct: [[UInt16]] = []
    for character in Pattern.characters {
      let column = states.map { state in
        pattern.next(state, character).map { UInt16($0) } ?? Self.nowhere
      }
      let kind = columns[column] ?? UInt8(distinct.count)
      if Int(kind) == distinct.count {
        columns[column] = kind
        distinct.append(column)
      }
      kinds.append(kind)
    }
    kindCount = distinct.count
    for state in states.indices { next += distinct.map { $0[state] } }
  }

  /// Bytes of flash.
  public var flashBytes: Int { kinds.count + 2 * next.count + accepting.count }

  /// The header for scribe_recognizer.h. The same pattern gives the same bytes.
  public var header: String {
    let upper = symbol.uppercased()
    var out = CText()
    out.line("/* \(CText.comment(source)): a pattern of lines for scribe_recognizer.h, written by")
    out.line(" * `scribe export-firmware --pattern`. Don't edit: export it again.")
    out.line(" *")
    out.line(
      " * \(accepting.count) states, \(kindCount) kinds of characters; flash: \(flashBytes) bytes. */"
    )
    out.line("#ifndef \(upper)_H")
    out.line("#define \(upper)_H")
    out.line()
    out.line("#include \"scribe_pattern.h\"")
    out.line()
    out.array(
      "static const uint8_t \(symbol)_kinds[\(kinds.count)]", kinds.map { "\($0)" })
    out.array("static const uint16_t \(symbol)_next[\(next.count)]", next.map { "\($0)" })
    out.array(
      "static const uint8_t \(symbol)_accepting[\(accepting.count)]",
      accepting.map { "\($0)" })
    out.line(
      "static const scribe_pattern \(symbol) = {\(CText.literal(source)),")
    out.line(
      "    \(kinds.count), \(accepting.count), \(kindCount), \(symbol)_kinds, \(symbol)_next, "
        + "\(symbol)_accepting};")
    out.line()
    out.line("#endif")
    return out.text
  }
}

/// Text as it is compared: the typographic forms that other programs write count as ASCII.
///
/// `scripts/measure/peers/score.py` does the same; `Tests/EvaluationTests/scores.json` holds both
/// to it.
package enum ComparableText {
  /// The scalars that count, white space left out.
  package static func bare(_ text: some StringProtocol) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    for scalar in text.unicodeScalars where !isSpace(scalar) { append(scalar, to: &result) }
    return result
  }

  /// The words parted by single spaces.
  package static func spaced(_ text: some StringProtocol) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var isApart = false
    for scalar in text.unicodeScalars {
      if isSpace(scalar) {
        isApart = true
      } else {
        if isApart, !result.isEmpty { result.append(" ") }
        isApart = false
        append(scalar, to: &result)
      }
    }
    return result
  }

  /// The lines that are not empty, each without white space.
  package static func bareLines(_ text: String) -> [[Unicode.Scalar]] {
    text.unicodeScalars.split(whereSeparator: isNewline).map { bare(Substring($0)) }
      .filter { !$0.isEmpty }
  }

  package static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || ("\u{1C}"..."\u{1F}").contains(scalar)
  }

  package static func isNewline(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\n", "\r", "\u{B}", "\u{C}", "\u{1C}"..."\u{1E}", "\u{85}", "\u{2028}", "\u{2029}": true
    default: false
    }
  }

  /// One character for all that many fonts draw alike.
  package static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    ComparableForms.drawnAlike[scalar] ?? scalar
  }

  private static func append(_ scalar: Unicode.Scalar, to result: inout [Unicode.Scalar]) {
    if let form = ComparableForms.forms[scalar] {
      result += form.unicodeScalars
    } else {
      result.append(scalar)
    }
  }
}

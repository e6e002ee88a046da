/// The reason why a pattern can't be used, and the place of the error.
public struct PatternError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Reason: Equatable, Sendable {
    case empty
    /// Something was opened and never closed: `(`, `[` or `{`.
    case unclosed(Character)
    /// `)`, `]` or `}` that closes nothing.
    case unopened(Character)
    /// `?`, `*`, `+` or `{` without anything before it.
    case nothingToRepeat
    /// A repetition right after a repetition, as the lazy `+?` and the possessive `++`.
    case repeatedRepetition
    /// Not `{m}`, `{m,n}` or `{m,}`.
    case malformedCount
    case countTooLarge(limit: Int)
    /// `{m,n}` with n below m.
    case countsReversed
    /// A range in a class that ends before it begins.
    case rangeReversed
    /// A range in a class from or to `\d` and the like.
    case rangeOfClass
    case emptyClass
    /// `[` in a class: other dialects nest classes there.
    case bracketInClass
    /// `^` or `$` in the middle.
    case anchorInside(Character)
    /// A construct that needs more than a table, by its name.
    case unsupported(String)
    /// An escape that means nothing here.
    case unknownEscape(Character)
    /// A backslash at the very end.
    case danglingBackslash
    /// A character that is not read: neither printable ASCII nor a sign.
    case notPrintable
    case tooDeep(limit: Int)
    case tooLarge
    /// The pattern is valid, but no line matches it.
    case neverMatches
  }

  public var source: String
  /// Characters before the place of the error; nil where it is the pattern as a whole.
  public var offset: Int?
  public var reason: Reason

  init(source: String, offset: Int? = nil, _ reason: Reason) {
    self.source = source
    self.offset = offset
    self.reason = reason
  }

  /// The message; below it, where there is a place, the pattern and a caret.
  public var description: String {
    guard let offset else { return "\(reason)" }
    // A control character would break the line that the caret points into.
    let shown = source.map { $0.isASCII && !(" "..."~").contains($0) ? "?" : $0 }
    return "\(reason)\n  \(String(shown))\n  \(String(repeating: " ", count: offset))^"
  }
}

extension PatternError.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .empty: "a pattern needs a character at least"
    case .unclosed(let opening):
      "this \(opening) is never closed; write \\\(opening) for the character"
    case .unopened(let closing):
      "nothing opens this \(closing); write \\\(closing) for the character"
    case .nothingToRepeat:
      "there is nothing to repeat; write a backslash before it for the character"
    case .repeatedRepetition:
      "a repetition can't be repeated, nor be lazy or possessive; put a group around the first"
    case .malformedCount: "a count is {m}, {m,n} or {m,}; write \\{ for the character"
    case .countTooLarge(let limit): "counts end at \(limit)"
    case .countsReversed: "the second count is smaller than the first"
    case .rangeReversed: "the range ends before it begins"
    case .rangeOfClass: "a range goes from one character to another; write \\- for the character"
    case .emptyClass: "the class is empty; write \\] for the character"
    case .bracketInClass: "write \\[ for the character, and \\d for [:digit:]"
    case .anchorInside(let anchor):
      "\(anchor) may only stand at the \(anchor == "^" ? "start" : "end"), since a pattern is for "
        + "whole lines; write \\\(anchor) for the character"
    case .unsupported(let what): "\(what) can't be used here"
    case .unknownEscape(let character): "\\\(character) means nothing here"
    case .danglingBackslash: "a backslash needs a character after it"
    case .notPrintable:
      "only printable ASCII and "
        + "\(String(String.UnicodeScalarView(ReadableCharacters.signs))) are read"
    case .tooDeep(let limit): "groups nest more than \(limit) deep"
    case .tooLarge: "the pattern is too large: use smaller counts"
    case .neverMatches:
      "no line can match this pattern (lines have single spaces, and none at their ends)"
    }
  }
}

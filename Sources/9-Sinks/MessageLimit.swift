/// Keeps a log of months short: of messages that differ in their numbers only, so many pass in a
/// span of time, and the rest are counted; so many pass of all together.
public struct MessageLimit: Sendable {
  private struct Kind {
    /// The start of the span of time.
    var start: UInt64
    var passed = 0
    var leftOut = 0
  }

  private let mostOfKind: Int
  private let mostOfAll: Int
  private let span: UInt64
  private var kinds: [String: Kind] = [:]
  private var all: Kind?

  /// Kinds that are told from each other; what a board writes may be of any number.
  private static let mostKinds = 200
  private static let otherKind = "other messages"
  /// Characters of a message that make its kind.
  private static let longestKind = 60

  /// - Parameters:
  ///   - mostOfKind: messages of a kind that pass in a span of time.
  ///   - mostOfAll: messages of all kinds that pass in it.
  ///   - span: nanoseconds.
  public init(mostOfKind: Int = 60, mostOfAll: Int = 1_000, span: UInt64 = 3_600_000_000_000) {
    self.mostOfKind = mostOfKind
    self.mostOfAll = mostOfAll
    self.span = span
  }

  /// The lines to write for a message: itself, nothing, or an account of what was left out before.
  ///
  /// - Parameters:
  ///   - text: the message.
  ///   - now: nanoseconds of any steady clock.
  /// - Returns: the lines, and whether the message is the last of them.
  public mutating func pass(_ text: String, now: UInt64) -> (accounts: [String], passes: Bool) {
    var accounts: [String] = []
    for (name, kind) in kinds where now &- kind.start >= span {
      if let account = account(of: name, kind) { accounts.append(account) }
      kinds[name] = nil
    }
    accounts.sort()
    if let all, now &- all.start >= span { self.all = nil }
    var sum = all ?? Kind(start: now)
    var name = Self.kind(of: text)
    if kinds[name] == nil, kinds.count >= Self.mostKinds { name = Self.otherKind }
    var kind = kinds[name] ?? Kind(start: now)
    let passes = kind.passed < mostOfKind && sum.passed < mostOfAll
    if passes {
      kind.passed += 1
      sum.passed += 1
    } else {
      // The first that is left out says that it and others are.
      if kind.leftOut == 0, sum.leftOut < mostOfAll {
        accounts.append("(more like '\(name)' are counted and told of in an hour)")
        sum.leftOut += 1
      }
      kind.leftOut += 1
    }
    kinds[name] = kind
    all = sum
    return (accounts, passes)
  }

  /// The accounts of all that was left out so far.
  public mutating func finish() -> [String] {
    defer {
      kinds = [:]
      all = nil
    }
    return kinds.compactMap { account(of: $0, $1) }.sorted()
  }

  private func account(of name: String, _ kind: Kind) -> String? {
    kind.leftOut == 0 ? nil : "(\(kind.leftOut) more like '\(name)' were left out)"
  }

  /// The start of a message, with `#` for numbers.
  private static func kind(of text: String) -> String {
    var kind = ""
    var length = 0
    for character in text {
      let isDigit = character.isASCII && character.isNumber
      if isDigit, kind.last == "#" { continue }
      kind.append(isDigit ? "#" : character == "\n" ? " " : character)
      length += 1
      if length == longestKind { break }
    }
    return kind
  }
}

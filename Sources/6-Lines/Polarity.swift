/// The polarity of print: which of its two levels is the ink.
public enum Polarity: UInt8, Sendable, CaseIterable {
  case darkOnLight
  case lightOnDark
}

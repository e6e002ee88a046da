/// Which of the two levels of a print is the ink.
public enum Polarity: UInt8, Sendable, CaseIterable {
  case darkOnLight
  case lightOnDark
}

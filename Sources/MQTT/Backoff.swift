/// The times between attempts: a second, then twice as long each time, up to a quarter of a minute.
struct Backoff: Sendable {
  private static let longest = 15_000
  private var next = 1_000

  /// Milliseconds to wait now: up to a quarter less or more, so that many programs don't come back
  /// to a broker in the same moment.
  mutating func milliseconds() -> Int {
    defer { next = min(2 * next, Self.longest) }
    return next + Int.random(in: -next / 4...next / 4)
  }

  mutating func startOver() { self = Backoff() }
}

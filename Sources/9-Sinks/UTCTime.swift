import Glibc

/// A time of day as people and programs read it, after RFC 3339: `2026-03-01T12:34:56.789Z`.
public struct UTCTime: Sendable, Hashable, CustomStringConvertible {
  /// Nanoseconds since 1970.
  public let nanoseconds: UInt64

  public init(_ nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// The time to the millisecond.
  public var description: String { text(decimals: 3) }

  /// The time to the nanosecond.
  public var precise: String { text(decimals: 9) }

  /// The time for names of files, which then sort by time: `20260301T123456.789Z`.
  public var compact: String { String(description.filter { $0 != "-" && $0 != ":" }) }

  private func text(decimals: Int) -> String {
    var seconds = time_t(nanoseconds / 1_000_000_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ number: some BinaryInteger, _ count: Int = 2) -> String {
      let digits = "\(number)"
      return String(repeating: "0", count: max(count - digits.count, 0)) + digits
    }
    let date = [padded(parts.tm_year + 1900, 4), padded(parts.tm_mon + 1), padded(parts.tm_mday)]
    let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded($0) }
    let fraction = padded(nanoseconds % 1_000_000_000, 9).prefix(decimals)
    return "\(date.joined(separator: "-"))T\(clock.joined(separator: ":")).\(fraction)Z"
  }
}

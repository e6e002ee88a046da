import Glibc

/// A time of day as people and programs read it: `2026-03-01T12:34:56.789Z`.
struct UTCTime: CustomStringConvertible {
  let description: String

  /// - Parameter nanoseconds: since 1970.
  init(_ nanoseconds: UInt64) {
    var seconds = time_t(nanoseconds / 1_000_000_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ number: some BinaryInteger, _ count: Int = 2) -> String {
      let digits = "\(number)"
      return String(repeating: "0", count: max(count - digits.count, 0)) + digits
    }
    let date = [padded(parts.tm_year + 1900, 4), padded(parts.tm_mon + 1), padded(parts.tm_mday)]
    let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded($0) }
    let milliseconds = padded(nanoseconds / 1_000_000 % 1000, 3)
    description =
      "\(date.joined(separator: "-"))T\(clock.joined(separator: ":")).\(milliseconds)Z"
  }
}

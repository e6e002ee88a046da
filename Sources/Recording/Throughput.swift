/// The distribution of bytes over time, in bounded memory: equal spans of time, whose length
/// doubles as the time grows.
public struct Throughput: Sendable {
  /// The most spans that are kept.
  public static let capacity = 2_048

  /// Bytes in each span, from the first time on.
  public private(set) var bytes: [Int] = []
  /// The length of a span in nanoseconds.
  public private(set) var span: UInt64 = 1_000_000
  /// The first time, in nanoseconds since 1970; nil until bytes come.
  public private(set) var first: UInt64?
  /// The latest time.
  public private(set) var last: UInt64 = 0
  public private(set) var total = 0
  /// The most bytes within a second.
  public private(set) var bestSecond = 0
  /// The longest time without bytes, in nanoseconds.
  public private(set) var longestSilence: UInt64 = 0
  /// Times of half a second and more without bytes.
  public private(set) var silences = 0

  /// Reads of the last second, oldest first, from `windowStart` on.
  private var window: [(time: UInt64, count: Int)] = []
  private var windowStart = 0
  private var windowBytes = 0

  public static let second: UInt64 = 1_000_000_000
  public static let silence: UInt64 = second / 2

  public init() {}

  /// Adds bytes; a time before the latest one counts as the latest.
  public mutating func add(_ count: Int, at time: UInt64) {
    let start = first ?? time
    if first == nil {
      first = time
      last = time
    }
    let now = max(time, last)
    let gap = now - last
    longestSilence = max(longestSilence, gap)
    if gap >= Self.silence { silences += 1 }
    last = now
    total += count
    slide(count, now)

    while (now - start) / span >= UInt64(Self.capacity) { halve() }
    let index = Int((now - start) / span)
    if index >= bytes.count { bytes += repeatElement(0, count: index + 1 - bytes.count) }
    bytes[index] += count
  }

  private mutating func slide(_ count: Int, _ now: UInt64) {
    window.append((now, count))
    windowBytes += count
    while now - window[windowStart].time >= Self.second {
      windowBytes -= window[windowStart].count
      windowStart += 1
    }
    if windowStart > 4_096, windowStart > window.count / 2 {
      window.removeFirst(windowStart)
      windowStart = 0
    }
    bestSecond = max(bestSecond, windowBytes)
  }

  private mutating func halve() {
    span *= 2
    bytes = stride(from: 0, to: bytes.count, by: 2).map {
      bytes[$0] + ($0 + 1 < bytes.count ? bytes[$0 + 1] : 0)
    }
  }

  /// The time from the first bytes to the last, in seconds.
  public var seconds: Double {
    Double(last - (first ?? last)) / Double(Self.second)
  }

  /// Bytes a second over the whole time; nil where no time passed.
  public var mean: Double? { seconds > 0 ? Double(total) / seconds : nil }

  /// Bytes a second in the best second; nil in less than a second.
  public var peak: Double? { seconds >= 1 ? Double(bestSecond) : nil }

  /// Bytes a second in each of `count` equal parts of the time; none where no time passed.
  public func rates(_ count: Int) -> [Double] {
    guard count > 0, !bytes.isEmpty, seconds > 0 else { return [] }
    // The last span is only partly filled: the time in it decides.
    let spans = seconds * Double(Self.second) / Double(span)
    var rates = [Double](repeating: 0, count: count)
    for (index, sum) in bytes.enumerated() {
      let from = min(Double(index), spans)
      let to = min(Double(index + 1), spans)
      // Bytes at the very end lie in a span of no length.
      let length = to - from
      let first = min(Int(from / spans * Double(count)), count - 1)
      guard length > 0 else {
        rates[first] += Double(sum)
        continue
      }
      let end = min(Int((to / spans * Double(count)).rounded(.up)), count)
      for column in first..<max(end, first + 1) {
        let low = max(from, Double(column) / Double(count) * spans)
        let high = min(to, Double(column + 1) / Double(count) * spans)
        rates[column] += Double(sum) * max(0, high - low) / length
      }
    }
    return rates.map { $0 * Double(count) / seconds }
  }
}

/// The time without bytes on an open port, and the actions that it calls for.
struct Silence {
  /// The actions; each comes once per silence, in this order.
  enum Due: Equatable {
    case idle
    case silent(seconds: Int)
    /// The port is to be opened anew.
    case stuck(seconds: Int)
  }

  private let idle: UInt64
  private let watchdog: UInt64?
  private var limit: UInt64?
  private var start = WallClock.nanoseconds()
  private var isIdle = true
  private var isSilent = false

  /// Times in milliseconds; `patience` counts multiples of the watchdog's time. A new connection
  /// counts as idle: nothing has begun that could end.
  init(idle: Int, watchdog: Int?, patience: Int?) {
    self.idle = UInt64(clamping: idle)
    self.watchdog = watchdog.map { UInt64(clamping: $0) }
    setLimit(patience)
  }

  /// Milliseconds until something may be due, for poll(); -1 for never.
  var timeout: CInt {
    let next = isIdle ? (isSilent ? limit : watchdog) : idle
    guard let next else { return -1 }
    let passed = self.passed
    return next > passed ? CInt(clamping: next - passed) : 0
  }

  /// The action that has become due since the last call.
  mutating func due() -> Due? {
    let passed = self.passed
    if !isIdle {
      guard passed >= idle else { return nil }
      isIdle = true
      return .idle
    }
    if !isSilent, let watchdog, passed >= watchdog {
      isSilent = true
      return .silent(seconds: Int(passed / 1_000))
    }
    if isSilent, let limit, passed >= limit { return .stuck(seconds: Int(passed / 1_000)) }
    return nil
  }

  /// Ends the silence: a byte came.
  mutating func end(patience: Int?) {
    start = WallClock.nanoseconds()
    isIdle = false
    isSilent = false
    setLimit(patience)
  }

  /// Begins to count anew.
  mutating func restart() { start = WallClock.nanoseconds() }

  private var passed: UInt64 { (WallClock.nanoseconds() - start) / 1_000_000 }

  private mutating func setLimit(_ patience: Int?) {
    limit = watchdog.flatMap { time in
      patience.map { patience in
        let (product, isTooLarge) = time.multipliedReportingOverflow(by: UInt64(clamping: patience))
        return isTooLarge ? .max : product
      }
    }
  }
}

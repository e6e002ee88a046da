/// The times at which bytes may go out on a wire of a given baud rate. Has no clock: it is told the
/// time.
///
/// A byte takes ten bits (start, eight, stop). Times are nanoseconds of any monotonic clock. A
/// caller that comes late may catch up `slack` nanoseconds' worth of bytes, not more: an idle wire
/// saves nothing up. At most that, or `smallestBurst` bytes on a slow wire, can be sent at once.
public struct LinePace: Sendable {
  /// Bits a second; 0 lets everything through.
  public let baud: Int
  public let slack: UInt64

  /// Bytes that may be sent at once on a wire of any rate.
  public static let smallestBurst = 64

  private var anchor: UInt64
  private var spent: UInt64 = 0

  public init(baud: Int, startingAt now: UInt64, slack: UInt64 = 20_000_000) {
    self.baud = max(0, baud)
    let burst = UInt64(Self.smallestBurst) * Self.nanosecondBits / UInt64(max(1, baud))
    self.slack = max(slack, burst + 1)
    anchor = now
  }

  /// Bytes that may be sent by now.
  public mutating func allowance(at now: UInt64) -> Int {
    guard baud > 0 else { return .max }
    forgetIdleTime(before: now)
    guard now > anchor else { return 0 }
    let earned = (now - anchor) * UInt64(baud) / Self.nanosecondBits
    return earned > spent ? Int(earned - spent) : 0
  }

  /// The time at which `count` more bytes may have been sent.
  public func time(toSend count: Int) -> UInt64 {
    guard baud > 0 else { return anchor }
    let bits = (spent + UInt64(max(0, count))) * Self.nanosecondBits
    return anchor + (bits + UInt64(baud) - 1) / UInt64(baud)
  }

  /// Counts bytes as sent.
  public mutating func spend(_ count: Int) {
    guard baud > 0 else { return }
    spent += UInt64(max(0, count))
    // Whole seconds of the wire move into the anchor, so that the products stay small.
    let second = UInt64(baud) / 10
    if second > 0, spent >= 10 * second {
      anchor += 10 * Self.nanosecondBits * second / UInt64(baud)
      spent -= 10 * second
    }
  }

  private mutating func forgetIdleTime(before now: UInt64) {
    let due = time(toSend: 0)
    if now > due, now - due > slack {
      anchor = now - slack
      spent = 0
    }
  }

  /// Nanoseconds in a second times bits in a byte.
  private static let nanosecondBits: UInt64 = 10_000_000_000
}

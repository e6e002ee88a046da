/// The numbers of a board's images: which came, and which did not.
struct ImageNumbers {
  /// Images that never showed up, by what became of them.
  struct Missing {
    var droppedByBoard = 0
    var onLink = 0
  }

  private struct Closed {
    var number: UInt32
    /// Nil if its BEGIN never came.
    var timestamp: UInt64?
  }

  /// The last number that came.
  private(set) var last: UInt32?
  /// The last images closed, newest last: a repeated BEGIN must not open them again.
  private var recent: [Closed] = []
  /// The board's count of dropped images, as BEGIN last told it.
  private var boardDropped: UInt32?
  /// Numbers that never showed up and wait for a BEGIN to tell why.
  private var unexplained = 0

  /// Expects a board that starts from nothing.
  mutating func reset() -> Missing {
    let missing = settle(droppedByBoard: 0)
    self = ImageNumbers()
    return missing
  }

  /// Whether a slice with this low byte belongs to an image before the last one rather than after
  /// it. Each gets half of the range: so many images don't get lost without a BEGIN in between.
  func isPast(_ lowByte: UInt8) -> Bool {
    guard let last else { return false }
    return UInt8(truncatingIfNeeded: last) &- lowByte < 128
  }

  /// Whether an image with this BEGIN was closed lately.
  func isClosed(_ begin: ImageBegin) -> Bool {
    recent.contains {
      $0.number == begin.number && ($0.timestamp ?? begin.timestamp) == begin.timestamp
    }
  }

  mutating func remember(_ number: UInt32, timestamp: UInt64?) {
    recent.removeAll { $0.number == number }
    recent.append(Closed(number: number, timestamp: timestamp))
    if recent.count > 4 { recent.removeFirst() }
  }

  /// The first number from the last one on that has this low byte.
  func guessed(_ lowByte: UInt8) -> UInt32 {
    guard let last else { return UInt32(lowByte) }
    return last &+ UInt32(lowByte &- UInt8(truncatingIfNeeded: last))
  }

  /// Replaces a guessed number; nothing can be missing before the first image.
  mutating func correct(_ guess: UInt32, to number: UInt32, isFirst: Bool) {
    let missed = number &- guess
    if !isFirst, missed < 1 << 31 { unexplained += Int(missed) }
    last = number
  }

  /// Notes that an image came, and how many before it didn't.
  mutating func note(_ number: UInt32) -> Missing {
    defer { last = number }
    guard let last else { return Missing() }
    let step = number &- last
    if step > 0, step < 1 << 31 {
      unexplained += Int(step) - 1
      return Missing()
    }
    // Numbers start again: another run of the board.
    boardDropped = nil
    recent = []
    return settle(droppedByBoard: 0)
  }

  /// Takes from BEGIN how many of the missing images were never sent.
  mutating func explain(_ begin: ImageBegin) -> Missing {
    let fresh = boardDropped.map { begin.imagesDropped &- $0 } ?? 0
    boardDropped = begin.imagesDropped
    return settle(droppedByBoard: fresh < 1 << 31 ? Int(fresh) : 0)
  }

  private mutating func settle(droppedByBoard: Int) -> Missing {
    let board = min(unexplained, droppedByBoard)
    defer { unexplained = 0 }
    return Missing(droppedByBoard: board, onLink: unexplained - board)
  }
}

/// What hangs together with some seeds, 64 pixels at once.
struct InkFlood {
  /// Spirals take many turns; so many are enough for print.
  private static let mostTurns = 6

  let words: Int
  let height: Int
  let mask: UnsafePointer<UInt64>
  let reached: UnsafeMutablePointer<UInt64>
  /// The turn in which each row changed last. Lent, as Swift 6.3 takes what a call in a closure over
  /// temporary memory leaves in a register for an error.
  let changes: UnsafeMutablePointer<Int>

  /// Leaves of `reached` what `mask` has, and adds all of the mask that is 8-connected to that; or
  /// the whole mask, if that takes too long.
  func run() {
    for y in 0..<height {
      var any: UInt64 = 0
      for w in 0..<words {
        reached[y &* words &+ w] &= mask[y &* words &+ w]
        any |= reached[y &* words &+ w]
      }
      changes[y] = any == 0 ? Int.min : 0
    }
    // Down, up, down ...: a row is looked at again if the one before it has changed since.
    for turn in 0..<InkFlood.mostTurns {
      var changed = false
      for i in 0..<height {
        let y = turn % 2 == 0 ? i : height &- 1 &- i
        let other = turn % 2 == 0 ? max(y &- 1, 0) : min(y &+ 1, height &- 1)
        let isNew =
          turn == 0 ? changes[y] == 0 || changes[other] == 0 : changes[other] >= turn &- 1
        guard isNew, spread(to: y, from: other, isFirst: turn == 0) else { continue }
        changes[y] = turn
        changed = true
      }
      if !changed, turn > 0 { return }
    }
    for i in 0..<(words &* height) { reached[i] = mask[i] }
  }

  /// Spreads from one row to another, and along that. Returns whether anything was added.
  @inline(__always)
  private func spread(to y: Int, from other: Int, isFirst: Bool) -> Bool {
    let open = mask + y &* words
    let near = reached + other &* words
    let row = reached + y &* words
    var changed = false
    var before: UInt64 = 0
    // To the right: what the sum of the mask and a seed changes are the seed's run and on.
    var isSplit = false
    for w in 0..<words {
      let mask = open[w]
      if mask == 0 {
        before = 0
        continue
      }
      let here = near[w]
      var touched = here | here << 1 | here >> 1 | before
      if w > 0 { touched |= near[w &- 1] >> 63 }
      if w &+ 1 < words { touched |= near[w &+ 1] << 63 }
      let seeds = touched & mask | row[w]
      // After the first turn what a row holds has spread along it.
      guard seeds != 0, isFirst || seeds != row[w] else {
        before = seeds >> 63
        continue
      }
      var filled = (mask ^ (mask &+ seeds)) & mask | seeds
      var way = mask
      filled |= way & filled >> 1
      way &= way >> 1
      filled |= way & filled >> 2
      way &= way >> 2
      filled |= way & filled >> 4
      way &= way >> 4
      filled |= way & filled >> 8
      way &= way >> 8
      filled |= way & filled >> 16
      way &= way >> 16
      filled |= way & filled >> 32
      if filled != row[w] {
        row[w] = filled
        changed = true
      }
      before = filled >> 63
      if filled & 1 != 0, w > 0, open[w &- 1] >> 63 != 0 { isSplit = true }
    }
    // To the left, from a word to the one before it.
    guard isSplit else { return changed }
    for w in stride(from: words &- 2, through: 0, by: -1) {
      let seed = row[w &+ 1] << 63 & open[w] & ~row[w]
      guard seed != 0 else { continue }
      // The run at the end of the word.
      row[w] |= ~(~UInt64(0) >> UInt64((~open[w]).leadingZeroBitCount))
      changed = true
    }
    return changed
  }
}

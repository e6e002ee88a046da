internal import CKernels

/// A horizontal stretch of ink: columns `start..<end` of row `y`.
package struct InkRun: Sendable, Equatable {
  package var y: Int32
  package var start: Int32
  package var end: Int32

  package init(y: Int32, start: Int32, end: Int32) {
    self.y = y
    self.start = start
    self.end = end
  }
}

/// The runs of a binary image, top to bottom, and the 8-connected piece that each belongs to.
package struct InkRuns: Sendable, Equatable {
  package internal(set) var runs: [InkRun] = []
  /// Each run's piece; pieces are numbered in the order of their first pixel.
  package internal(set) var pieces: [Int32] = []
  package internal(set) var pieceCount = 0

  package init() {}

  /// The runs of a byte a pixel.
  package init(_ image: BinaryImage) {
    var finder = RunFinder()
    finder.find(in: image)
    finder.take(into: &self)
  }
}

/// Finds runs and joins them to pieces: one pass over words of 64 pixels, one over the runs.
///
/// Keeps its memory.
struct RunFinder: Sendable {
  private var found: [InkRun] = []
  private var parents: [Int32] = []
  /// A piece's number, and whether it stays; by run, then by piece.
  private var labels: [Int32] = []
  private var stays: [Bool] = []
  private var count = 0

  /// Finds the runs of an image's rows of bits, each `words` words, lowest bit first.
  ///
  /// Pieces without a bit of `deep` are left out, and cleared; nil keeps all.
  mutating func find(
    in bits: UnsafeMutablePointer<UInt64>, deep: UnsafePointer<UInt64>?, words: Int, width: Int,
    height: Int
  ) {
    count = 0
    let most = RunFinder.runCount(in: bits, words: words, height: height)
    if found.count < most {
      let none = InkRun(y: 0, start: 0, end: 0)
      found = [InkRun](repeating: none, count: most + most / 2)
      parents = [Int32](repeating: 0, count: found.count)
      labels = parents
      stays = [Bool](repeating: false, count: found.count)
    }
    found.withUnsafeMutableBufferPointer { found in
      parents.withUnsafeMutableBufferPointer { parents in
        stays.withUnsafeMutableBufferPointer { stays in
          guard let runs = found.baseAddress, let parents = parents.baseAddress,
            let stays = stays.baseAddress
          else { return }
          var above = 0
          var here = 0
          for y in 0..<height {
            let row = bits + y &* words
            let next = RunFinder.runs(
              of: row, words: words, width: width, y: Int32(truncatingIfNeeded: y), to: runs,
              from: here)
            if let deep {
              let row = deep + y &* words
              for i in here..<next { stays[i] = RunFinder.isDeep(runs[i], row) }
            }
            RunFinder.join(runs, above: above..<here, here: here..<next, parents: parents)
            above = here
            here = next
          }
          count = here
        }
      }
    }
    number(all: deep == nil, bits: bits, words: words)
  }

  mutating func find(in image: BinaryImage) {
    guard image.width > 0, image.height > 0 else { return }
    let plane = ScribePlane(width: image.width, height: image.height)
    let words = Int(plane.stride) / 64
    var bits = [UInt64](repeating: 0, count: words * image.height)
    bits.withUnsafeMutableBufferPointer { bits in
      image.pixels.withUnsafeBufferPointer { pixels in
        guard let bits = bits.baseAddress, let pixels = pixels.baseAddress else { return }
        PixelKernels.chosen.functions.pack(plane, pixels, bits)
        find(in: bits, deep: nil, words: words, width: image.width, height: image.height)
      }
    }
  }

  /// The runs that stay.
  func take(into runs: inout InkRuns) {
    runs.runs.removeAll(keepingCapacity: true)
    runs.pieces.removeAll(keepingCapacity: true)
    runs.runs.append(contentsOf: found[..<count])
    runs.pieces.append(contentsOf: labels[..<count])
    runs.pieceCount = pieceCount
  }

  private var pieceCount = 0

  init() {}

  // MARK: Runs of words

  private static func runCount(
    in bits: UnsafePointer<UInt64>, words: Int, height: Int
  ) -> Int {
    var count = 0
    for y in 0..<height {
      var before: UInt64 = 0
      for w in 0..<words {
        let word = bits[y &* words &+ w]
        count &+= (word & ~(word << 1 | before)).nonzeroBitCount
        before = word >> 63
      }
    }
    return count
  }

  /// Writes the runs of a row from `index` on, and returns where they end.
  @inline(__always)
  private static func runs(
    of row: UnsafePointer<UInt64>, words: Int, width: Int, y: Int32,
    to runs: UnsafeMutablePointer<InkRun>, from index: Int
  ) -> Int {
    var start = index
    var end = index
    var before: UInt64 = 0
    for w in 0..<words {
      let word = row[w]
      let shifted = word << 1 | before
      before = word >> 63
      var starts = word & ~shifted
      var ends = shifted & ~word
      let column = Int32(truncatingIfNeeded: w &* 64)
      while starts != 0 {
        runs[start].y = y
        runs[start].start = column &+ Int32(truncatingIfNeeded: starts.trailingZeroBitCount)
        starts &= starts &- 1
        start &+= 1
      }
      while ends != 0 {
        runs[end].end = column &+ Int32(truncatingIfNeeded: ends.trailingZeroBitCount)
        ends &= ends &- 1
        end &+= 1
      }
    }
    if before != 0 { runs[end].end = Int32(truncatingIfNeeded: width) }
    return start
  }

  /// Whether a bit of the row is set within a run.
  @inline(__always)
  private static func isDeep(_ run: InkRun, _ row: UnsafePointer<UInt64>) -> Bool {
    let first = Int(run.start) >> 6
    let last = Int(run.end &- 1) >> 6
    let from = ~UInt64(0) << UInt64(run.start & 63)
    let to = ~UInt64(0) >> UInt64(63 &- (run.end &- 1) & 63)
    if first == last { return row[first] & from & to != 0 }
    if row[first] & from != 0 || row[last] & to != 0 { return true }
    for w in (first &+ 1)..<last where row[w] != 0 { return true }
    return false
  }

  @inline(__always)
  private static func clear(_ run: InkRun, _ row: UnsafeMutablePointer<UInt64>) {
    let first = Int(run.start) >> 6
    let last = Int(run.end &- 1) >> 6
    let before = ~(~UInt64(0) << UInt64(run.start & 63))
    let after = ~(~UInt64(0) >> UInt64(63 &- (run.end &- 1) & 63))
    if first == last {
      row[first] &= before | after
    } else {
      row[first] &= before
      row[last] &= after
      for w in (first &+ 1)..<last { row[w] = 0 }
    }
  }

  // MARK: Pieces

  @inline(__always)
  private static func join(
    _ runs: UnsafePointer<InkRun>, above: Range<Int>, here: Range<Int>,
    parents: UnsafeMutablePointer<Int32>
  ) {
    var j = above.lowerBound
    let end = above.upperBound
    for i in here {
      let run = runs[i]
      // The earlier run stays the root: pieces keep the order of their first pixel.
      let own = Int32(truncatingIfNeeded: i)
      var root = own
      while j < end, runs[j].end < run.start { j &+= 1 }
      var k = j
      while k < end, runs[k].start <= run.end {
        let other = RunFinder.root(of: Int32(truncatingIfNeeded: k), in: parents)
        if root == own {
          root = other
        } else if other != root {
          let earlier = min(root, other)
          parents[Int(max(root, other))] = earlier
          root = earlier
        }
        k &+= 1
      }
      parents[i] = root
    }
  }

  @inline(__always)
  private static func root(of run: Int32, in parents: UnsafeMutablePointer<Int32>) -> Int32 {
    var i = run
    while true {
      let parent = parents[Int(i)]
      if parent == i { return i }
      let next = parents[Int(parent)]
      parents[Int(i)] = next
      i = next
    }
  }

  /// Numbers the pieces that stay, and leaves their runs only.
  private mutating func number(
    all: Bool, bits: UnsafeMutablePointer<UInt64>, words: Int
  ) {
    let count = count
    var kept = 0
    var pieces: Int32 = 0
    found.withUnsafeMutableBufferPointer { found in
      parents.withUnsafeMutableBufferPointer { parents in
        labels.withUnsafeMutableBufferPointer { labels in
          stays.withUnsafeMutableBufferPointer { stays in
            guard let runs = found.baseAddress, let parents = parents.baseAddress,
              let labels = labels.baseAddress, let stays = stays.baseAddress
            else { return }
            // A parent comes before its runs, so that its own parent is the root by then.
            for i in 0..<count {
              let root = parents[Int(parents[i])]
              parents[i] = root
              if !all, stays[i] { stays[Int(root)] = true }
            }
            for i in 0..<count {
              let root = Int(parents[i])
              guard all || stays[root] else {
                RunFinder.clear(runs[i], bits + Int(runs[i].y) &* words)
                continue
              }
              // The root is the piece's first run; its parent's place holds the number then.
              if root == i {
                parents[i] = pieces
                labels[kept] = pieces
                pieces &+= 1
              } else {
                labels[kept] = parents[root]
              }
              runs[kept] = runs[i]
              kept &+= 1
            }
          }
        }
      }
    }
    self.count = kept
    pieceCount = Int(pieces)
  }
}

package import Binary
package import Gray

/// A horizontal stretch of ink: columns `start..<end` of row `y`.
package struct Run: Sendable, Equatable {
  package var y: Int32
  package var start: Int32
  package var end: Int32
}

/// One 8-connected piece of ink.
package struct Component: Sendable, Equatable {
  package var box: PixelBox
  /// Ink pixels.
  package var area: Int
  /// Its runs in `Components.runs`, top to bottom.
  package var runs: Range<Int>
}

/// The 8-connected components of a binary image, in the order of their first pixel.
///
/// Two passes over runs, not pixels: union-find while scanning, then a counting sort of the runs by
/// component. Cost grows with the number of runs.
package struct Components: Sendable {
  package private(set) var all: [Component] = []
  package private(set) var runs: [Run] = []

  package init(_ image: BinaryImage) {
    let found = Components.scan(image)
    var parents = [Int32](0..<Int32(found.count))
    Components.join(found, height: image.height, parents: &parents)
    collect(found, parents: &parents)
  }

  private static func scan(_ image: BinaryImage) -> [Run] {
    var runs: [Run] = []
    let width = image.width
    image.pixels.withUnsafeBytes { p in
      for y in 0..<image.height {
        let row = y &* width
        var x = 0
        while x < width {
          // Most of an image is paper: skip it eight pixels at a time.
          while x &+ 8 <= width,
            p.loadUnaligned(fromByteOffset: row &+ x, as: UInt64.self) == 0
          { x &+= 8 }
          while x < width, p[row &+ x] == 0 { x &+= 1 }
          guard x < width else { break }
          let start = x
          while x < width, p[row &+ x] != 0 { x &+= 1 }
          runs.append(Run(y: Int32(y), start: Int32(start), end: Int32(x)))
        }
      }
    }
    return runs
  }

  private static func join(_ runs: [Run], height: Int, parents: inout [Int32]) {
    var above = 0
    for i in runs.indices {
      let run = runs[i]
      while above < i, runs[above].y < run.y - 1 { above += 1 }
      while above < i, runs[above].y == run.y - 1, runs[above].end < run.start { above += 1 }
      var j = above
      while j < i, runs[j].y == run.y - 1, runs[j].start <= run.end {
        let a = root(of: Int32(j), in: &parents)
        let b = root(of: Int32(i), in: &parents)
        // The earlier run stays the root: components keep the order of their first pixel.
        parents[Int(max(a, b))] = min(a, b)
        j += 1
      }
    }
  }

  private static func root(of run: Int32, in parents: inout [Int32]) -> Int32 {
    var i = run
    while parents[Int(i)] != i {
      parents[Int(i)] = parents[Int(parents[Int(i)])]
      i = parents[Int(i)]
    }
    return i
  }

  private mutating func collect(_ found: [Run], parents: inout [Int32]) {
    var component = [Int](repeating: -1, count: found.count)
    var counts: [Int] = []
    for i in found.indices {
      let root = Int(Components.root(of: Int32(i), in: &parents))
      if root == i {
        component[i] = counts.count
        counts.append(0)
      } else {
        component[i] = component[root]
      }
      counts[component[i]] += 1
    }
    var starts: [Int] = []
    starts.reserveCapacity(counts.count)
    var total = 0
    for count in counts {
      starts.append(total)
      total += count
    }
    var next = starts
    runs = found
    for i in found.indices {
      runs[next[component[i]]] = found[i]
      next[component[i]] += 1
    }
    all.reserveCapacity(counts.count)
    for (start, count) in zip(starts, counts) {
      all.append(Component(runs: start..<(start + count), in: runs))
    }
  }
}

extension Component {
  /// Box and area of some runs.
  package init(runs range: Range<Int>, in runs: [Run]) {
    var left = Int32.max
    var right = Int32.min
    var top = Int32.max
    var bottom = Int32.min
    var area = 0
    for run in runs[range] {
      left = min(left, run.start)
      right = max(right, run.end)
      top = min(top, run.y)
      bottom = max(bottom, run.y + 1)
      area += Int(run.end - run.start)
    }
    self.init(
      box: PixelBox(
        x: Int(left), y: Int(top), width: Int(right) - Int(left), height: Int(bottom) - Int(top)),
      area: area, runs: range)
  }
}

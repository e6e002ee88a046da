package import Binary
package import Gray

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
/// Runs are found and joined to pieces by `InkRuns`; here they are sorted by component, by counting.
package struct Components: Sendable {
  package private(set) var all: [Component] = []
  package private(set) var runs: [InkRun] = []

  package init(_ image: BinaryImage) {
    self.init(InkRuns(image))
  }

  package init(_ ink: InkRuns) {
    let count = ink.pieceCount
    guard count > 0 else { return }
    let none = Component(box: PixelBox(x: 0, y: 0, width: 0, height: 0), area: 0, runs: 0..<0)
    all = [Component](repeating: none, count: count)
    runs = [InkRun](unsafeUninitializedCapacity: ink.runs.count) { runs, initialized in
      initialized = ink.runs.count
      withUnsafeTemporaryAllocation(of: Extent.self, capacity: count) { extents in
        Components.measure(ink, extents)
        var total = 0
        for (i, extent) in extents.enumerated() {
          all[i] = Component(extent, runs: total..<(total + extent.count))
          extents[i].next = total
          total += extent.count
        }
        for (run, piece) in zip(ink.runs, ink.pieces) {
          let next = extents[Int(piece)].next
          extents[Int(piece)].next = next &+ 1
          runs.initializeElement(at: next, to: run)
        }
      }
    }
  }

  /// What a component covers, as far as its runs have been seen.
  fileprivate struct Extent {
    var left: Int32
    var right: Int32
    var top: Int32
    var bottom: Int32
    var area = 0
    var count = 0
    /// Where its next run goes.
    var next = 0
  }

  private static func measure(
    _ ink: InkRuns, _ extents: UnsafeMutableBufferPointer<Extent>
  ) {
    var known = 0
    for (run, piece) in zip(ink.runs, ink.pieces) {
      let i = Int(piece)
      // Pieces are numbered in the order of their first run, which is their topmost.
      if i == known {
        extents.initializeElement(
          at: i, to: Extent(left: run.start, right: run.end, top: run.y, bottom: run.y &+ 1))
        known &+= 1
      } else {
        extents[i].left = min(extents[i].left, run.start)
        extents[i].right = max(extents[i].right, run.end)
        extents[i].bottom = run.y &+ 1
      }
      extents[i].area &+= Int(run.end &- run.start)
      extents[i].count &+= 1
    }
  }
}

extension Component {
  fileprivate init(_ extent: Components.Extent, runs: Range<Int>) {
    self.init(
      box: PixelBox(
        x: Int(extent.left), y: Int(extent.top), width: Int(extent.right &- extent.left),
        height: Int(extent.bottom &- extent.top)),
      area: extent.area, runs: runs)
  }
}

extension Component {
  /// Box and area of some runs.
  package init(runs range: Range<Int>, in runs: [InkRun]) {
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

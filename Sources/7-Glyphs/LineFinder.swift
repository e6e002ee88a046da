package import Binary
import Gray

/// Groups components into lines of text.
///
/// Works on one polarity: neighbours of like height are chained left to right, the chains are
/// straightened by the angle that makes their rows of ink sharpest, collinear chains are joined,
/// and the small marks (dots, commas, dashes) near a line are given to it.
package struct LineFinder: Sendable {
  /// The least height of a character in working pixels.
  package var minimumHeight = 6
  /// The steepest line that is looked for, as rise over run.
  package var maximumSlope = 0.2

  package init() {}

  package func lines(
    in components: Components, width: Int, height: Int, polarity: Polarity
  ) -> [TextLine] {
    let kinds = classify(components, width: width, height: height)
    var chains = chain(kinds.bodies, components).map { withoutOutliers($0, components) }
    guard !chains.isEmpty else { return [] }
    let curves = chains.map { chain -> [Float]? in
      isLong(chain, components) ? alignment(of: chain, components) : nil
    }
    let tilt = commonSlope(of: chains, curves, components)
    var lines = zip(chains, curves).map { chain, curve in
      line(chain, components, polarity: polarity, commonSlope: tilt, curve: curve)
    }
    func joinPairs(_ pair: ([TextLine]) -> (Int, Int)?) {
      while let (i, j) = pair(lines) {
        chains[i] += chains[j]
        chains.remove(at: j)
        lines.remove(at: j)
        lines[i] = line(chains[i], components, polarity: polarity, commonSlope: tilt)
      }
    }
    joinPairs { collinearPair(of: $0, reach: 2.4) }
    // Marks bridge what would be too wide a gap: "W.- [1".
    joinPairs { lines in
      collinearPair(of: attaching(kinds.marks, to: lines, components), reach: 1.2)
    }
    lines = attaching(kinds.marks, to: lines, components)
    for i in lines.indices {
      lines[i].components.sort { components.all[$0].box.x < components.all[$1].box.x }
    }
    return lines.filter { $0.height >= Double(minimumHeight) - 1 }
      .sorted { $0.baseline(at: $0.start) < $1.baseline(at: $1.start) }
  }

  // MARK: Which components can be characters

  private func classify(
    _ components: Components, width: Int, height: Int
  ) -> (bodies: [Int], marks: [Int]) {
    var bodies: [Int] = []
    var marks: [Int] = []
    for (i, component) in components.all.enumerated() {
      let box = component.box
      if box.height > height * 3 / 4 || box.width > width * 19 / 20 { continue }
      if box.height >= minimumHeight, component.area >= 8 {
        // Rules and edges are long and thin; a run of touching characters is neither.
        let filled = Double(component.area) / Double(box.width * box.height)
        if box.width > 6 * box.height, filled > 0.7 || box.height < 10 {
          marks.append(i)
        } else {
          bodies.append(i)
        }
      } else if component.area >= 2 {
        marks.append(i)
      }
    }
    let frames = bodies.filter { isFrame(components.all[$0], bodies, components) }
    if !frames.isEmpty {
      let set = Set(frames)
      bodies.removeAll { set.contains($0) }
    }
    return (bodies, marks)
  }

  /// A label's border: a box that is mostly empty of its own ink and holds other components.
  private func isFrame(_ frame: Component, _ bodies: [Int], _ components: Components) -> Bool {
    let box = frame.box
    let filled = Double(frame.area) / Double(box.width * box.height)
    guard filled < 0.35, box.height >= 16, box.width >= 16 else { return false }
    var inside = 0
    for i in bodies {
      let other = components.all[i].box
      let x = other.x + other.width / 2
      let y = other.y + other.height / 2
      guard other != box, x > box.x, x < box.maxX, y > box.y, y < box.maxY else { continue }
      if 2 * other.height > box.height, other.height > 12, 2 * other.width > box.width { continue }
      inside += 1
      if inside >= 2 { return true }
    }
    return filled < 0.12 && inside >= 1
  }

  // MARK: Chains

  private func chain(_ bodies: [Int], _ components: Components) -> [[Int]] {
    let ordered = bodies.sorted { components.all[$0].box.x < components.all[$1].box.x }
    var parents = Array(ordered.indices)
    func root(_ i: Int) -> Int {
      var i = i
      while parents[i] != i {
        parents[i] = parents[parents[i]]
        i = parents[i]
      }
      return i
    }
    let boxes = ordered.map { components.all[$0].box }
    let widest = boxes.map(\.width).max() ?? 0
    for i in boxes.indices {
      let a = boxes[i]
      // Those farther left have their middles left of this one's.
      var near = i
      while near > 0, 2 * boxes[near - 1].x + widest > 2 * a.x + a.width { near -= 1 }
      let limit = a.maxX + (9 * a.height + 15) / 5
      var best: (gap: Int, index: Int)?
      for j in near..<boxes.count where j != i {
        let b = boxes[j]
        if b.x > limit { break }
        // A right neighbour: its middle lies right of ours.
        guard 2 * b.x + b.width > 2 * a.x + a.width || (j > i && b.x == a.x) else { continue }
        let gap = max(0, b.x - a.maxX)
        guard areNeighbours(a, b, gap: gap) else { continue }
        if let known = best, known.gap <= gap { continue }
        best = (gap, j)
      }
      if let best { parents[root(best.index)] = root(i) }
    }
    var groups: [Int: [Int]] = [:]
    for i in ordered.indices { groups[root(i), default: []].append(ordered[i]) }
    return groups.keys.sorted().compactMap { groups[$0] }
  }

  private func areNeighbours(_ a: PixelBox, _ b: PixelBox, gap: Int) -> Bool {
    let small = min(a.height, b.height)
    let large = max(a.height, b.height)
    guard 10 * large <= 26 * small, 5 * gap <= 9 * small + 15 else { return false }
    let overlap = min(a.maxY, b.maxY) - max(a.y, b.y)
    return 5 * overlap >= 2 * small
  }

  /// Drops what is far taller than the rest of a chain: parts of a border, the edge of a shadow.
  private func withoutOutliers(_ chain: [Int], _ components: Components) -> [Int] {
    guard chain.count >= 4 else { return chain }
    let heights = chain.map { components.all[$0].box.height }.sorted()
    let limit = heights[heights.count / 2] * 21 / 10
    return chain.filter { components.all[$0].box.height <= limit }
  }

  // MARK: Slope

  /// How well the tops and the bottoms of a chain's characters line up for each slope tried.
  private func alignment(of chain: [Int], _ components: Components) -> [Float] {
    let points = outline(of: chain, components)
    let height = points.map { $0.bottom - $0.top }.max() ?? 1
    let sharpness = 1 / Float(max(0.8, 0.05 * height))
    let slopes = slopeSteps.map { Float($0) }
    var sums = [Float](repeating: 0, count: slopes.count)
    slopes.withUnsafeBufferPointer { slopes in
      sums.withUnsafeMutableBufferPointer { sums in
        for i in points.indices {
          for j in points.indices.dropFirst(i + 1).prefix(16) {
            let across = Float(points[j].x - points[i].x) * sharpness
            let tops = Float(points[j].top - points[i].top) * sharpness
            let bottoms = Float(points[j].bottom - points[i].bottom) * sharpness
            for k in 0..<slopes.count {
              let top = tops - slopes[k] * across
              let bottom = bottoms - slopes[k] * across
              let a = 1 + top * top
              let b = 1 + bottom * bottom
              // 1 / a + 1 / b
              sums[k] += (a + b) / (a * b)
            }
          }
        }
      }
    }
    return sums
  }

  /// Top and bottom of the ink in each character, or in character-wide parts of touching ones.
  private func outline(
    of chain: [Int], _ components: Components
  ) -> [(x: Double, top: Double, bottom: Double)] {
    var points: [(x: Double, top: Double, bottom: Double)] = []
    for index in chain {
      let component = components.all[index]
      let box = component.box
      let parts = max(1, Int((Double(box.width) / Double(box.height) / 0.7).rounded()))
      var top = [Int32](repeating: .max, count: parts)
      var bottom = [Int32](repeating: .min, count: parts)
      for run in components.runs[component.runs] {
        let first = (Int(run.start) - box.x) * parts / box.width
        let last = (Int(run.end) - 1 - box.x) * parts / box.width
        for part in first...last {
          top[part] = min(top[part], run.y)
          bottom[part] = max(bottom[part], run.y + 1)
        }
      }
      for part in 0..<parts where top[part] != .max {
        let x = Double(box.x) + (Double(part) + 0.5) * Double(box.width) / Double(parts)
        points.append((x, Double(top[part]), Double(bottom[part])))
      }
    }
    return points.sorted { $0.x < $1.x }
  }

  private var slopeSteps: [Double] {
    let n = Int((maximumSlope / 0.01).rounded())
    return (-n...n).map { Double($0) * 0.01 }
  }

  private func extent(of chain: [Int], _ components: Components) -> (width: Int, height: Int) {
    var left = Int.max
    var right = Int.min
    var height = 1
    for index in chain {
      let box = components.all[index].box
      left = min(left, box.x)
      right = max(right, box.maxX)
      height = max(height, box.height)
    }
    return (chain.isEmpty ? 0 : right - left, height)
  }

  /// Whether a chain has a slope of its own.
  private func isLong(_ chain: [Int], _ components: Components) -> Bool {
    let (width, height) = extent(of: chain, components)
    return width > 2 * height
  }

  /// The slope on which the chains of an image agree: a camera tilts all lines alike.
  private func commonSlope(
    of chains: [[Int]], _ curves: [[Float]?], _ components: Components
  ) -> Double {
    let slopes = slopeSteps
    var total = [Double](repeating: 0, count: slopes.count)
    for (chain, curve) in zip(chains, curves) {
      guard let curve else { continue }
      let (width, height) = extent(of: chain, components)
      let peak = max(curve.max() ?? 1, 1)
      // Long chains know the angle better.
      let weight = Double(width) / Double(height)
      for i in curve.indices { total[i] += weight * Double(curve[i] / peak) }
    }
    return refinedPeak(total, slopes)
  }

  private func refinedPeak(_ curve: [Double], _ slopes: [Double]) -> Double {
    guard let peak = curve.indices.max(by: { curve[$0] < curve[$1] }), curve[peak] > 0 else {
      return 0
    }
    guard peak > 0, peak + 1 < curve.count else { return slopes[peak] }
    let a = curve[peak - 1]
    let b = curve[peak]
    let c = curve[peak + 1]
    let bend = a - 2 * b + c
    return slopes[peak] + (bend < 0 ? 0.005 * (a - c) / bend : 0)
  }

  // MARK: Lines

  func line(
    _ chain: [Int], _ components: Components, polarity: Polarity, commonSlope: Double,
    curve: [Float]? = nil
  ) -> TextLine {
    let boxes = chain.map { components.all[$0].box }
    let left = boxes.map(\.x).min() ?? 0
    let right = boxes.map(\.maxX).max() ?? 0
    let tallest = Double(boxes.map(\.height).max() ?? 1)
    let slope = self.slope(
      of: chain, components, span: Double(right - left) / tallest, commonSlope: commonSlope,
      curve: curve)

    // The outline of the ink, column by column, after straightening.
    var tops: [Double] = []
    var bottoms: [Double] = []
    var lowest: [Double] = []
    tops.reserveCapacity(chain.count)
    bottoms.reserveCapacity(boxes.reduce(0) { $0 + $1.width })
    lowest.reserveCapacity(chain.count)
    let widest = boxes.map(\.width).max() ?? 0
    var columns = [Int32](repeating: 0, count: 2 * widest)
    columns.withUnsafeMutableBufferPointer { outline in
      for index in chain {
        let component = components.all[index]
        let width = component.box.width
        outline[..<width].update(repeating: .max)
        components.runs.withUnsafeBufferPointer { runs in
          for i in component.runs {
            let run = runs[i]
            let first = Int(run.start) &- component.box.x
            for column in first..<(first &+ Int(run.end &- run.start)) {
              outline[column] = min(outline[column], run.y)
              // Runs come top to bottom.
              outline[width &+ column] = run.y &+ 1
            }
          }
        }
        var highest = Double.infinity
        var deepest = -Double.infinity
        for column in 0..<width where outline[column] != .max {
          let shift = slope * Double(component.box.x + column)
          highest = min(highest, Double(outline[column]) - shift)
          let low = Double(outline[width + column]) - shift
          deepest = max(deepest, low)
          bottoms.append(low)
        }
        tops.append(highest)
        lowest.append(deepest)
      }
    }
    tops.sort()
    let spread = max(1, tallest / 16)
    var baseline = mode(of: bottoms, spread: spread)
    // Few characters have descenders: what most stand below is the bowls of a "P" or an "F".
    let standing = lowest.count { $0 > baseline + max(2, tallest / 5) }
    if 2 * standing > lowest.count { baseline = mode(of: lowest, spread: spread) }
    // A tenth of the components may stick out: brackets, or dirt that touches a character.
    let top = tops[tops.count / 10]
    return TextLine(
      polarity: polarity, slope: slope, baseline: baseline, height: max(1, baseline - top),
      start: Double(left), end: Double(right), components: chain)
  }

  private func slope(
    of chain: [Int], _ components: Components, span: Double, commonSlope: Double,
    curve known: [Float]?
  ) -> Double {
    guard span > 2.5 else { return commonSlope }
    let slopes = slopeSteps
    var curve = (known ?? alignment(of: chain, components)).map { Double($0) }
    let peak = max(curve.max() ?? 1, 1)
    // The shorter the chain, the closer it keeps to what the whole image says.
    let tolerance = 0.01 * span
    for i in curve.indices {
      let distance = (slopes[i] - commonSlope) / tolerance
      curve[i] = curve[i] / peak - 0.5 * min(1, distance * distance)
    }
    if (curve.max() ?? 0) <= 0 { return commonSlope }
    return refinedPeak(curve, slopes)
  }

  /// The most frequent value, found with a sliding window of twice `spread`.
  private func mode(of values: [Double], spread: Double) -> Double {
    let sorted = values.sorted()
    var best = 0
    var value = sorted.last ?? 0
    var low = 0
    for high in sorted.indices {
      while sorted[high] - sorted[low] > 2 * spread { low += 1 }
      // Ties go to the lower edge of the ink: the baseline lies below the counters.
      if high - low + 1 >= best {
        best = high - low + 1
        value = sorted[(low + high) / 2]
      }
    }
    return value
  }

  // MARK: Joining and marks

  /// Two lines that are parts of one, with at most `reach` times their height between them.
  private func collinearPair(of lines: [TextLine], reach: Double) -> (Int, Int)? {
    for i in lines.indices {
      for j in lines.indices.dropFirst(i + 1)
      where belongTogether(lines[i], lines[j], reach: reach) {
        return (i, j)
      }
    }
    return nil
  }

  private func belongTogether(_ a: TextLine, _ b: TextLine, reach: Double) -> Bool {
    let (left, right) = a.start <= b.start ? (a, b) : (b, a)
    let height = max(a.height, b.height)
    let small = min(a.height, b.height)
    let gap = right.start - left.end
    guard small > 0.55 * height, gap < reach * small, gap > -0.6 * height else { return false }
    let x = (left.end + right.start) / 2
    let aTop = a.baseline(at: x) - a.height
    let bTop = b.baseline(at: x) - b.height
    let overlap = min(a.baseline(at: x), b.baseline(at: x)) - max(aTop, bTop)
    return overlap > 0.6 * small
  }

  private func attaching(
    _ marks: [Int], to lines: [TextLine], _ components: Components
  ) -> [TextLine] {
    var lines = lines
    for mark in marks {
      let component = components.all[mark]
      let x = Double(component.box.x) + Double(component.box.width) / 2
      let y = Double(component.box.y) + Double(component.box.height) / 2
      var best: (distance: Double, index: Int)?
      for (i, line) in lines.enumerated() {
        let height = line.height
        // A dot is about an eighth of the height across; specks are smaller.
        guard Double(component.area) >= 0.004 * height * height,
          Double(component.box.width) < 2.5 * height,
          x > line.start - 1.2 * height, x < line.end + 1.2 * height
        else { continue }
        let above = line.baseline(at: x) - y
        guard above < 1.3 * height, above > -0.35 * height else { continue }
        let distance = abs(above - height / 2) / height
        if best.map({ distance < $0.distance }) ?? true { best = (distance, i) }
      }
      guard let best else { continue }
      lines[best.index].components.append(mark)
      lines[best.index].start = min(lines[best.index].start, Double(component.box.x))
      lines[best.index].end = max(lines[best.index].end, Double(component.box.maxX))
    }
    return lines
  }
}

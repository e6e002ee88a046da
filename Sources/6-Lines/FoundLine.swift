import Glibc

/// A line of text that a finder saw, in pixels of the picture that it was given.
package struct FoundLine: Sendable, Equatable {
  package var polarity: Polarity
  /// Rise over run of the baseline; y grows downwards.
  package var slope: Double
  /// The baseline is `y = baseline + slope * x`.
  package var baseline: Double
  /// Height of capitals, perpendicular to the baseline.
  package var height: Double
  /// Height of small letters.
  package var xHeight: Double
  /// The baseline's ends, along x.
  package var start: Double
  package var end: Double
  /// Mean probability of its cells, 0...1.
  package var score: Double
  /// The number of times that the picture was halved.
  package var level: Int

  package init(
    polarity: Polarity, slope: Double, baseline: Double, height: Double, xHeight: Double,
    start: Double, end: Double, score: Double, level: Int
  ) {
    self.polarity = polarity
    self.slope = slope
    self.baseline = baseline
    self.height = height
    self.xHeight = xHeight
    self.start = start
    self.end = end
    self.score = score
    self.level = level
  }

  /// Heights of capitals that a level is best for, in its pixels.
  private static let suited = 9.0...22.0
  /// Score lost per octave outside that range.
  private static let lossOutside = 0.5
  /// Share of a line's area inside a better line from which on the two count as views of one line.
  private static let mostInside = 0.5

  /// The score, less a loss for a size that doesn't suit the level.
  var rank: Double {
    let height = height / pow(2, Double(level))
    let below = level > 0 ? log2(Self.suited.lowerBound / height) : 0
    return score - Self.lossOutside * max(below, log2(height / Self.suited.upperBound), 0)
  }

  /// The share of the line's area that lies within another one.
  func share(inside other: FoundLine) -> Double {
    let cosine = 1 / (1 + slope * slope).squareRoot()
    let otherCosine = 1 / (1 + other.slope * other.slope).squareRoot()
    var count = 0
    for column in 0..<9 {
      let along = start + (end - start) * (Double(column) + 0.5) / 9
      for part in [0.2, 0.5, 0.8] {
        let up = height * part
        let x = along + up * slope * cosine
        let y = baseline + slope * along - up * cosine
        let over = (other.baseline + other.slope * x - y) * otherCosine / other.height
        let foot = x - over * other.height * other.slope * otherCosine
        if over > 0, over < 1, foot > other.start, foot < other.end { count += 1 }
      }
    }
    return Double(count) / 27
  }

  /// The lines of all levels and polarities, best first, without further views of better ones.
  package static func merged(_ lines: [FoundLine]) -> [FoundLine] {
    var kept: [FoundLine] = []
    let ranked = lines.map { (line: $0, rank: $0.rank) }.sorted { $0.rank > $1.rank }
    for (line, _) in ranked
    where kept.allSatisfy({
      line.share(inside: $0) < mostInside && $0.share(inside: line) < mostInside
    }) {
      kept.append(line)
    }
    return kept
  }

  /// The widest gap between words, in heights, at which two lines side by side are one.
  private static let widestSpace = 1.6
  /// Limits on the ratio of heights, and on the distance of baselines in heights.
  private static let alikeHeights = 0.7...1.43
  private static let baselineTolerance = 0.3

  /// The lines, joined where they are words of one.
  package static func joined(_ lines: [FoundLine]) -> [FoundLine] {
    var lines = lines
    var i = 0
    while i < lines.count {
      if let j = lines.indices.first(where: { $0 > i && lines[i].isBeside(lines[$0]) }) {
        lines[i].join(lines.remove(at: j))
        i = 0
      } else {
        i += 1
      }
    }
    return lines
  }

  private func isBeside(_ other: FoundLine) -> Bool {
    let (left, right) = start <= other.start ? (self, other) : (other, self)
    let gap = right.start - left.end
    let height = min(self.height, other.height)
    guard polarity == other.polarity, Self.alikeHeights.contains(self.height / other.height),
      gap < Self.widestSpace * height, gap > -0.5 * height
    else { return false }
    let x = (left.end + right.start) / 2
    return abs(left.baseline + left.slope * x - right.baseline - right.slope * x)
      <= Self.baselineTolerance * height
  }

  /// Joins another line to this one: the baseline runs through the ends of both.
  private mutating func join(_ other: FoundLine) {
    let (mine, its) = (max(1, end - start), max(1, other.end - other.start))
    let total = mine + its
    func mean(_ a: Double, _ b: Double) -> Double { (a * mine + b * its) / total }
    let points = [self, other].flatMap { line in
      [line.start, line.end].map { x in
        (x: x, y: line.baseline + line.slope * x, weight: max(1, line.end - line.start))
      }
    }
    let weight = points.reduce(0) { $0 + $1.weight }
    let x = points.reduce(0) { $0 + $1.weight * $1.x } / weight
    let y = points.reduce(0) { $0 + $1.weight * $1.y } / weight
    let across = points.reduce(0) { $0 + $1.weight * ($1.x - x) * ($1.x - x) }
    let rise = points.reduce(0) { $0 + $1.weight * ($1.x - x) * ($1.y - y) }
    slope = rise / max(1, across)
    baseline = y - slope * x
    height = mean(height, other.height)
    xHeight = mean(xHeight, other.xHeight)
    score = mean(score, other.score)
    start = min(start, other.start)
    end = max(end, other.end)
  }

  /// Distance from a line's end to a cut-out's border, in heights, up to which the line is extended
  /// to the border: a character that the border touches or cuts is easily missed there. Found on
  /// rows of meters.
  private static let borderReach = 0.7

  /// The line, extended to the borders that its ends are near.
  package func reachingBorders(ofWidth width: Double) -> FoundLine {
    var line = self
    if start < Self.borderReach * height { line.start = min(start, 0) }
    if width - end < Self.borderReach * height { line.end = max(end, width) }
    return line
  }

  /// The line in a picture that was moved by so many pixels and then scaled.
  func placed(fromLeft left: Double, top: Double, scale: Double) -> FoundLine {
    var line = self
    line.baseline = (baseline + slope * left - top) * scale
    line.height *= scale
    line.xHeight *= scale
    line.start = (start - left) * scale
    line.end = (end - left) * scale
    return line
  }
}

extension TextLine {
  package init(_ found: FoundLine) {
    self.init(
      polarity: found.polarity, slope: found.slope, baseline: found.baseline,
      height: found.height, start: found.start, end: found.end)
  }
}

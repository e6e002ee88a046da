import Glibc

/// A finder's logits, cell by cell, and the lines that they make.
///
/// A cell is 8x8 pixels; its upper and its lower half each say whether the core of a line of text
/// runs through their middle, and how that line lies. `scripts/training/finder.py` defines the same.
package struct FinderCells {
  /// Pixels to a side of a cell.
  package static let side = 8
  /// The logits of each half of a cell, in this order.
  package static let channels = [
    "dark", "light", "height", "x_height", "baseline", "slope", "start", "end",
  ]
  /// The labels of a model that finds text.
  package static let labels = ["upper", "lower"].flatMap { half in
    channels.map { "\(half) \($0)" }
  }

  /// Logits give geometry as (value - middle) * factor.
  package static let middles = [0, 0, 0, -0.5, 0.5, 0, 1.5, 1.5]
  package static let factors = [1, 1, 4, 8, 8, 6, 3, 3] as [Double]
  /// The height that a logit of 0 stands for, in pixels.
  package static let typicalHeight = 14.0
  /// Cells without text between neighbours in a line.
  private static let widestGap = 2
  /// Largest distance between baselines of neighbours, in heights.
  private static let baselineTolerance = 0.35
  /// Largest difference between heights of neighbours, in octaves.
  private static let heightTolerance = 0.35
  /// Weight of the cells' own slopes beside the course of their baselines, in square pixels.
  private static let slopePrior = 30.0
  /// The least mean probability of a line.
  package static let leastScore = 0.6

  /// Half a cell through which a line's core runs.
  private struct Cell {
    var column: Int
    var octave: Double
    var height: Double
    var xHeight: Double
    var slope: Double
    /// The foot of the cell on its baseline.
    var x: Double
    var y: Double
    var left: Double
    var right: Double
    var probability: Double
  }

  let logits: [Int8]
  /// Numbers of cells.
  let rows: Int
  let columns: Int
  /// Quantization of the logits.
  let scale: Double
  let zeroPoint: Int

  package init(_ logits: [Int8], rows: Int, columns: Int, scale: Double, zeroPoint: Int) {
    precondition(logits.count == rows * columns * Self.labels.count)
    (self.logits, self.rows, self.columns) = (logits, rows, columns)
    (self.scale, self.zeroPoint) = (scale, zeroPoint)
  }

  /// The lines, in pixels of the picture before it was halved `level` times.
  package func lines(level: Int) -> [FoundLine] {
    [Polarity.darkOnLight, .lightOnDark].flatMap { polarity -> [FoundLine] in
      let cells = cells(polarity)
      return groups(of: cells).map { line(through: $0.map { cells[$0] }, polarity, level: level) }
        .filter { $0.score >= Self.leastScore }
    }
  }

  /// The cells through which lines run, column by column, from above.
  private func cells(_ polarity: Polarity) -> [Cell] {
    let isLight = polarity == .lightOnDark
    let channels = Self.channels.count
    var cells: [Cell] = []
    for column in 0..<columns {
      for row in 0..<2 * rows {
        let first = (row / 2 * columns + column) * 2 * channels + row % 2 * channels
        let dark = Int(logits[first])
        let light = Int(logits[first + 1])
        let mine = isLight ? light : dark
        guard mine > zeroPoint, isLight ? light > dark : dark >= light else { continue }
        func value(_ k: Int) -> Double {
          scale * Double(Int(logits[first + k]) - zeroPoint) / Self.factors[k] + Self.middles[k]
        }
        let octave = value(2)
        let height = Self.typicalHeight * exp2(octave)
        let slope = value(5)
        let cosine = 1 / (1 + slope * slope).squareRoot()
        let down = value(4) * height
        let side = Double(Self.side)
        let x = side * (Double(column) + 0.5) - down * slope * cosine
        let y = side / 2 * (Double(row) + 0.5) + down * cosine
        cells.append(
          Cell(
            column: column, octave: octave, height: height, xHeight: value(3), slope: slope, x: x,
            y: y, left: x - side * value(6) * cosine, right: x + side * value(7) * cosine,
            probability: 1 / (1 + exp(-scale * Double(mine - zeroPoint)))))
      }
    }
    return cells
  }

  /// Indices of cells that are connected by neighbours that agree.
  private func groups(of cells: [Cell]) -> [[Int]] {
    var isWaiting = [Bool](repeating: true, count: cells.count)
    var groups: [[Int]] = []
    for first in cells.indices where isWaiting[first] {
      isWaiting[first] = false
      var group = [first]
      var next = 0
      while next < group.count {
        let cell = cells[group[next]]
        // Cells are in the order of their columns.
        var k = group[next]
        while k > 0, cells[k - 1].column >= cell.column - Self.widestGap - 1 { k -= 1 }
        while k < cells.count, cells[k].column <= cell.column + Self.widestGap + 1 {
          if isWaiting[k], agree(cell, cells[k]) {
            isWaiting[k] = false
            group.append(k)
          }
          k += 1
        }
        next += 1
      }
      groups.append(group.sorted())
    }
    return groups
  }

  private func agree(_ a: Cell, _ b: Cell) -> Bool {
    let slope = (a.slope + b.slope) / 2
    return abs(a.y - b.y - slope * (a.x - b.x)) <= Self.baselineTolerance * min(a.height, b.height)
      && abs(a.octave - b.octave) <= Self.heightTolerance
  }

  /// The line through the baselines of cells.
  private func line(through cells: [Cell], _ polarity: Polarity, level: Int) -> FoundLine {
    let total = cells.reduce(0) { $0 + $1.probability }
    func mean(_ value: (Cell) -> Double) -> Double {
      cells.reduce(0) { $0 + $1.probability * value($1) } / total
    }
    let middleX = mean(\.x)
    let middleY = mean(\.y)
    let covariance = mean { ($0.x - middleX) * ($0.y - middleY) }
    let variance = mean { ($0.x - middleX) * ($0.x - middleX) }
    let slope =
      (covariance + Self.slopePrior * mean(\.slope)) / (variance + Self.slopePrior)
    let height = Self.typicalHeight * exp2(median(of: cells, \.octave))
    let size = exp2(Double(level))
    let first = cells.map(\.column).min() ?? 0
    let last = cells.map(\.column).max() ?? 0
    func end(_ outer: [Cell], _ place: (Cell) -> Double) -> Double {
      outer.reduce(0) { $0 + $1.probability * place($1) }
        / outer.reduce(0) { $0 + $1.probability }
    }
    let start = end(cells.filter { $0.column <= first + 1 }, \.left)
    let stop = end(cells.filter { $0.column >= last - 1 }, \.right)
    return FoundLine(
      polarity: polarity, slope: slope, baseline: (middleY - slope * middleX) * size,
      height: height * size,
      xHeight: height * exp2(min(median(of: cells, \.xHeight), 0)) * size, start: start * size,
      end: max(start, stop) * size, score: total / Double(cells.count), level: level)
  }

  /// The first value, in ascending order, at which half of the weight is reached.
  private func median(of cells: [Cell], _ value: (Cell) -> Double) -> Double {
    let sorted = cells.sorted { value($0) < value($1) }
    let half = cells.reduce(0) { $0 + $1.probability } / 2
    var sum = 0.0
    for cell in sorted {
      sum += cell.probability
      if sum >= half { return value(cell) }
    }
    return sorted.last.map(value) ?? 0
  }
}

import Foundation
import Lines
import Testing

/// The logits of a perfect finder for some lines, decoded again.
@Suite struct FinderTests {
  private let rows = 15
  private let columns = 20
  private let scale = 1.0 / 16

  /// Logits of all cells: a line runs through the cells near its core, and none through the others.
  private func logits(of lines: [FoundLine], without gaps: ClosedRange<Int>? = nil) -> [Int8] {
    var logits = [Int8](repeating: 0, count: rows * columns * FinderCells.labels.count)
    for row in 0..<2 * rows {
      for column in 0..<columns {
        let first = (row / 2 * columns + column) * 16 + row % 2 * 8
        logits[first] = -64
        logits[first + 1] = -64
        if gaps?.contains(column) ?? false { continue }
        let x = 8 * (Double(column) + 0.5)
        let y = 4 * (Double(row) + 0.5)
        for line in lines {
          let cosine = 1 / (1 + line.slope * line.slope).squareRoot()
          let down = (line.baseline + line.slope * x - y) * cosine / line.height
          // The point where the perpendicular through the middle meets the baseline.
          let foot = x - down * line.height * line.slope * cosine
          guard down > 0.2, down < 0.8, foot > line.start, foot < line.end else { continue }
          let values = [
            line.polarity == .darkOnLight ? 4.0 : -4, line.polarity == .lightOnDark ? 4 : -4,
            4 * log2(line.height / 14), 8 * (log2(line.xHeight / line.height) + 0.5),
            8 * (down - 0.5), 6 * line.slope,
            3 * (min(3.5, (foot - line.start) / 8 / cosine) - 1.5),
            3 * (min(3.5, (line.end - foot) / 8 / cosine) - 1.5),
          ]
          for (k, value) in values.enumerated() {
            logits[first + k] = Int8(max(-128, min(127, (16 * value).rounded())))
          }
        }
      }
    }
    return logits
  }

  private func line(
    _ polarity: Polarity = .darkOnLight, slope: Double = 0, baseline: Double = 60,
    height: Double = 14, start: Double = 20, end: Double = 140
  ) -> FoundLine {
    FoundLine(
      polarity: polarity, slope: slope, baseline: baseline, height: height, xHeight: 0.7 * height,
      start: start, end: end, score: 1, level: 0)
  }

  /// In a cut-out a line is extended to borders that are near, but not beyond the area already
  /// seen.
  @Test func linesReachNearBorders() {
    func ends(_ start: Double, _ end: Double) -> [Double] {
      let found = FoundLine(
        polarity: .darkOnLight, slope: 0, baseline: 30, height: 20, xHeight: 14, start: start,
        end: end, score: 1, level: 0
      ).reachingBorders(ofWidth: 100)
      return [found.start, found.end]
    }
    #expect(ends(13, 87) == [0, 100])
    #expect(ends(15, 85) == [15, 85])
    #expect(ends(-2, 103) == [-2, 103])
  }

  private func decoded(_ logits: [Int8], level: Int = 0) -> [FoundLine] {
    FinderCells(logits, rows: rows, columns: columns, scale: scale, zeroPoint: 0)
      .lines(level: level)
  }

  private func expect(_ found: FoundLine, is line: FoundLine, size: Double = 1) {
    #expect(found.polarity == line.polarity)
    #expect(abs(found.slope - line.slope) < 0.02)
    let middle = (line.start + line.end) / 2
    let y = found.baseline + found.slope * middle * size
    #expect(abs(y - (line.baseline + line.slope * middle) * size) < 0.5 * size)
    #expect(abs(found.height / size - line.height) < 0.02 * line.height)
    #expect(abs(found.xHeight / size - line.xHeight) < 0.02 * line.height)
    #expect(abs(found.start / size - line.start) < 3)
    #expect(abs(found.end / size - line.end) < 3)
    #expect(found.score > 0.95)
  }

  @Test(arguments: [
    (0.0, 60.0, 14.0), (0.15, 50, 10), (-0.2, 80, 20), (0.7, 10, 16), (0, 40, 8),
  ]) func linesComeBack(slope: Double, baseline: Double, height: Double) throws {
    for polarity in [Polarity.darkOnLight, .lightOnDark] {
      let line = line(polarity, slope: slope, baseline: baseline, height: height)
      let found = decoded(logits(of: [line]))
      #expect(found.count == 1)
      expect(try #require(found.first), is: line)
      // In a picture halved once, everything is twice as large.
      expect(try #require(decoded(logits(of: [line]), level: 1).first), is: line, size: 2)
    }
  }

  @Test func linesAreKeptApart() throws {
    let upper = line(baseline: 40, height: 12)
    let lower = line(baseline: 58, height: 12)
    let beside = line(.lightOnDark, baseline: 100, start: 30, end: 90)
    let found = decoded(logits(of: [upper, lower, beside]))
    #expect(found.count == 3)
    for (found, line) in zip(found, [upper, lower, beside]) { expect(found, is: line) }
  }

  /// Two cells without text may be a gap between words; three are not.
  @Test func gapsAreBridged() {
    #expect(decoded(logits(of: [line()], without: 8...9)).count == 1)
    #expect(decoded(logits(of: [line()], without: 8...10)).count == 2)
  }

  /// Words of a line are joined; lines above each other and far apart are not.
  @Test func wordsAreJoined() throws {
    let word = line(slope: 0.1, baseline: 40, start: 10, end: 60)
    let next = line(slope: 0.12, baseline: 39, height: 15, start: 80, end: 120)
    let far = line(slope: 0.1, baseline: 40, start: 150, end: 170)
    let below = line(slope: 0.1, baseline: 60, start: 70, end: 120)
    let joined = FoundLine.joined([word, far, next, below])
    #expect(joined.count == 3)
    let whole = try #require(joined.first)
    #expect(whole.start == 10 && whole.end == 120)
    #expect(abs(whole.slope - 0.1) < 0.03)
    #expect(abs(whole.baseline + whole.slope * 65 - 46.5) < 0.7)
    #expect(FoundLine.joined([word, line(.lightOnDark, baseline: 45, start: 70)]).count == 2)
    #expect(FoundLine.joined([word, line(baseline: 46, height: 30, start: 70)]).count == 2)
  }

  @Test func nothingGivesNothing() {
    #expect(decoded(logits(of: [])).isEmpty)
  }

  /// Only the view of a line whose size suits its level is kept; other lines are all kept.
  @Test func levelsAreMerged() {
    let fine = line(height: 30)
    var coarse = fine
    coarse.level = 1
    coarse.baseline += 2
    let other = line(baseline: 110)
    #expect(FoundLine.merged([fine, coarse, other]) == [coarse, other])
    #expect(FoundLine.merged([]).isEmpty)
  }

  /// `scripts/training/finder.py` and this decoder make the same lines from the same logits.
  /// `scripts/training/finder_vectors.py` wrote them, from a test image and the shipped finder.
  @Test func decodesAsItsDefinitionDoes() throws {
    let file = try #require(Bundle.module.url(forResource: "finder", withExtension: "json"))
    let vectors = try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
    let found = vectors.levels.enumerated().flatMap { level, cells in
      FinderCells(
        (cells.logits.map { Int8(bitPattern: $0) }), rows: cells.rows, columns: cells.columns,
        scale: scale, zeroPoint: 0
      ).lines(level: level)
    }
    let lines = FoundLine.merged(found)
    #expect(lines.count == vectors.lines.count)
    #expect(lines.count > 1)
    for (mine, line) in zip(lines, vectors.lines) {
      #expect(mine.polarity == (line.light ? .lightOnDark : .darkOnLight))
      #expect(mine.level == line.level)
      for (a, b) in [
        (mine.slope, line.slope), (mine.baseline, line.baseline), (mine.height, line.height),
        (mine.xHeight, line.xHeight), (mine.start, line.start), (mine.end, line.end),
        (mine.score, line.score),
      ] { #expect(abs(a - b) < 1e-2) }
    }
  }

  private struct Vectors: Decodable {
    struct Cells: Decodable {
      let rows: Int
      let columns: Int
      let logits: Data
    }

    struct Line: Decodable {
      let light: Bool
      let slope, baseline, height, xHeight, start, end, score: Double
      let level: Int

      enum CodingKeys: String, CodingKey {
        case light, slope, baseline, height, start, end, score, level
        case xHeight = "x_height"
      }
    }

    let levels: [Cells]
    let lines: [Line]
  }
}

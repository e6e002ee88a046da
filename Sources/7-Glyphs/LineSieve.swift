import Binary
import Foundation
import Gray

/// Leaves out lines that surely are not print, by what costs next to nothing to measure.
///
/// Most of what `LineFinder` finds is none: blots, texture, and the gaps in and between the
/// characters of a line of the other polarity. What is doubtful stays: reading decides.
struct LineSieve {
  /// Mean length of a line's runs of ink over its height: bold capitals come to a half.
  var widestStroke = 0.9
  /// Share of a line's place that is ink.
  var mostInk = 0.9
  /// Width over height; a lone "1" or "l" comes to 0.4.
  var leastWidth = 0.3
  /// The logarithm of the brightness of the paper over that of the ink: two gray levels of white.
  var leastContrast = 0.008
  /// What a line needs of the contrast of the strongest that looks like print.
  var leastShare = 0.1

  /// What is known of a line before it is drawn.
  private struct Figures {
    var bodies = 0
    var stroke = 0.0
    var ink = 0.0
    var width = 0.0
    var contrast = 0.0

    /// How much a line looks like print: strong, several characters, thin strokes.
    var likeness: Double { contrast * Double(min(bodies, 4)) / max(0.2, stroke) }
  }

  /// The lines that may be print, what looks most like it first.
  func sifted(
    _ lines: [TextLine], dark: Components, light: Components, gray: GrayImage, bodyHeight: Int
  ) -> [TextLine] {
    let figures = lines.map {
      measure(
        $0, $0.polarity == .darkOnLight ? dark : light, gray: gray, bodyHeight: bodyHeight)
    }
    let print = lines.indices.filter { i in
      figures[i].bodies >= 3 && isPossible(figures[i], stroke: 0.5, ink: 0.6)
    }
    let strongest =
      print.filter { figures[$0].bodies >= 4 }.map { figures[$0].contrast }.max() ?? 0
    return lines.indices.filter { i in
      isPossible(figures[i], stroke: widestStroke, ink: mostInk)
        && figures[i].contrast >= leastShare * strongest
        && !print.contains { isInside(i, of: $0, lines, figures) }
    }
    .sorted { figures[$0].likeness > figures[$1].likeness }
    .map { lines[$0] }
  }

  private func isPossible(_ figures: Figures, stroke: Double, ink: Double) -> Bool {
    figures.stroke <= stroke && figures.ink <= ink && figures.width >= leastWidth
      && figures.contrast >= leastContrast
  }

  /// Whether a line is but what another leaves free: lower, no longer, wider strokes.
  private func isInside(
    _ i: Int, of j: Int, _ lines: [TextLine], _ figures: [Figures]
  ) -> Bool {
    let (inner, outer) = (lines[i], lines[j])
    guard inner.polarity != outer.polarity, inner.start >= outer.start, inner.end <= outer.end,
      inner.height <= outer.height
    else { return false }
    let x = (inner.start + inner.end) / 2
    let below = inner.baseline(at: x) - outer.baseline(at: x)
    return below <= 0.1 * outer.height && inner.height - below <= 1.1 * outer.height
      && figures[j].contrast >= 0.8 * figures[i].contrast
      && figures[j].stroke <= 0.95 * figures[i].stroke
      && 2 * figures[i].bodies <= 3 * figures[j].bodies + 2
  }

  private func measure(
    _ line: TextLine, _ components: Components, gray: GrayImage, bodyHeight: Int
  ) -> Figures {
    var figures = Figures()
    var area = 0
    var runs = 0
    var ink = 0
    var paper = 0
    var beside = 0
    let width = gray.width
    gray.pixels.withUnsafeBufferPointer { p in
      components.runs.withUnsafeBufferPointer { all in
        for index in line.components {
          let component = components.all[index]
          if component.box.height >= bodyHeight { figures.bodies += 1 }
          area += component.area
          runs += component.runs.count
          for i in component.runs {
            let run = all[i]
            let (start, end) = (Int(run.start), Int(run.end))
            let row = Int(run.y) &* width
            for x in start..<end { ink &+= Int(p[row &+ x]) }
            if start >= 2 {
              paper &+= Int(p[row &+ start &- 2])
              beside &+= 1
            }
            if end &+ 1 < width {
              paper &+= Int(p[row &+ end &+ 1])
              beside &+= 1
            }
          }
        }
      }
    }
    figures.stroke = Double(area) / Double(max(1, runs)) / line.height
    figures.ink = Double(area) / (max(1, line.end - line.start) * line.height)
    figures.width = (line.end - line.start) / line.height
    let inkLevel = max(1, Double(ink) / Double(max(1, area)))
    let paperLevel = max(1, Double(paper) / Double(max(1, beside)))
    figures.contrast =
      line.polarity == .darkOnLight ? log(paperLevel / inkLevel) : log(inkLevel / paperLevel)
    return figures
  }
}

public import Binary
import Gray

/// Finds the lines of text in a binary image and straightens them.
public struct Segmenter: Sendable {
  package var lineFinder = LineFinder()
  var cutter = Cutter()

  public init() {}

  /// The lines of both polarities; where two overlap, reading decides which one is print.
  public func lines(in binarization: Binarization) -> [GlyphLine] {
    let found = Polarity.allCases.flatMap { polarity in
      let ink = binarization.ink(polarity)
      return lineFinder.lines(
        in: Components(binarization.runs(polarity)), width: ink.width, height: ink.height,
        polarity: polarity)
    }
    guard let tallest = found.map(\.height).max() else { return [] }
    let pyramid = GrayPyramid(
      binarization.gray, forScale: (LineStrip.baseRow - LineStrip.topRow) / tallest)
    var scratch = LineScratch()
    var lines: [GlyphLine] = []
    lines.reserveCapacity(found.count)
    for line in found {
      lines.append(
        GlyphLine(
          line, ink: binarization.ink(line.polarity), pyramid: pyramid,
          imageScale: binarization.scale, cutter: cutter, scratch: &scratch))
    }
    return lines
  }
}

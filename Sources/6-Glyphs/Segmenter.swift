public import Binary
import Gray

/// Finds the lines of text in a binary image and straightens them.
public struct Segmenter: Sendable {
  package var lineFinder = LineFinder()
  private var sieve: LineSieve { LineSieve() }
  var cutter = Cutter()

  public init() {}

  /// The lines of both polarities; where two overlap and it isn't plain which one is print, reading
  /// decides.
  public func lines(in binarization: Binarization) -> [GlyphLine] {
    let gray = binarization.gray
    let dark = Components(binarization.dark)
    let light = Components(binarization.light)
    var found = lineFinder.lines(
      in: dark, width: gray.width, height: gray.height, polarity: .darkOnLight)
    found += lineFinder.lines(
      in: light, width: gray.width, height: gray.height, polarity: .lightOnDark)
    found = sieve.sifted(
      found, dark: dark, light: light, gray: gray, bodyHeight: lineFinder.minimumHeight)
    guard let tallest = found.map(\.height).max() else { return [] }
    let pyramid = GrayPyramid(
      gray, forScale: (LineStrip.baseRow - LineStrip.topRow) / tallest)
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

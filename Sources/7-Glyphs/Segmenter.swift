public import Binary
package import Gray

/// Finds the lines of text in a binary image and straightens them.
public struct Segmenter: Sendable {
  package var lineFinder = LineFinder()
  private var sieve: LineSieve { LineSieve() }
  var cutter = Cutter()

  public init() {}

  /// The lines of both polarities; where two overlap and it isn't plain which one is print, reading
  /// decides.
  public func lines(in binarization: Binarization) -> [GlyphLine] {
    let segmentation = segment(binarization)
    var scratch = LineScratch()
    var lines: [GlyphLine] = []
    for line in segmentation.lines { lines.append(segmentation.draw(line, scratch: &scratch)) }
    return lines
  }

  /// Straightens lines whose places in the original image are known, in pixels from its left top
  /// corner; `scale` is working pixels to one of these.
  package func draw(_ lines: [TextLine], in gray: GrayImage, scale: Double) -> [GlyphLine] {
    let segmentation = segmentation(of: lines, in: gray, scale: scale)
    var scratch = LineScratch()
    return segmentation.lines.map { segmentation.draw($0, scratch: &scratch) }
  }

  /// Finds the same lines, and draws none of them.
  package func segment(_ binarization: Binarization) -> Segmentation {
    let gray = binarization.gray
    let dark = Components(binarization.runs(.darkOnLight))
    let light = Components(binarization.runs(.lightOnDark))
    var found = lineFinder.lines(
      in: dark, width: gray.width, height: gray.height, polarity: .darkOnLight)
    found += lineFinder.lines(
      in: light, width: gray.width, height: gray.height, polarity: .lightOnDark)
    found = sieve.sifted(
      found, dark: dark, light: light, gray: gray, bodyHeight: lineFinder.minimumHeight)
    return Segmentation(found, in: gray, scale: binarization.scale, cutter: cutter)
  }

  /// Lines whose places in the original image are known, in pixels from its left top corner.
  package func segmentation(
    of lines: [TextLine], in gray: GrayImage, scale: Double
  ) -> Segmentation {
    let placed = lines.map { line in
      var line = line
      // From pixels' edges to their centres.
      line.baseline = line.baseline * scale + 0.5 * line.slope - 0.5
      line.height *= scale
      line.start = line.start * scale - 0.5
      line.end = line.end * scale - 0.5
      return line
    }
    return Segmentation(placed, in: gray, scale: scale, cutter: cutter)
  }
}

/// The lines of an image, to be drawn by whoever wants to see one.
package struct Segmentation: Sendable {
  /// In pixels of the working image, what looks most like print first.
  package let lines: [TextLine]
  private let imageScale: Double
  private let pyramid: GrayPyramid
  private let cutter: Cutter

  fileprivate init(_ lines: [TextLine], in gray: GrayImage, scale: Double, cutter: Cutter) {
    self.lines = lines
    self.cutter = cutter
    imageScale = scale
    let tallest = lines.map(\.height).max() ?? 1
    pyramid = GrayPyramid(
      gray, forScale: lines.isEmpty ? 1 : (LineStrip.baseRow - LineStrip.topRow) / tallest)
  }

  /// Straightens a line.
  package func draw(_ line: TextLine, scratch: inout LineScratch) -> GlyphLine {
    GlyphLine(
      line, pyramid: pyramid, imageScale: imageScale, cutter: cutter, scratch: &scratch)
  }

  /// Where a line lies in the original image.
  package func place(of line: TextLine) -> LinePlace { LinePlace(line, scale: imageScale) }
}

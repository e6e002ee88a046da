public import Binary
import Gray

/// Finds the lines of text in a binary image and cuts them into glyph candidates.
public struct Segmenter: Sendable {
  package var lineFinder = LineFinder()
  /// The widest candidate of several pieces, in strip pixels (a tall character has 24 rows).
  package var widestCandidate = 40
  /// The most pieces a character breaks into.
  package var mostPieces = 6
  /// The widest gap inside a character, in strip pixels.
  package var widestGap = 9

  public init() {}

  /// The lines of both polarities; where two overlap, reading decides which one is print.
  public func lines(in binarization: Binarization) -> [GlyphLine] {
    let pyramid = GrayPyramid(binarization.gray)
    return Polarity.allCases.flatMap { polarity in
      let ink = binarization.ink(polarity)
      let lines = lineFinder.lines(
        in: Components(binarization.runs(polarity)), width: ink.width, height: ink.height,
        polarity: polarity)
      return lines.compactMap { glyphLine($0, in: binarization, pyramid: pyramid) }
    }
  }

  private func glyphLine(
    _ line: TextLine, in binarization: Binarization, pyramid: GrayPyramid
  ) -> GlyphLine? {
    let strip = LineStrip(line, in: binarization, pyramid: pyramid)
    let pieces = Pieces(of: strip)
    guard !pieces.all.isEmpty else { return nil }
    let image = LineImage(strip, imageScale: binarization.scale)
    let maker = PatchMaker(strip, pieces, context: image)
    var candidates: [GlyphCandidate] = []
    var patches: [UInt8] = []
    for first in pieces.all.indices {
      var box = pieces.all[first].box
      var bounds = pieces.all[first].bounds
      for end in (first + 1)...min(pieces.all.count, first + mostPieces) {
        if end - first > 1 {
          let next = pieces.all[end - 1]
          if next.box.x - box.maxX > widestGap { break }
          box = box.union(next.box)
          bounds = bounds.union(next.bounds)
          if box.width > widestCandidate { break }
        }
        candidates.append(
          GlyphCandidate(
            pieces: first..<end, stripBox: box,
            box: PixelBox(bounds, scale: binarization.scale)))
        maker.append(first..<end, box: box, to: &patches)
      }
    }
    let whole = pieces.all.dropFirst().reduce(pieces.all[0].bounds) { $0.union($1.bounds) }
    return GlyphLine(
      polarity: line.polarity, image: image, box: PixelBox(whole, scale: binarization.scale),
      pieceCount: pieces.all.count, candidates: candidates, patches: patches,
      characterHeight: line.height / binarization.scale, contrast: strip.contrast)
  }
}

extension PixelBox {
  /// The whole pixels of the original image nearest to bounds in the working image.
  fileprivate init(_ bounds: Bounds, scale: Double) {
    let left = Int((bounds.minX / scale).rounded())
    let top = Int((bounds.minY / scale).rounded())
    self.init(
      x: left, y: top,
      width: max(1, Int((bounds.maxX / scale).rounded()) - left),
      height: max(1, Int((bounds.maxY / scale).rounded()) - top))
  }
}

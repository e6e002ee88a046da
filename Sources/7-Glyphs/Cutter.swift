import Gray

/// Cuts a strip into candidates.
struct Cutter: Sendable {
  /// The widest candidate of several pieces, in strip pixels (a tall character has 24 rows).
  var widestCandidate = 40
  /// The most pieces a character breaks into.
  var mostPieces = 6
  /// The widest gap inside a character, in strip pixels.
  var widestGap = 9

  func cuts(through strip: LineStrip, image: LineImage, imageScale: Double) -> LineCuts {
    let pieces = Pieces(of: strip)
    guard var whole = pieces.all.first?.bounds else {
      return LineCuts(
        pieceCount: 0, candidates: [], box: PixelBox(x: 0, y: 0, width: 0, height: 0))
    }
    for piece in pieces.all { whole = whole.union(piece.bounds) }
    var candidates: [GlyphCandidate] = []
    candidates.reserveCapacity(4 * pieces.all.count)
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
            pieces: first..<end, stripBox: box, box: PixelBox(bounds, scale: imageScale)))
      }
    }
    return LineCuts(
      pieceCount: pieces.all.count, candidates: candidates,
      box: PixelBox(whole, scale: imageScale),
      maker: PatchMaker(strip, pieces, context: image))
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

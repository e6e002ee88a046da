import Binary
public import Gray

/// Pieces of a line that may be one character.
public struct GlyphCandidate: Sendable, Equatable {
  /// The pieces it is made of.
  public var pieces: Range<Int>
  /// Its ink in strip pixels: baseline on row `LineStrip.baseRow`, tall characters 24 rows high.
  public var stripBox: PixelBox
  /// Its ink in pixels of the original image.
  public var box: PixelBox

  package init(pieces: Range<Int>, stripBox: PixelBox, box: PixelBox) {
    self.pieces = pieces
    self.stripBox = stripBox
    self.box = box
  }
}

/// A line of text, cut in all the ways that it may be read.
public struct LineCuts: Sendable {
  public let pieceCount: Int
  /// Ascending by first piece, then by number of pieces.
  public let candidates: [GlyphCandidate]
  /// The ink of the whole line in pixels of the original image; empty where there is none.
  public let box: PixelBox
  private let maker: PatchMaker?

  package init(
    pieceCount: Int, candidates: [GlyphCandidate], box: PixelBox, maker: PatchMaker? = nil
  ) {
    self.pieceCount = pieceCount
    self.candidates = candidates
    self.box = box
    self.maker = maker
  }

  /// Draws what the glyph network sees of some candidates: `Patch.byteCount` bytes for each of
  /// `indices`, in their order.
  public func patches(of indices: some Sequence<Int>) -> [UInt8] {
    let chosen = indices.map { candidates[$0] }
    return maker?.patches(of: chosen)
      ?? [UInt8](repeating: 0, count: chosen.count * Patch.byteCount)
  }

  /// Draws what the glyph network sees of all candidates.
  public func patches() -> [UInt8] { patches(of: candidates.indices) }
}

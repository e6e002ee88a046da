public import Binary
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
///
/// The patch of `candidates[i]` is the i-th of `patches`: patches and boxes travel side by side.
public struct GlyphLine: Sendable {
  public let polarity: Polarity
  /// The line as the line reader sees it.
  public let image: LineImage
  /// The ink of the whole line in pixels of the original image.
  public let box: PixelBox
  public let pieceCount: Int
  /// Ascending by first piece, then by number of pieces.
  public let candidates: [GlyphCandidate]
  /// `Patch.byteCount` bytes a candidate.
  public let patches: [UInt8]
  /// From the baseline to the tops of tall characters, in pixels of the original image.
  public let characterHeight: Double
  /// How far the ink's brightness is from the paper's: the logarithm of their ratio, positive.
  public let contrast: Double

  package init(
    polarity: Polarity, image: LineImage, box: PixelBox, pieceCount: Int,
    candidates: [GlyphCandidate],
    patches: [UInt8], characterHeight: Double, contrast: Double
  ) {
    self.polarity = polarity
    self.image = image
    self.box = box
    self.pieceCount = pieceCount
    self.candidates = candidates
    self.patches = patches
    self.characterHeight = characterHeight
    self.contrast = contrast
  }
}

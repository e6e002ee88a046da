import CFreeType

/// Ink on a sheet: text set in type at `oversampling` times the resolution of the camera.
public struct TypeSheet: Sendable, Equatable {
  /// Samples across the whole sheet.
  public let width: Int
  /// Samples down the whole sheet.
  public let height: Int
  /// Coverage from 0 (bare paper) to 255 (full ink), rows top to bottom without padding.
  public internal(set) var coverage: [UInt8]
  /// The size of the camera's image that this sheet was set for.
  public let imageSize: ImageSize
  /// Height of capital letters, in pixels of the image.
  public let textHeight: Double

  /// Sheet samples per pixel, in both directions.
  public static let oversampling = 2

  /// A sheet that is drawn by other means than type.
  ///
  /// - Precondition: `coverage` has `oversampling` samples a pixel, in both directions.
  public init(coverage: [UInt8], imageSize: ImageSize, textHeight: Double) {
    width = imageSize.width * Self.oversampling
    height = imageSize.height * Self.oversampling
    precondition(coverage.count == width * height)
    (self.coverage, self.imageSize, self.textHeight) = (coverage, imageSize, textHeight)
  }

  fileprivate init(
    width: Int, height: Int, coverage: [UInt8], imageSize: ImageSize, textHeight: Double
  ) {
    (self.width, self.height, self.coverage) = (width, height, coverage)
    (self.imageSize, self.textHeight) = (imageSize, textHeight)
  }
}

/// Sets text in type: one paragraph, lines at newlines, the block centred in the image.
public struct Typesetter {
  /// Share of the image kept free at each side, so that a turned sheet stays inside.
  static let margin = 0.05
  /// Least height of capitals in pixels: nobody can read lower ones.
  static let smallestTextHeight = 5.0
  /// Fitted capitals are at most this share of the image's height: a lone word is not a poster.
  static let largestShare = 0.16

  let font: OutlineFont
  let imageSize: ImageSize

  public init(font: OutlineFont, imageSize: ImageSize) {
    self.font = font
    self.imageSize = imageSize
  }

  /// - Parameters:
  ///   - text: lines separated by newlines; a tab counts as four spaces.
  ///   - textHeight: height of capital letters in pixels of the image; nil fits the text.
  /// - Returns: a sheet for an image of the typesetter's size.
  /// - Throws: an error if the text is empty, the font lacks a glyph, or the block doesn't fit.
  public func set(_ text: String, textHeight: Double? = nil) throws(BoardError) -> TypeSheet {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.unicodeScalars.flatMap { scalar -> [Unicode.Scalar] in
        switch scalar {
        case "\t": [" ", " ", " ", " "]
        case "\r": []
        default: [scalar]
        }
      }
    }
    guard lines.contains(where: { $0.contains { !$0.properties.isWhitespace } }) else {
      throw .textEmpty
    }
    try requireGlyphs(for: lines)
    let available = ImageSize(
      width: Int(Double(imageSize.width) * (1 - 2 * Self.margin)),
      height: Int(Double(imageSize.height) * (1 - 2 * Self.margin)))
    if let textHeight {
      let block = try measure(lines, textHeight: textHeight)
      let needed = ImageSize(
        width: Int(block.width.rounded(.up)), height: Int(block.height.rounded(.up)))
      guard needed.width <= available.width, needed.height <= available.height else {
        throw .textTooLarge(text: text, needed: needed, available: available)
      }
      return try draw(lines, textHeight: textHeight)
    }
    let largest = Double(imageSize.height) * Self.largestShare
    let block = try measure(lines, textHeight: largest)
    let scale = min(
      1, Double(available.width) / block.width, Double(available.height) / block.height)
    let fitted = largest * scale
    guard fitted >= Self.smallestTextHeight else {
      throw .textTooSmall(text: text, smallestHeight: Self.smallestTextHeight)
    }
    return try draw(lines, textHeight: fitted)
  }

  private func requireGlyphs(for lines: [[Unicode.Scalar]]) throws(BoardError) {
    for scalar in lines.joined() where FT_Get_Char_Index(font.face, FT_ULong(scalar.value)) == 0 {
      throw .glyphMissing(character: String(scalar), font: font.path)
    }
  }

  /// Sets the size of the font so that capitals are `textHeight` pixels high on the oversampled sheet.
  private func setSize(textHeight: Double) throws(BoardError) {
    let em = textHeight / font.capitalHeight * Double(TypeSheet.oversampling)
    // 26.6 fixed point at 72 dpi: one point is one sample.
    let code = FT_Set_Char_Size(font.face, 0, FT_F26Dot6((em * 64).rounded()), 72, 72)
    guard code == 0 else { throw .fontUnreadable(path: font.path, freeTypeError: code) }
  }

  /// Width and height of the block in pixels of the image.
  private func measure(
    _ lines: [[Unicode.Scalar]], textHeight: Double
  ) throws(BoardError) -> (width: Double, height: Double) {
    try setSize(textHeight: textHeight)
    var widest = 0.0
    for line in lines { widest = max(widest, try place(line).advance) }
    let samples = Double(TypeSheet.oversampling)
    return (widest / samples, lineHeight * Double(lines.count) / samples)
  }

  /// Distance from baseline to baseline, in samples of the sheet.
  private var lineHeight: Double {
    let metrics = font.face.pointee.size.pointee.metrics
    return Double(metrics.ascender - metrics.descender) / 64 * 1.05
  }

  private func place(
    _ line: [Unicode.Scalar]
  ) throws(BoardError) -> (glyphs: [(index: FT_UInt, x: Double)], advance: Double) {
    let face = font.face
    let hasKerning = face.pointee.face_flags & kerningFlag != 0
    var glyphs: [(index: FT_UInt, x: Double)] = []
    glyphs.reserveCapacity(line.count)
    var pen = 0.0
    var previous: FT_UInt = 0
    for scalar in line {
      let index = FT_Get_Char_Index(face, FT_ULong(scalar.value))
      if hasKerning, previous != 0 {
        var kern = FT_Vector()
        if FT_Get_Kerning(face, previous, index, FT_UInt(FT_KERNING_UNFITTED.rawValue), &kern) == 0
        {
          pen += Double(kern.x) / 64
        }
      }
      glyphs.append((index, pen))
      let code = FT_Load_Glyph(face, index, loadUnhinted | loadNoBitmap)
      guard code == 0, let slot = face.pointee.glyph else {
        throw .fontUnreadable(path: font.path, freeTypeError: code)
      }
      // The unrounded advance, in 16.16.
      pen += Double(slot.pointee.linearHoriAdvance) / 65536
      previous = index
    }
    return (glyphs, pen)
  }

  private func draw(
    _ lines: [[Unicode.Scalar]], textHeight: Double
  ) throws(BoardError) -> TypeSheet {
    try setSize(textHeight: textHeight)
    let face = font.face
    let placed = try lines.map { (line) throws(BoardError) in try place(line) }
    let width = imageSize.width * TypeSheet.oversampling
    let height = imageSize.height * TypeSheet.oversampling
    var sheet = TypeSheet(
      width: width, height: height, coverage: [UInt8](repeating: 0, count: width * height),
      imageSize: imageSize, textHeight: textHeight)
    let block = placed.map(\.advance).max() ?? 0
    let left = (Double(width) - block) / 2
    let top = (Double(height) - lineHeight * Double(lines.count)) / 2
    let ascender = Double(face.pointee.size.pointee.metrics.ascender) / 64
    for (row, line) in placed.enumerated() {
      let baseline = Int((top + ascender + Double(row) * lineHeight).rounded())
      for glyph in line.glyphs {
        let x = left + glyph.x
        let whole = x.rounded(.down)
        var code = FT_Load_Glyph(face, glyph.index, loadUnhinted | loadNoBitmap)
        guard code == 0, let slot = face.pointee.glyph else {
          throw .fontUnreadable(path: font.path, freeTypeError: code)
        }
        FT_Outline_Translate(&slot.pointee.outline, FT_Pos(((x - whole) * 64).rounded()), 0)
        code = FT_Render_Glyph(slot, FT_RENDER_MODE_NORMAL)
        guard code == 0 else { throw .fontUnreadable(path: font.path, freeTypeError: code) }
        sheet.stamp(
          slot.pointee.bitmap, x: Int(whole) + Int(slot.pointee.bitmap_left),
          y: baseline - Int(slot.pointee.bitmap_top))
      }
    }
    return sheet
  }
}

extension TypeSheet {
  /// Lays a glyph's coverage on the sheet; where glyphs overlap the darker wins. Clipped at the edges.
  fileprivate mutating func stamp(_ bitmap: FT_Bitmap, x: Int, y: Int) {
    guard let buffer = bitmap.buffer, bitmap.pitch > 0 else { return }
    for row in 0..<Int(bitmap.rows) where y + row >= 0 && y + row < height {
      let source = buffer + row * Int(bitmap.pitch)
      for column in 0..<Int(bitmap.width) where x + column >= 0 && x + column < width {
        let at = (y + row) * width + x + column
        coverage[at] = max(coverage[at], source[column])
      }
    }
  }
}

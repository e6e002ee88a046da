import Evaluation
package import Gray
import Images
package import OnBoard

/// A character as boards cut it, and what it is.
package struct TaughtGlyph: Sendable {
  /// The number of its picture.
  package let picture: Int
  package let character: String
  package let patch: [UInt8]
}

/// Cuts the characters of corrected pictures, and of known print, as boards do.
package struct GlyphLessons {
  private let reader: FirmwareReader

  /// Least overlap of a cut and a character, of what both cover.
  private static let leastOverlap = 0.6

  package init(reader: FirmwareReader) { self.reader = reader }

  /// The characters of a picture's lines; none where boards see no picture.
  package func glyphs(of picture: GrayImage, lines: [TaughtLine]) -> [TaughtGlyph] {
    var (gray, factor) = (picture, 1)
    while gray.width > FirmwareReader.maximumWidth || gray.height > FirmwareReader.maximumHeight {
      gray = gray.halved()
      factor *= 2
    }
    guard let cuts = try? reader.cuts(in: gray) else { return [] }
    return lines.flatMap { line in
      line.characters.compactMap { character in
        let box = character.box
        let wanted = PixelBox(
          x: box.x / factor, y: box.y / factor, width: max(1, box.width / factor),
          height: max(1, box.height / factor))
        return Self.best(cuts) { $0.overlap(wanted) }.map { cut in
          TaughtGlyph(picture: line.picture, character: character.text, patch: cut.patch)
        }
      }
    }
  }

  /// The characters of a line of known print.
  func glyphs(of line: ReplaySet.Line) -> [TaughtGlyph] {
    let wanted = ComparableText.bare(line.text)
    guard wanted.count == line.columns.count, let cuts = try? reader.cuts(in: line.image.picture)
    else { return [] }
    return zip(wanted, line.columns).compactMap { character, columns in
      let cut = Self.best(cuts) { cut in
        let box = PixelBox(
          x: columns.lowerBound, y: cut.y, width: columns.count, height: cut.height)
        return cut.overlap(box)
      }
      return cut.map { TaughtGlyph(picture: 0, character: String(character), patch: $0.patch) }
    }
  }

  /// The cut that overlaps most, if it does enough.
  private static func best(
    _ cuts: [FirmwareReader.Cut], _ overlap: (PixelBox) -> Double
  ) -> FirmwareReader.Cut? {
    let best = cuts.max { overlap($0.box) < overlap($1.box) }
    return best.flatMap { overlap($0.box) >= leastOverlap ? $0 : nil }
  }
}

extension PixelBox {
  /// The share that two boxes have in common of what both cover.
  fileprivate func overlap(_ other: PixelBox) -> Double {
    let (across, down) = (
      min(maxX, other.maxX) - max(x, other.x), min(maxY, other.maxY) - max(y, other.y)
    )
    guard across > 0, down > 0 else { return 0 }
    let common = Double(across * down)
    return common / (Double(width * height) + Double(other.width * other.height) - common)
  }
}

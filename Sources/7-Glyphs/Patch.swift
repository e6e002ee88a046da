import Gray

/// What the classifier sees of a candidate: 32 rows of 32 columns of 2 channels, row by row.
///
/// Channel 0 is the candidate alone, scaled to fill the patch: its shape. Channel 1 is the strip
/// around it at the line's own scale, baseline always on the same row: its size and place, which
/// tell c from C and a comma from a quote, and its neighbours. 0 is paper, 255 ink.
public enum Patch {
  public static let side = 32
  public static let channels = 2
  public static let byteCount = side * side * channels
  /// The longer side of the candidate fills this many pixels of channel 0.
  static let filled = 28.0
  /// Smaller marks are not magnified further: there is nothing more to see.
  static let smallest = 8.0
}

/// What drawing patches needs on the way.
private struct PatchScratch: ~Copyable {
  var shape = Buffer<Float>()
  var starts = Buffer<Int32>()
  var shares = Buffer<Float>()
}

/// Draws the patches of one strip.
package struct PatchMaker: Sendable {
  private let strip: LineStrip
  private let pieces: Pieces
  private let context: LineImage

  init(_ strip: LineStrip, _ pieces: Pieces, context: LineImage) {
    self.strip = strip
    self.pieces = pieces
    self.context = context
  }

  func patches(of candidates: [GlyphCandidate]) -> [UInt8] {
    var patches = [UInt8](repeating: 0, count: candidates.count * Patch.byteCount)
    guard !candidates.isEmpty else { return patches }
    let owners = pieces.owners(width: strip.width)
    var scratch = PatchScratch()
    patches.withUnsafeMutableBufferPointer { p in
      var patch = p.baseAddress.unsafelyUnwrapped
      for candidate in candidates {
        drawShape(candidate, owners: owners, into: patch, &scratch)
        drawContext(of: candidate.stripBox, into: patch)
        patch += Patch.byteCount
      }
    }
    return patches
  }

  private func drawShape(
    _ candidate: GlyphCandidate, owners: [UInt16], into patch: UnsafeMutablePointer<UInt8>,
    _ scratch: inout PatchScratch
  ) {
    let side = Patch.side
    let box = candidate.stripBox
    // Owned edges reach two pixels beyond the box, and one more is interpolated with.
    let (left, top) = (box.x - 3, box.y - 3)
    let wide = box.width + 7
    let high = box.height + 7
    let ink = scratch.shape.room(for: wide * high)
    copy(candidate.pieces, owners: owners, left: left, top: top, wide: wide, high: high, to: ink)

    let longest = max(Double(max(box.width, box.height)), Patch.smallest)
    // Strip pixels a patch pixel.
    let step = Float(longest / Patch.filled)
    let centerX = Float(box.x) + Float(box.width) / 2
    let centerY = Float(box.y) + Float(box.height) / 2
    let starts = scratch.starts.room(for: side)
    let shares = scratch.shares.room(for: side)
    for column in 0..<side {
      let x = centerX + (Float(column) + 0.5 - Float(side) / 2) * step - 0.5
      let x0 = Int32(x.rounded(.down))
      starts[column] = x0 - Int32(left)
      shares[column] = x - Float(x0)
    }
    for row in 0..<side {
      let y = centerY + (Float(row) + 0.5 - Float(side) / 2) * step - 0.5
      let y0 = Int(y.rounded(.down))
      let fy = y - Float(y0)
      guard y0 >= top, y0 + 1 < top + high else { continue }
      let upper = ink + (y0 - top) * wide
      let lower = upper + wide
      let out = patch + 2 * side * row
      for column in 0..<side {
        let x0 = Int(starts[column])
        guard x0 >= 0, x0 &+ 1 < wide else { continue }
        let fx = shares[column]
        let above = upper[x0] * (1 - fx) + upper[x0 &+ 1] * fx
        let below = lower[x0] * (1 - fx) + lower[x0 &+ 1] * fx
        out[2 &* column] = UInt8(above * (1 - fy) + below * fy)
      }
    }
  }

  /// The coverage that some pieces own, in a window of the strip; 0 beside them.
  private func copy(
    _ pieces: Range<Int>, owners: [UInt16], left: Int, top: Int, wide: Int, high: Int,
    to ink: UnsafeMutablePointer<Float>
  ) {
    ink.update(repeating: 0, count: wide * high)
    let low = UInt16(pieces.lowerBound + 1)
    let count = UInt16(pieces.count)
    let width = strip.width
    let columns = max(0, left)..<max(max(0, left), min(width, left + wide))
    strip.coverage.withUnsafeBufferPointer { coverage in
      owners.withUnsafeBufferPointer { owners in
        for y in max(0, top)..<max(max(0, top), min(LineStrip.height, top + high)) {
          let out = ink + (y - top) * wide - left
          let row = y * width
          for x in columns where owners[row &+ x] &- low < count {
            out[x] = Float(coverage[row &+ x])
          }
        }
      }
    }
  }

  private func drawContext(of box: PixelBox, into patch: UnsafeMutablePointer<UInt8>) {
    let side = Patch.side
    // The middle of the box at two thirds of the strip's scale.
    let left = (2 * box.x + box.width) / 3 - side / 2
    let first = max(0, -left)
    let end = min(side, context.width - left)
    guard first < end else { return }
    context.coverage.withUnsafeBufferPointer { coverage in
      for row in 0..<side {
        let out = patch + 2 * side * row + 1
        for column in first..<end {
          out[2 &* column] = coverage[row &* context.width &+ left &+ column]
        }
      }
    }
  }
}

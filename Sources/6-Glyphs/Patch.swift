package import Gray

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

/// Cuts the patches of one strip.
package struct PatchMaker {
  private let strip: LineStrip
  private let owners: [UInt16]
  private let context: LineImage

  package init(_ strip: LineStrip, _ pieces: Pieces, context: LineImage) {
    self.strip = strip
    owners = pieces.owners
    self.context = context
  }

  /// Appends the patch of the pieces `pieces` with the ink box `box`.
  package func append(_ pieces: Range<Int>, box: PixelBox, to patches: inout [UInt8]) {
    let start = patches.count
    patches.append(contentsOf: repeatElement(0, count: Patch.byteCount))
    patches.withUnsafeMutableBufferPointer { p in
      drawShape(pieces, box: box, into: p, at: start)
      drawContext(of: box, into: p, at: start)
    }
  }

  private func drawShape(
    _ pieces: Range<Int>, box: PixelBox, into p: UnsafeMutableBufferPointer<UInt8>, at start: Int
  ) {
    let side = Patch.side
    let longest = max(Double(max(box.width, box.height)), Patch.smallest)
    // Strip pixels a patch pixel.
    let step = Float(longest / Patch.filled)
    let centerX = Float(box.x) + Float(box.width) / 2
    let centerY = Float(box.y) + Float(box.height) / 2
    let low = UInt16(pieces.lowerBound + 1)
    let high = UInt16(pieces.upperBound)
    let width = strip.width
    strip.coverage.withUnsafeBufferPointer { coverage in
      owners.withUnsafeBufferPointer { owners in
        func ink(_ x: Int, _ y: Int) -> Float {
          guard x >= 0, y >= 0, x < width, y < LineStrip.height else { return 0 }
          let i = y &* width &+ x
          return owners[i] >= low && owners[i] <= high ? Float(coverage[i]) : 0
        }
        for row in 0..<side {
          let y = centerY + (Float(row) + 0.5 - Float(side) / 2) * step - 0.5
          let y0 = Int(y.rounded(.down))
          let fy = y - Float(y0)
          guard y0 >= box.y - 3, y0 <= box.maxY + 2 else { continue }
          for column in 0..<side {
            let x = centerX + (Float(column) + 0.5 - Float(side) / 2) * step - 0.5
            let x0 = Int(x.rounded(.down))
            guard x0 >= box.x - 3, x0 <= box.maxX + 2 else { continue }
            let fx = x - Float(x0)
            let top = ink(x0, y0) * (1 - fx) + ink(x0 + 1, y0) * fx
            let bottom = ink(x0, y0 + 1) * (1 - fx) + ink(x0 + 1, y0 + 1) * fx
            p[start + 2 * (row * side + column)] = UInt8(top * (1 - fy) + bottom * fy)
          }
        }
      }
    }
  }

  private func drawContext(
    of box: PixelBox, into p: UnsafeMutableBufferPointer<UInt8>, at start: Int
  ) {
    let side = Patch.side
    // The middle of the box at two thirds of the strip's scale.
    let left = (2 * box.x + box.width) / 3 - side / 2
    for row in 0..<side {
      for column in 0..<side {
        let x = left + column
        guard x >= 0, x < context.width else { continue }
        p[start + 2 * (row * side + column) + 1] = context.coverage[row * context.width + x]
      }
    }
  }
}

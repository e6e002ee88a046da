import Gray

/// Takes a line out of an image, pixel by pixel.
struct LineSampler {
  let placement: LinePlacement
  let width: Int
  let height: Int

  /// The distance of the first pixel's middle along the line and below it, in pixels of the image.
  private var first: (along: Double, down: Double) {
    (
      (0.5 - LinePlacement.margin) / placement.scaleAlong,
      (0.5 - LineImage.baseRow) / placement.scale
    )
  }

  /// The step to the next pixel along the line, and to the one below.
  private var step: (along: Double, down: Double) {
    (1 / placement.scaleAlong, 1 / placement.scale)
  }

  /// The variance of a pixel's own blur, in square pixels: a mean over two thirds of it.
  private static let blur = 8.0 / 81

  /// Draws the brightness, 0...255, into `scratch.samples`.
  ///
  /// A turn by a small angle is two shears: the image's rows are brought to the line's columns,
  /// and these are shifted up and down. So most of the work runs along memory, and each row of the
  /// image is interpolated once. Where pixels are larger than the strip's, the image is blurred as
  /// much as taking a mean over each pixel would.
  func draw(_ pyramid: GrayPyramid, into scratch: inout LineScratch) {
    let level = pyramid.level(forScale: placement.scale)
    let image = pyramid.levels[level]
    let shrink = 1 / Double(1 << level)
    let (along, down) = first
    let tangent = placement.sine / placement.cosine
    // In pixels of the level.
    let top =
      (placement.originY + along * placement.sine + down * placement.cosine) * shrink - 0.5
    let riseAcross = step.along * placement.sine * shrink
    let riseDown = step.down * placement.cosine * shrink
    let left = (placement.originX + along / placement.cosine) * shrink - 0.5
    let stepAcross = step.along / placement.cosine * shrink

    let reach = riseAcross * Double(width - 1)
    let low = top + min(0, reach)
    let high = top + max(0, reach) + riseDown * Double(height - 1)
    let limit = image.height - 1
    let firstRow = max(0, min(limit, Int(low.rounded(.down))))
    let lastRow = max(firstRow, min(limit, Int(high.rounded(.down)) + 1))
    let rows = scratch.rows.room(for: (lastRow - firstRow + 1) * width)

    let variance = Self.blur * (shrink / placement.scale) * (shrink / placement.scale)
    let blur = UInt16(min(42, 64 * variance))
    for row in firstRow...lastRow {
      var columns = 0..<width
      if row > firstRow, row < lastRow, abs(riseAcross) > 1e-6 {
        // Between the first and the last row, only columns that come within reach of this row.
        let a = (Double(row) - 2 - top - riseDown * Double(height - 1)) / riseAcross
        let b = (Double(row) + 2 - top) / riseAcross
        let first = max(0, min(Double(width), min(a, b).rounded(.down)))
        let end = max(first, min(Double(width), max(a, b).rounded(.up)))
        columns = Int(first)..<Int(end)
      }
      guard !columns.isEmpty else { continue }
      let y = (Double(row) + 0.5) / shrink
      let x = left - tangent * (y - placement.originY) * shrink
      stretch(
        row: row, of: image, blur: blur, from: x, by: stepAcross, columns: columns,
        into: rows + (row - firstRow) * width, &scratch)
    }
    shift(
      rows, firstRow: firstRow, lastRow: lastRow, top: top, across: riseAcross, down: riseDown,
      &scratch)
  }

  /// Interpolates a row of the image at the line's columns.
  private func stretch(
    row: Int, of image: GrayImage, blur: UInt16, from x: Double, by step: Double,
    columns: Range<Int>, into out: UnsafeMutablePointer<Float>, _ scratch: inout LineScratch
  ) {
    let size = image.width
    let begin = x + step * Double(columns.lowerBound)
    let end = x + step * Double(columns.upperBound - 1)
    let from = max(0, min(size - 1, Int(begin.rounded(.down)) - 1))
    let to = max(from, min(size - 1, Int(end.rounded(.down)) + 2))
    let line = scratch.fixed.room(for: size)
    let half = scratch.halfFixed.room(for: size)
    image.pixels.withUnsafeBufferPointer { pixels in
      let p = pixels.baseAddress.unsafelyUnwrapped
      let here = p + row * size
      let above = p + max(0, row - 1) * size
      let below = p + min(image.height - 1, row + 1) * size
      blurred(
        here, above, below, from: from, to: to, size: size, blur: blur, half: half, into: line)
    }
    // 32 bits behind the point.
    let one = 4_294_967_296.0
    let delta = Int(step * one)
    var column = columns.lowerBound
    var position = Int(begin * one)
    let first = Float(line[from]) * 0x1p-8
    while column < columns.upperBound, position < from &<< 32 {
      out[column] = first
      column &+= 1
      position &+= delta
    }
    let inside =
      max(0, (to << 32 - 1 - position)) / max(1, delta) + (position < to << 32 ? 1 : 0)
    let stop = min(columns.upperBound, column + inside)
    if column < stop {
      PixelKernels.chosen.stretch(
        line, from: position, by: delta, count: stop - column, into: out + column)
      column = stop
    }
    let last = Float(line[to]) * 0x1p-8
    while column < columns.upperBound {
      out[column] = last
      column &+= 1
    }
  }

  /// 256 times a row of the image, each pixel with `blur` 128ths of each of its neighbours.
  private func blurred(
    _ here: UnsafePointer<UInt8>, _ above: UnsafePointer<UInt8>, _ below: UnsafePointer<UInt8>,
    from: Int, to: Int, size: Int, blur: UInt16,
    half: UnsafeMutablePointer<UInt16>, into out: UnsafeMutablePointer<UInt16>
  ) {
    guard blur > 0 else {
      for i in from...to { out[i] = UInt16(here[i]) &<< 8 }
      return
    }
    let middle = 128 &- 2 &* blur
    let start = max(0, from - 1)
    let end = min(size - 1, to + 1)
    for i in start...end {
      // Rounded to half gray levels, so that the sums below fit 16 bits.
      let sides = (UInt16(above[i]) &+ UInt16(below[i])) &* blur
      half[i] = (UInt16(here[i]) &* middle &+ sides &+ 32) &>> 6
    }
    if from == 0 { out[0] = half[0] &* (128 &- blur) &+ half[min(1, size - 1)] &* blur }
    if to == size - 1 { out[to] = half[to] &* (128 &- blur) &+ half[max(0, to - 1)] &* blur }
    let inner = max(1, from)
    let stop = min(size - 2, to)
    guard inner <= stop else { return }
    for i in inner...stop {
      out[i] = half[i] &* middle &+ (half[i &- 1] &+ half[i &+ 1]) &* blur
    }
  }

  /// Interpolates between rows, which the line's columns cross at places of their own.
  private func shift(
    _ rows: UnsafePointer<Float>, firstRow: Int, lastRow: Int, top: Double, across: Double,
    down: Double, _ scratch: inout LineScratch
  ) {
    let samples = scratch.samples.room(for: width * height)
    let ramp = scratch.ramp.room(for: width)
    let rise = Float(across)
    for column in 0..<width { ramp[column] = Float(column) * rise }
    func pointer(_ row: Int) -> UnsafePointer<Float> {
      rows + (max(firstRow, min(lastRow, row)) - firstRow) * width
    }
    for row in 0..<height {
      let start = top + down * Double(row)
      let out = samples + row * width
      var column = 0
      while column < width {
        let y = start + across * Double(column)
        let whole = y.rounded(.down)
        // Up to where the next row of the image is crossed.
        var end = width
        if across > 1e-9 {
          end = column + Int(min(Double(width), ((whole + 1 - y) / across).rounded(.up)))
        } else if across < -1e-9 {
          end = column + Int(min(Double(width), ((y - whole) / -across).rounded(.down))) + 1
        }
        end = max(column + 1, min(width, end))
        let upper = pointer(Int(whole))
        let lower = pointer(Int(whole) + 1)
        let offset = Float(start - whole)
        for i in column..<end {
          let f = ramp[i] + offset
          out[i] = upper[i] + (lower[i] - upper[i]) * f
        }
        column = end
      }
    }
  }
}

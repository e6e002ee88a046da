import Glibc

/// Brings a drawn line to one light: brightness to ink coverage.
struct LineLight {
  let width: Int
  let height: Int
  let isLightOnDark: Bool

  /// Pixels to a side of the cells in which the paper's brightness is measured.
  private var cell: Int { height / Self.cellRows }
  private static let cellRows = 8
  private var cellColumns: Int { (width + cell - 1) / cell }
  /// Rows above and below that say nothing about the ink.
  private static let edge = 3
  /// Pixels around ink that are no paper.
  private static let rim = 1
  /// Least pixels of paper from which a neighbourhood's brightness is measured.
  private static let leastPaper = 18.0
  /// Columns to either side by which the ink's full contrast is measured.
  private static let spread = 20
  /// Limits on that contrast, relative to the whole line's.
  private static let leastSpread: Float = 0.6
  private static let mostSpread: Float = 1.5

  /// Tells ink from paper in `scratch.samples`, divides the paper's light out of it and scales by
  /// the ink's contrast.
  ///
  /// - Parameters:
  ///   - scratch: holds the drawn line.
  ///   - coverage: takes rows of ink coverage, 0 paper and 255 ink.
  ///   - stride: the distance between rows of `coverage`.
  /// - Returns: the distance of the ink's brightness from the paper's: the logarithm of their
  ///   ratio, positive.
  func normalize(
    _ scratch: inout LineScratch, into coverage: UnsafeMutablePointer<UInt8>, stride: Int
  ) -> Double {
    let samples = scratch.samples.room(for: width * height)
    let mask = scratch.mask.room(for: width * height)
    LineInk(width: width, height: height, isLightOnDark: isLightOnDark)
      .find(&scratch)
    dilate(&scratch)
    measurePaper(samples, &scratch)
    let peaks = scratch.columns.room(for: 2 * width)
    takeContrast(samples, mask, peaks: peaks, &scratch)
    let overall = overallContrast(samples, mask, &scratch)
    let full = peaks + width
    spread(peaks, overall: overall, into: full, &scratch)
    for row in 0..<height {
      let contrast = samples + row * width
      let out = coverage + row * stride
      for column in 0..<width {
        let value = min(max(contrast[column] * full[column], 0), 255)
        // Adding 1.5 * 2^23 leaves the whole number in the lowest bits.
        out[column] = UInt8(truncatingIfNeeded: (value - 0.498 + 12_582_912).bitPattern)
      }
    }
    return Double(isLightOnDark ? log(1 + overall) : -log(1 - min(overall, 0.99)))
  }

  /// Marks ink and its edges, which are not paper, in `scratch.dilated`.
  private func dilate(_ scratch: inout LineScratch) {
    let reach = Self.rim
    let mask = scratch.mask.room(for: width * height)
    // A frame of paper around it, so that no row or column is an exception.
    let across = scratch.across.room(for: width * (height + 2 * reach))
    let padded = scratch.padded.room(for: width + 2 * reach)
    let dilated = scratch.dilated.room(for: width * height)
    across.update(repeating: 0, count: width * (height + 2 * reach))
    padded.update(repeating: 0, count: width + 2 * reach)
    for row in 0..<height {
      (padded + reach).update(from: mask + row * width, count: width)
      let out = across + (row + reach) * width
      for shift in 0...2 * reach {
        let moved = padded + shift
        for i in 0..<width { out[i] |= moved[i] }
      }
    }
    dilated.update(from: across, count: width * height)
    for shift in 1...2 * reach {
      let moved = across + shift * width
      for i in 0..<width * height { dilated[i] |= moved[i] }
    }
  }

  /// Mean brightness of the paper around each cell, interpolated across the columns.
  ///
  /// `scratch.levels` takes a row of `width` for each of the `cellRows`.
  private func measurePaper(_ samples: UnsafePointer<Float>, _ scratch: inout LineScratch) {
    let (areas, numbers) = sumPaper(samples, &scratch)
    let (across, wide) = (cellColumns, cellColumns + 1)
    let total = numbers[wide * Self.cellRows + across]
    let overall =
      total > 0
      ? areas[wide * Self.cellRows + across] / total : Double(brightest(samples))
    let least = Self.leastPaper
    let levels = scratch.levels.room(for: width * Self.cellRows)
    let means = scratch.cells.room(for: across)
    for band in 0..<Self.cellRows {
      for column in 0..<across {
        var level = overall
        for reach in [1, 4] {
          let top = max(0, band - reach) * wide
          let bottom = min(Self.cellRows, band + reach + 1) * wide
          let left = max(0, column - reach)
          let right = min(across, column + reach + 1)
          let n =
            numbers[bottom + right] - numbers[top + right] - numbers[bottom + left]
            + numbers[top + left]
          guard n >= least else { continue }
          level =
            (areas[bottom + right] - areas[top + right] - areas[bottom + left]
              + areas[top + left]) / n
          break
        }
        means[column] = Float(level)
      }
      interpolate(means, into: levels + band * width)
    }
  }

  /// Sums over the cells from the left top corner, of the paper's brightness and of its pixels, in
  /// rows of one value more than there are columns of cells.
  private func sumPaper(
    _ samples: UnsafePointer<Float>, _ scratch: inout LineScratch
  ) -> (areas: UnsafeMutablePointer<Double>, numbers: UnsafeMutablePointer<Double>) {
    let (cell, across) = (cell, cellColumns)
    let dilated = scratch.dilated.room(for: width * height)
    let sums = scratch.columns.room(for: 2 * width)
    let counts = sums + width
    // Sums from the left top corner, of brightness and of pixels.
    let wide = across + 1
    let areas = scratch.areas.room(for: 2 * wide * (Self.cellRows + 1))
    let numbers = areas + wide * (Self.cellRows + 1)
    areas.update(repeating: 0, count: wide)
    numbers.update(repeating: 0, count: wide)
    for band in 0..<Self.cellRows {
      sums.update(repeating: 0, count: 2 * width)
      for row in band * cell..<(band + 1) * cell {
        let brightness = samples + row * width
        let ink = dilated + row * width
        for i in 0..<width {
          let paper = Float(1 &- ink[i])
          sums[i] += brightness[i] * paper
          counts[i] += paper
        }
      }
      let above = band * wide
      let here = above + wide
      areas[here] = 0
      numbers[here] = 0
      var sum = 0.0
      var count = 0.0
      for column in 0..<across {
        for i in column * cell..<min(width, (column + 1) * cell) {
          sum += Double(sums[i])
          count += Double(counts[i])
        }
        areas[here + column + 1] = areas[above + column + 1] + sum
        numbers[here + column + 1] = numbers[above + column + 1] + count
      }
    }
    return (areas, numbers)
  }

  private func brightest(_ samples: UnsafePointer<Float>) -> Float {
    var best: Float = 0
    for i in 0..<width * height { best = max(best, samples[i]) }
    return best > 0 ? best : 255
  }

  /// Interpolates from the cells' middles to each column.
  private func interpolate(
    _ means: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    let half = cell / 2
    let share = 1 / Float(cell)
    for i in 0..<min(half, width) { out[i] = means[0] }
    for column in 0..<cellColumns {
      let here = means[column]
      let difference = means[min(column + 1, cellColumns - 1)] - here
      let first = column * cell + half
      for j in 0..<max(0, min(cell, width - first)) {
        out[first + j] = here + difference * ((Float(j) + 0.5) * share)
      }
    }
  }

  /// Turns brightness into contrast, and stores each column's highest contrast of ink in `peaks`.
  private func takeContrast(
    _ samples: UnsafeMutablePointer<Float>, _ mask: UnsafePointer<UInt8>,
    peaks: UnsafeMutablePointer<Float>, _ scratch: inout LineScratch
  ) {
    let levels = scratch.levels.room(for: width * Self.cellRows)
    peaks.update(repeating: 0, count: width)
    let half = cell / 2
    let sign: Float = isLightOnDark ? 1 : -1
    for row in 0..<height {
      let band = (row + half) / cell - 1
      let share = (Float(row + half - (band + 1) * cell) + 0.5) / Float(cell)
      let upper = levels + max(0, band) * width
      let lower = levels + min(Self.cellRows - 1, band + 1) * width
      let values = samples + row * width
      for i in 0..<width {
        let paper = max(upper[i] + (lower[i] - upper[i]) * share, 4)
        values[i] = (values[i] / paper - 1) * sign
      }
      guard row >= Self.edge, row < height - Self.edge else { continue }
      let ink = mask + row * width
      for i in 0..<width { peaks[i] = max(peaks[i], values[i] * Float(ink[i])) }
    }
  }

  /// The contrast of the line's full ink: four fifths of its pixels have less.
  private func overallContrast(
    _ contrast: UnsafePointer<Float>, _ mask: UnsafePointer<UInt8>, _ scratch: inout LineScratch
  ) -> Float {
    // For light ink, the share of its brightness that dark paper lacks: that ends at 1 as well.
    let bins = 1024
    let histogram = scratch.histogram.room(for: bins)
    histogram.update(repeating: 0, count: bins)
    var count = 0
    let end = width * height
    let words = UnsafeRawPointer(mask)
    var i = 0
    while i < end {
      // Most of a line is paper: skip it eight pixels at a time.
      while i &+ 8 <= end, words.loadUnaligned(fromByteOffset: i, as: UInt64.self) == 0 {
        i &+= 8
      }
      for j in i..<min(i &+ 8, end) where mask[j] != 0 {
        let value = isLightOnDark ? contrast[j] / (1 + max(contrast[j], 0)) : contrast[j]
        histogram[max(0, min(bins &- 1, Int(value * Float(bins))))] &+= 1
        count &+= 1
      }
      i &+= 8
    }
    guard count > 0 else { return 1 }
    let wanted = Int32(count * 8 / 10)
    var seen: Int32 = 0
    var bin = 0
    while bin < bins - 1, seen + histogram[bin] <= wanted {
      seen += histogram[bin]
      bin += 1
    }
    let inside = (Float(wanted - seen) + 0.5) / Float(max(1, histogram[bin]))
    let value = (Float(bin) + inside) / Float(bins)
    return max(0.02, isLightOnDark ? value / max(0.004, 1 - value) : value)
  }

  /// 255 over the contrast of full ink for each column: the local maximum, held near the line's.
  private func spread(
    _ peaks: UnsafePointer<Float>, overall: Float, into full: UnsafeMutablePointer<Float>,
    _ scratch: inout LineScratch
  ) {
    // Columns of stems count more than those of hairlines: they show the full ink.
    let sums = scratch.areas.room(for: 2 * (width + 1))
    let weights = sums + width + 1
    sums[0] = 0
    weights[0] = 0
    for i in 0..<width {
      let peak = Double(peaks[i])
      sums[i + 1] = sums[i] + peak * peak * peak
      weights[i + 1] = weights[i] + peak * peak
    }
    let radius = Self.spread
    for i in 0..<width {
      let from = max(0, i - radius)
      let to = min(width, i + radius + 1)
      let weight = Float(weights[to] - weights[from])
      var contrast = overall
      if weight > 1e-9 {
        let local = Float(sums[to] - sums[from]) / weight
        contrast = min(max(local, Self.leastSpread * overall), Self.mostSpread * overall)
      }
      full[i] = 255 / contrast
    }
  }
}

internal import CKernels
import Gray

/// The filters of one image's planes.
struct PlaneFilters {
  let plane: ScribePlane
  let kernels: ScribePixels
  let memory: Binarizer.Memory

  private var width: Int { Int(plane.width) }
  private var height: Int { Int(plane.height) }
  private var stride: Int { Int(plane.stride) }
  /// Words of a row of bits.
  var words: Int { stride / 64 }

  // MARK: Between images and planes

  func load(_ image: GrayImage, to plane: UnsafeMutablePointer<UInt8>) {
    image.pixels.withUnsafeBufferPointer { pixels in
      guard let from = pixels.baseAddress else { return }
      for y in 0..<height {
        let row = plane + y * stride
        row.update(from: from + y * width, count: width)
        (row + width).update(repeating: 0, count: stride - width)
      }
    }
  }

  func store(_ plane: UnsafePointer<UInt8>, to image: inout GrayImage) {
    image.pixels.withUnsafeMutableBufferPointer { pixels in
      guard let to = pixels.baseAddress else { return }
      for y in 0..<height { (to + y * width).update(from: plane + y * stride, count: width) }
    }
  }

  func expand(_ bits: UnsafePointer<UInt64>, to image: inout BinaryImage) {
    image.pixels.withUnsafeMutableBufferPointer { pixels in
      guard let to = pixels.baseAddress else { return }
      kernels.expand(plane, bits, to)
    }
  }

  /// Sets all bits, but those past the width.
  func fill(_ bits: UnsafeMutablePointer<UInt64>) {
    let rest = width % 64
    for y in 0..<height {
      let row = bits + y * words
      row.update(repeating: ~0, count: words)
      if rest > 0 { row[words - 1] = ~(~UInt64(0) << UInt64(rest)) }
    }
  }

  // MARK: Filters

  /// Twice the size, bilinear: sample (x, y) lands on (2x + 1/2, 2y + 1/2).
  func double(_ image: GrayImage, to plane: UnsafeMutablePointer<UInt8>) {
    image.pixels.withUnsafeBufferPointer { pixels in
      guard let from = pixels.baseAddress else { return }
      kernels.twice(self.plane, from, plane, memory.scratch)
    }
  }

  /// Standard deviation of the pixel noise, in gray levels. Overwrites the planes 0 and 1.
  ///
  /// Immerkaer's estimate, from the response to a mask that cancels constant and linear shading, in
  /// each second row. The median response takes the place of the mean, so that print does not count
  /// as noise; where it is 255 or more, 255 stands for it.
  func noise(of image: GrayImage) -> Double {
    guard image.width > 2, image.height > 2 else { return 0 }
    let responses = memory.plane(0)
    let count = (image.width - 2) * ((image.height - 1) / 2)
    let padded = (count + 63) / 64 * 64
    image.pixels.withUnsafeBufferPointer { pixels in
      guard let from = pixels.baseAddress else { return }
      kernels.responses(from, Int32(image.width), Int32(image.height), responses, memory.scratch)
    }
    // 255 is never asked for.
    (responses + count).update(repeating: 255, count: padded - count)
    let counts = ValueCounts(kernels: kernels, bytes: responses, count: padded, absent: 0)
    let median = counts.least(reaching: Double(count) / 2).value
    // The mask multiplies the deviation by 6; the median of |normal| is 0.6745 of it.
    return Double(median) / (6 * 0.6745)
  }

  /// The image after the 3x3 binomial filter (1 2 1)/4 in both directions, unless it is too small.
  func smooth(_ from: UnsafePointer<UInt8>, to: UnsafeMutablePointer<UInt8>) -> Bool {
    guard width > 2, height > 2 else { return false }
    kernels.smooth(plane, from, to, memory.scratch)
    return true
  }

  /// The filter (3 10 3)/16 in both directions.
  func soften(_ from: UnsafePointer<UInt8>, to: UnsafeMutablePointer<UInt8>) {
    kernels.soften(plane, from, to, memory.scratch)
  }

  /// A gray closing by a square if `maximum`, else an opening. Overwrites `by` and the plane 3.
  func extremum(
    _ from: UnsafePointer<UInt8>, maximum: Bool, radius: Int,
    by: UnsafeMutablePointer<UInt8>, to: UnsafeMutablePointer<UInt8>
  ) {
    let radius = Int32(radius)
    let first: Int32 = maximum ? 1 : 0
    let scratch = memory.scratch
    let other = memory.plane(3)
    kernels.across(plane, radius, first, from, by, scratch)
    kernels.down(plane, radius, first, by, other, scratch)
    kernels.down(plane, radius, 1 - first, other, by, scratch)
    kernels.across(plane, radius, 1 - first, by, to, scratch)
  }

  /// `255 * (low + 8) / (high + 8)`: white paper under any light. The 8 holds back the noise where
  /// there is next to no light.
  func divide(
    _ low: UnsafePointer<UInt8>, _ high: UnsafePointer<UInt8>, rows: Range<Int>,
    to: UnsafeMutablePointer<UInt8>
  ) {
    kernels.divide(plane, low, high, Int32(rows.lowerBound), Int32(rows.upperBound), to)
  }

  /// Clears the bits of some rows that are not ink; see `LocalThreshold`.
  func threshold(
    _ threshold: LocalThreshold, _ gray: UnsafePointer<UInt8>, rows: Range<Int>,
    ink: UnsafeMutablePointer<UInt64>
  ) {
    precondition((1...127).contains(threshold.window))
    var parameters = ScribeThreshold(
      radius: Int32(threshold.window / 2), k: Float(threshold.k),
      floor: Float(threshold.minimumDeviation))
    kernels.threshold(
      plane, &parameters, gray, Int32(rows.lowerBound), Int32(rows.upperBound), ink,
      memory.scratch)
  }

  /// The rows that have bits, together with gaps of at most `gap` rows between them.
  func bands(of bits: UnsafePointer<UInt64>, gap: Int) -> [Range<Int>] {
    var bands: [Range<Int>] = []
    for y in 0..<height {
      var any: UInt64 = 0
      for w in 0..<words { any |= bits[y &* words &+ w] }
      guard any != 0 else { continue }
      if let last = bands.last, y - last.upperBound <= gap {
        bands[bands.count - 1] = last.lowerBound..<(y + 1)
      } else {
        bands.append(y..<(y + 1))
      }
    }
    return bands
  }
}

/// How many bytes of a plane are at most a value.
struct ValueCounts {
  let kernels: ScribePixels
  let bytes: UnsafePointer<UInt8>
  let count: Int
  /// Zeros among the bytes that don't count.
  let absent: Int

  private func upTo(_ value: Int) -> Int {
    if value >= 255 { return count - absent }
    return kernels.count(bytes, count, UInt8(value)) - absent
  }

  /// Bytes of a piece of the sample.
  private var piece: Int { count / 256 / 64 * 64 }

  /// The same of sixteen pieces, which are a sixteenth of them.
  private func sampleUpTo(_ value: Int) -> Int {
    (0..<16).reduce(0) { sum, i in
      sum + kernels.count(bytes + 16 * piece * i, piece, UInt8(value))
    }
  }

  /// The least value that at least `wanted` bytes are not above; how many are less and how many
  /// equal it. Steps out from what a sample says, then halves.
  func least(reaching wanted: Double) -> (value: Int, less: Int, equal: Int) {
    var low = -1
    var high = 255
    var lowCount = 0
    var highCount = count - absent
    var step = 1
    var probe = guess(reaching: wanted)
    while high - low > 1 {
      let found = upTo(probe)
      if Double(found) >= wanted {
        high = probe
        highCount = found
        probe = low < 0 ? max(high - step, 0) : (low + high) / 2
      } else {
        low = probe
        lowCount = found
        probe = high == 255 ? min(low + step, 254) : (low + high) / 2
      }
      step *= 2
    }
    return (high, lowCount, highCount - lowCount)
  }

  private func guess(reaching wanted: Double) -> Int {
    let share = Int(wanted + Double(absent)) * 16 * piece / max(count, 1)
    var low = -1
    var high = 254
    while high - low > 1 {
      let middle = (low + high) / 2
      if sampleUpTo(middle) >= share { high = middle } else { low = middle }
    }
    return high
  }
}

/// Whether neighbours in a raw image are as alike as neighbours are, or would be far more alike if its
/// bytes were taken otherwise.
///
/// Pixels beside each other are alike in every picture, and so are rows; bytes swapped, or rows that
/// drift, are not. The limits were set by 438 pictures of 320x240 (photographs of meters, drawn pages,
/// displays and plates, gratings and bars at all angles, noise, saturated colours), with noise and
/// without. Told right, as gray8, rgb565be, yuyv and uyvy, none of the 1752 is doubted; told wrong,
/// the right bytes are named in 77 % (RGB565) and 60 % (YUV), and the right width in 54 %: of the
/// others most are nearly empty.
struct RawFit {
  private let bytes: [UInt8]
  private let layout: RawLayout

  /// The least by which neighbours differ more as told than swapped, in gray levels and in shares of the
  /// picture's spread. The most of a picture told right was 1.77 in one of them, 1.2 in both.
  static let leastSwapRatio = 1.5
  /// The least by which the colour of YUV is busier than its light to be taken for it. Saturated print on
  /// a ground of its light reached 6, but is far from gray.
  static let leastChromaRatio = 4.0
  /// The same where its mean tells nothing.
  static let surestChromaRatio = 10.0
  /// The most that colour's mean is off gray, 128, and the least that light's is.
  static let chromaReach = (colour: 10, light: 25)
  /// The most of their difference that is left between rows at the distance that fits better.
  static let mostRowShare = 0.8
  /// The same at distances of whole rows, where no margin can confirm it.
  static let mostMultipleShare = 0.5
  /// Differences below so many levels are noise.
  static let leastDifference = 0.5
  /// Bytes that are compared at most: enough for a mean to be as sure as a hundredth.
  private static let mostCompared = 1 << 15
  private static let mostDistances = 4096
  /// Pixels that a stroke is wide at most, or something else without detail.
  private static let widestStroke = 24

  init(_ frame: ArraySlice<UInt8>, _ layout: RawLayout) {
    bytes = Array(frame.dropFirst(layout.gaps.beforeFrame))
    self.layout = layout
  }

  var advice: LinkAdvice? {
    if let better = betterFormat { return .pixelsFit(better, told: layout.format) }
    return betterPeriod.map { .rowsFit(layout, bytesApart: $0) }
  }
}

// MARK: - Pixels

extension RawFit {
  private var betterFormat: PixelFormat? {
    switch layout.format {
    case .rgb565LittleEndian: isSwapped565(highFirst: false) ? .rgb565BigEndian : nil
    case .rgb565BigEndian: isSwapped565(highFirst: true) ? .rgb565LittleEndian : nil
    case .bgr565LittleEndian: isSwapped565(highFirst: false) ? .bgr565BigEndian : nil
    case .bgr565BigEndian: isSwapped565(highFirst: true) ? .bgr565LittleEndian : nil
    case .yuyv: isSwappedYUV(lightFirst: true) ? .uyvy : nil
    case .yvyu: isSwappedYUV(lightFirst: true) ? .vyuy : nil
    case .uyvy: isSwappedYUV(lightFirst: false) ? .yuyv : nil
    case .vyuy: isSwappedYUV(lightFirst: false) ? .yvyu : nil
    case .gray8, .gray4, .bilevel, .rgb888, .bgr888, .jpeg, .png, .file: nil
    }
  }

  /// The rows' bytes, without what stands between them, as many as are compared.
  private var sample: [UInt8] {
    let rows = bytes.count / max(1, layout.rowPeriod)
    let wanted = max(1, min(rows, Self.mostCompared / max(1, layout.rowBytes)))
    var sample: [UInt8] = []
    for row in 0..<wanted where rows > 0 {
      let start = row * rows / wanted * layout.rowPeriod + layout.gaps.beforeRow
      sample += bytes[start..<min(start + layout.rowBytes, bytes.count)]
    }
    return sample
  }

  private func isSwapped565(highFirst: Bool) -> Bool {
    let sample = sample
    func roughness(highFirst: Bool) -> (step: Double, spread: Double) {
      let light = (0..<sample.count / 2).map { index -> Int in
        let (first, second) = (Int(sample[2 * index]), Int(sample[2 * index + 1]))
        let pixel = highFirst ? first << 8 | second : second << 8 | first
        // Twice green counts as much as in luma, nearly.
        return (pixel >> 11) << 3 + (pixel >> 5 & 63) << 3 + (pixel & 31) << 3
      }
      guard light.count > 1 else { return (0, 0) }
      let mean = light.reduce(0, +) / light.count
      let steps = zip(light, light.dropFirst()).reduce(0) { $0 + abs($1.0 - $1.1) }
      let spread = light.reduce(0) { $0 + abs($1 - mean) }
      return (Double(steps) / Double(light.count), Double(spread) / Double(light.count))
    }
    let told = roughness(highFirst: highFirst)
    let swapped = roughness(highFirst: !highFirst)
    guard told.step > Self.leastDifference, swapped.spread > 0 else { return false }
    return told.step > Self.leastSwapRatio * swapped.step
      && told.step * swapped.spread > Self.leastSwapRatio * swapped.step * told.spread
  }

  private func isSwappedYUV(lightFirst: Bool) -> Bool {
    let sample = sample
    guard sample.count > 64 else { return false }
    /// Of every second byte, their steps from pair to pair and their mean.
    func busyness(from first: Int) -> (step: Double, mean: Int) {
      var (steps, sum) = (0, 0)
      for at in stride(from: first, to: sample.count - 4, by: 2) {
        steps += abs(Int(sample[at]) - Int(sample[at + 4]))
        sum += Int(sample[at])
      }
      return (Double(steps) / Double(sample.count / 2), sum / (sample.count / 2))
    }
    let light = busyness(from: lightFirst ? 0 : 1)
    let colour = busyness(from: lightFirst ? 1 : 0)
    return colour.step > Self.leastDifference
      && abs(light.mean - 128) <= Self.chromaReach.colour
      && (colour.step > Self.surestChromaRatio * light.step
        || colour.step > Self.leastChromaRatio * light.step
          && abs(colour.mean - 128) >= Self.chromaReach.light)
  }
}

// MARK: - Rows

extension RawFit {
  /// The distance in bytes at which rows are far more alike than as told.
  private var betterPeriod: Int? {
    let told = layout.rowPeriod
    switch layout.format {
    case .gray4, .bilevel, .jpeg, .png: return nil
    default: break
    }
    let longest = min(2 * told + 64, bytes.count / 3)
    let shortest = max(16, told / 2, longest - Self.mostDistances)
    guard shortest <= told, told < longest else { return nil }
    let count = min(bytes.count - longest, Self.mostCompared)
    let differences = (shortest...longest).map { difference(at: $0, count: count) }
    let asTold = differences[told - shortest]
    guard let least = differences.min(), let index = differences.firstIndex(of: least)
    else { return nil }
    let best = shortest + index
    let shift = best % told
    guard best != told, asTold - least > Self.leastDifference,
      least < (shift == 0 ? Self.mostMultipleShare : Self.mostRowShare) * asTold
    else { return nil }
    // A likeness at other distances too is a pattern of the picture.
    let half = (least + asTold) / 2
    let reach = valley(of: differences, around: index, below: half)
    let isAlone = differences.enumerated().allSatisfy { distance, difference in
      let apart = (shortest + distance) % best
      return difference > half || min(apart, best - apart) <= reach
    }
    guard isAlone, shift == 0 || margin(at: best, shift: shift) else { return nil }
    return best
  }

  /// The reach around the best distance in which others are nearly as good, as strokes have a width.
  private func valley(of differences: [Double], around best: Int, below limit: Double) -> Int {
    let unit = layout.format.bytesPerRow(width: 2).map { $0 / 2 } ?? 1
    func reach(_ direction: Int) -> Int {
      var pixels = 0
      while pixels < Self.widestStroke {
        let next = best + direction * (pixels + 1) * unit
        guard differences.indices.contains(next), differences[next] <= limit else { break }
        pixels += 1
      }
      return pixels
    }
    return (max(reach(1), reach(-1)) + 1) * unit
  }

  /// The mean difference of bytes so far apart.
  private func difference(at distance: Int, count: Int) -> Double {
    bytes.withUnsafeBufferPointer { bytes in
      var sum: UInt64 = 0
      var start = 0
      while start < count {
        // In pieces whose sum is a vector of 32 bits.
        let end = min(start &+ 4096, count)
        var part: UInt32 = 0
        for i in start..<end {
          let (a, b) = (bytes[i], bytes[i &+ distance])
          part &+= UInt32(max(a, b) &- min(a, b))
        }
        sum &+= UInt64(part)
        start = end
      }
      return Double(sum) / Double(max(1, count))
    }
  }

  /// Whether it fits better also where a slanted picture, which drifts as wrong rows do, wouldn't: at
  /// its margins, where the one row ends and another begins.
  private func margin(at best: Int, shift: Int) -> Bool {
    let told = layout.rowPeriod
    let drift = shift <= told / 2 ? shift : shift - told
    var sums = (told: 0, best: 0, count: 0)
    for at in 0..<bytes.count - max(best, told) {
      let column = at % told
      guard column + drift >= told || column + drift < 0 else { continue }
      sums.told += abs(Int(bytes[at]) - Int(bytes[at + told]))
      sums.best += abs(Int(bytes[at]) - Int(bytes[at + best]))
      sums.count += 1
    }
    return Double(sums.told - sums.best) > Self.leastDifference * Double(sums.count)
      && Double(sums.best) < Self.mostRowShare * Double(sums.told)
  }
}

package import Images

/// Tells gaps between words from gaps between characters by their widths, where these are clear.
package struct Spacing {
  /// Least difference of a clear gap from the width at which words begin, as a share of that width.
  private static let doubt = 0.25
  /// Columns, and factor, by which a gap between words is wider than the usual gap. Such gaps are
  /// at least `least` columns wide.
  private static let wider = 3.0
  private static let times = 1.6
  private static let least = 13.0 / 3
  /// Limits for characters of equal width: the narrowest, in columns, and their mean deviation from
  /// whole multiples of their distance.
  private static let narrowest = 16.0 / 3
  private static let mostOff = 0.07

  package init() {}

  /// Whether a space stands before each character but the first; nil where this is open.
  ///
  /// - Parameter boxes: the characters' ink in pixels of the line's image.
  /// - Returns: one value fewer than there are boxes.
  package func clearSpaces(between boxes: [PixelBox]) -> [Bool?] {
    widths(between: boxes).map { abs($0 - 1) < Self.doubt ? nil : $0 > 1 }
  }

  /// The widths of gaps, in units of the width at which gaps between words begin.
  private func widths(between boxes: [PixelBox]) -> [Double] {
    guard boxes.count > 1 else { return [] }
    let gaps = zip(boxes, boxes.dropFirst()).map { Double($1.x - $0.maxX) }
    let pitches = zip(boxes, boxes.dropFirst()).map {
      Double(2 * ($1.x - $0.x) + $1.width - $0.width) / 2
    }
    if let pitch = fixedPitch(pitches) { return pitches.map { $0 / (1.5 * pitch) } }
    let sorted = gaps.sorted()
    // The lower quartile: in short words half of the gaps may be spaces.
    let usual = max(0, sorted[sorted.count / 4])
    let limit = max(Self.least, Self.times * usual + Self.wider)
    return gaps.map { $0 / limit }
  }

  /// The distance of characters that are all equally wide, as on most displays and labels.
  private func fixedPitch(_ pitches: [Double]) -> Double? {
    guard pitches.count >= 3 else { return nil }
    let sorted = pitches.sorted()
    let pitch = sorted[sorted.count / 3]
    guard pitch > Self.narrowest else { return nil }
    // Spaces are whole multiples of the pitch too.
    guard pitches.allSatisfy({ $0 > pitch * 0.5 }) else { return nil }
    let off = pitches.map { abs($0 / pitch - ($0 / pitch).rounded()) }
    return off.reduce(0, +) / Double(off.count) < Self.mostOff ? pitch : nil
  }
}

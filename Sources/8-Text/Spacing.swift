package import Gray

/// Finds the gaps between words.
package struct Spacing {
  package init() {}

  /// Whether a space stands before each character but the first.
  ///
  /// - Parameter boxes: the characters' ink in strip pixels, where tall characters are 24 high.
  /// - Returns: one value fewer than there are boxes.
  package func spaces(between boxes: [PixelBox]) -> [Bool] {
    widths(between: boxes).map { $0 > 1 }
  }

  /// The same where the gaps leave no doubt, else nil.
  package func clearSpaces(between boxes: [PixelBox]) -> [Bool?] {
    widths(between: boxes).map { abs($0 - 1) < 0.25 ? nil : $0 > 1 }
  }

  /// How wide gaps are for those of words, which begin at 1.
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
    let limit = max(6.5, 1.6 * usual + 4.5)
    return gaps.map { $0 / limit }
  }

  /// The distance of characters that are all equally wide, as on most displays and labels.
  private func fixedPitch(_ pitches: [Double]) -> Double? {
    guard pitches.count >= 3 else { return nil }
    let sorted = pitches.sorted()
    let pitch = sorted[sorted.count / 3]
    guard pitch > 8 else { return nil }
    // Spaces are whole multiples of the pitch too.
    let near = pitches.filter { pitch * 0.5 < $0 }
    let off = near.map { abs($0 / pitch - ($0 / pitch).rounded()) }
    let mean = off.reduce(0, +) / Double(max(1, off.count))
    return near.count == pitches.count && mean < 0.07 ? pitch : nil
  }
}

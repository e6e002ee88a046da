package import Binary
import Gray

/// The pieces of ink of a binarized image, both polarities.
package struct InkPieces: Sendable {
  private let dark: Components
  private let light: Components

  package init(_ binarization: Binarization) {
    dark = Components(binarization.runs(.darkOnLight))
    light = Components(binarization.runs(.lightOnDark))
  }

  subscript(polarity: Polarity) -> Components { polarity == .darkOnLight ? dark : light }
}

extension LineFinder {
  /// How far, in heights, a piece's middle may lie outside the line that a finder saw.
  private static let mostOutside = 0.25
  /// How high a piece of it may be, in heights.
  private static let highest = 1.7
  /// How low a piece is that is but a mark.
  private static let lowest = 0.45
  /// By what factor heights may differ, and by how many heights baselines.
  private static let heights = 0.6...1.6
  private static let baselineTolerance = 0.45
  /// What share of the line's length the pieces must reach over.
  private static let leastReach = 0.7

  /// A line that was seen, measured by the pieces of ink that lie on it.
  ///
  /// - Returns: nil where these don't make up the line.
  package func refined(_ line: TextLine, by pieces: InkPieces) -> TextLine? {
    let components = pieces[line.polarity]
    var chain: [Int] = []
    var left = line.end
    var right = line.start
    let margin = Self.mostOutside * line.height
    for (i, component) in components.all.enumerated() {
      let box = component.box
      let height = Double(box.height)
      guard height <= Self.highest * line.height else { continue }
      let x = Double(box.x) + Double(box.width) / 2
      let above = line.baseline(at: x) - Double(box.y) - height / 2
      guard x > line.start - margin, x < line.end + margin, above > -margin,
        above < line.height + margin
      else { continue }
      left = min(left, Double(box.x))
      right = max(right, Double(box.maxX))
      if height >= Self.lowest * line.height { chain.append(i) }
    }
    guard !chain.isEmpty, right - left >= Self.leastReach * (line.end - line.start) else {
      return nil
    }
    chain.sort { components.all[$0].box.x < components.all[$1].box.x }
    var measured = self.line(
      chain, components, polarity: line.polarity, commonSlope: line.slope)
    measured.start = left
    measured.end = right
    let x = (left + right) / 2
    let moved = abs(measured.baseline(at: x) - line.baseline(at: x))
    guard Self.heights.contains(measured.height / line.height),
      moved <= Self.baselineTolerance * line.height
    else { return nil }
    return measured
  }
}

package import Gray

/// The smallest unit that cutting makes: a component of a strip, or a part of one between two cuts.
package struct Piece: Sendable, Equatable {
  /// In strip pixels.
  package var box: PixelBox
  package var area: Int
  /// The upright bounds of its ink in the working image.
  package var bounds: Bounds
}

/// An upright rectangle between pixels: `maxX` and `maxY` are its far edges.
package struct Bounds: Sendable, Equatable {
  package var minX = Double.infinity
  package var minY = Double.infinity
  package var maxX = -Double.infinity
  package var maxY = -Double.infinity

  package func union(_ other: Bounds) -> Bounds {
    Bounds(
      minX: min(minX, other.minX), minY: min(minY, other.minY), maxX: max(maxX, other.maxX),
      maxY: max(maxY, other.maxY))
  }

  mutating func include(_ point: (x: Double, y: Double)) {
    minX = min(minX, point.x)
    minY = min(minY, point.y)
    maxX = max(maxX, point.x)
    maxY = max(maxY, point.y)
  }
}

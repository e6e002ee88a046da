/// Ink and paper: one byte a pixel, 1 = ink, rows top to bottom without padding.
public struct BinaryImage: Sendable, Equatable {
  public let width: Int
  public let height: Int
  public var pixels: [UInt8]

  /// - Precondition: `pixels.count == width * height`, every value 0 or 1.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width >= 0 && height >= 0 && pixels.count == width * height)
    self.width = width
    self.height = height
    self.pixels = pixels
  }
}

/// Which of the two levels of a print is the ink.
public enum Polarity: UInt8, Sendable, CaseIterable {
  case darkOnLight
  case lightOnDark
}

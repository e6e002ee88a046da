/// A gray picture: one byte a pixel, 0 black, 255 white, rows top to bottom without padding.
public struct GrayImage: Sendable, Equatable {
  public let width: Int
  public let height: Int
  public var pixels: [UInt8]

  /// - Precondition: `pixels.count == width * height`.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width >= 0 && height >= 0 && pixels.count == width * height)
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// An image of one value.
  public init(width: Int, height: Int, filledWith value: UInt8 = 0) {
    self.init(
      width: width, height: height, pixels: [UInt8](repeating: value, count: width * height))
  }
}

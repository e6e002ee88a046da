public import Images

/// Reasons why an image can't be made gray.
public enum GrayError: Error, Equatable, Sendable {
  /// A side is zero, or the image has more than `GrayImage.maximumPixels`.
  case size(width: Int, height: Int)
  /// Fewer or more bytes than width, height and format call for.
  case payload(format: PixelFormat, expected: Int, found: Int)
  /// libjpeg-turbo's words.
  case jpeg(String)
  /// libpng's words.
  case png(String)
  /// A progressive JPEG with more scans than any camera makes, each of which takes time.
  case scans(limit: Int)
  /// Neither a PNG nor a JPEG file by its first bytes.
  case unknownFile(firstBytes: [UInt8])
}

extension GrayError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .size(let width, let height):
      "an image of \(width)x\(height) pixels can't be read: sides must be at least 1 and the "
        + "whole at most \(GrayImage.maximumPixels) pixels"
    case .payload(let format, let expected, let found):
      "\(format.rawValue) pixels need \(expected) bytes, got \(found)"
    case .jpeg(let reason): "damaged JPEG: \(reason)"
    case .png(let reason): "damaged PNG: \(reason)"
    case .scans(let limit): "a JPEG of more than \(limit) scans is refused: none needs so many"
    case .unknownFile(let bytes):
      bytes.isEmpty
        ? "the file is empty" : "neither PNG nor JPEG: starts with \(hexadecimal(bytes))"
    }
  }

  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}

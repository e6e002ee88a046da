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
  /// A file of more pixels than `GrayImage.maximumFilePixels`, or of none.
  case fileSize(width: Int, height: Int)
  /// The words of the library for this kind of file, or ours.
  case file(ImageFileKind, String)
  /// A file whose library would hold all of it, in more than `GrayImage.maximumWorkspace`.
  case workspace(what: String, width: Int, height: Int, advice: String)
  /// A file that is no image of a known kind, by its first bytes.
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
    case .fileSize(let width, let height):
      "a picture of \(width)x\(height) pixels can't be read: sides must be at least 1 and the "
        + "whole at most \(GrayImage.maximumFilePixels) pixels"
    case .file(let kind, let reason): "damaged \(kind.rawValue): \(reason)"
    case .workspace(let what, let width, let height, let advice):
      "a \(what) of \(width)x\(height) pixels takes more than "
        + "\(GrayImage.maximumWorkspace >> 20) MB to decode: \(advice)"
    case .unknownFile(let bytes):
      if bytes.isEmpty {
        "the file is empty"
      } else if let kind = ImageFileKind.unread(bytes) {
        "this is \(kind), which isn't read: save it as PNG or JPEG"
      } else {
        "no \(ImageFileKind.names): starts with \(hexadecimal(Array(bytes.prefix(8))))"
      }
    }
  }

  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}

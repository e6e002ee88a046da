public import Gray
public import Images

/// Reads images with the C code that ships to boards, in one of its two ways: `FirmwareRecognizer`
/// reads lines, `FirmwareReader` characters.
public protocol FirmwareTextReader: Sendable {
  /// Reads a gray image; a board would send this text.
  ///
  /// - Throws: `FirmwareReaderError.size` for an image that boards don't read.
  func read(_ gray: GrayImage) throws(FirmwareReaderError) -> BoardText
}

extension FirmwareReader: FirmwareTextReader {}
extension FirmwareRecognizer: FirmwareTextReader {}

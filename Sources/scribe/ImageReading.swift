import Images
import Text

/// What turns an image into text.
protocol ImageReading: Sendable {
  /// Reads one image.
  ///
  /// - Throws: where the image cannot be decoded, as a JPEG that is none.
  func read(_ image: CapturedImage) throws -> ReadImage
}

/// A reading and the size of the image it was made of, in pixels.
struct ReadImage: Sendable {
  var reading: Reading
  var width: Int
  var height: Int
}

internal import Images

/// An image to be read: a file's bytes, or pixels in a row order that cameras have.
public struct Picture: Sendable {
  let captured: CapturedImage

  /// A file's bytes: JPEG, PNG, BMP, PNM, TIFF, WebP or GIF. What they are is found out when they
  /// are read.
  public init(file: [UInt8]) {
    captured = CapturedImage(width: 0, height: 0, format: .file, payload: file)
  }

  /// Gray pixels, 0 black to 255 white, rows from the top.
  ///
  /// - Throws: `SerialScribeError.pixels` if there aren't `width` x `height` of them.
  public init(gray pixels: [UInt8], width: Int, height: Int) throws(SerialScribeError) {
    let count = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, width <= 65_535, height <= 65_535, !count.overflow,
      count.partialValue == pixels.count
    else { throw .pixels(width: width, height: height, bytes: pixels.count) }
    captured = CapturedImage(width: width, height: height, format: .gray8, payload: pixels)
  }

  init(_ captured: CapturedImage) { self.captured = captured }

  /// The sender's number, of an image from a link.
  public var number: Int { Int(captured.number) }
  /// Pixels a row; 0 where only the file's bytes tell.
  public var width: Int { captured.width }
  public var height: Int { captured.height }
  /// The format of `bytes`, as `gray8` or `jpeg`.
  public var format: String { captured.format.rawValue }
  /// The pixels or the file, as they came.
  public var bytes: [UInt8] { captured.payload }
  /// Rows of which pixels never arrived; they are filled.
  public var missingRows: [Range<Int>] { captured.missingRows }
}

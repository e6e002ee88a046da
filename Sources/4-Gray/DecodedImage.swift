public import Images

/// An image made gray, and which of its pixels are made up.
public struct DecodedImage: Sendable, Equatable {
  /// What never arrived is filled from what is around it.
  public let gray: GrayImage
  /// Pixels that never arrived or, of a damaged JPEG, couldn't be decoded; nil for none.
  public let missing: MissingPixels?

  /// - Throws: when the payload does not hold what the format calls for, or nothing of it can be
  ///   decompressed.
  public init(_ image: CapturedImage) throws(GrayError) {
    switch image.format {
    case .jpeg: self = try decodeJPEG(image.payload)
    case .png: self.init(gray: try decodePNG(image.payload), missing: nil)
    case .gray8, .gray4, .rgb565LittleEndian, .rgb565BigEndian, .bgr565LittleEndian,
      .bgr565BigEndian, .rgb888, .bgr888, .yuyv, .yvyu, .uyvy, .vyuy, .bilevel:
      try GrayImage.check(width: image.width, height: image.height)
      let stride = image.format.bytesPerRow(width: image.width) ?? 0
      guard image.byteCount == stride * image.height else {
        throw .payload(
          format: image.format, expected: stride * image.height, found: image.byteCount)
      }
      self.init(
        gray: GrayImage(
          width: image.width, height: image.height, pixels: unpack(image, bytesPerRow: stride)),
        missing: MissingPixels(of: image))
    }
  }

  /// Rows may be right and count as missing all the same; what they show stays.
  init(gray: GrayImage, doubtful rows: Range<Int>) {
    self.gray = gray
    missing = MissingPixels(width: gray.width, height: gray.height, rows: [rows])
  }

  /// Fills what is missing.
  init(gray: GrayImage, missing: MissingPixels?) {
    var gray = gray
    if let missing { gray.conceal(missing) }
    self.gray = gray
    self.missing = missing
  }
}

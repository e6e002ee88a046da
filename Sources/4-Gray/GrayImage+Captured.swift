public import Images

extension GrayImage {
  /// Images above this many pixels are refused before anything is allocated.
  public static let maximumPixels = 1 << 24

  /// Turns an image of any pixel format into gray.
  ///
  /// RGB is weighted as in ITU-R BT.601; YUYV and its like keep their Y; sixteen grays spread over
  /// 0...255; bilevel ink becomes 0 and paper 255. Missing pixels are filled from those around them.
  /// The picture of a file comes upright, in the size in which it is read: see `DecodedImage`.
  /// - Throws: an error if the payload does not match the format, or can't be decompressed.
  public init(_ image: CapturedImage) throws(GrayError) { self = try DecodedImage(image).gray }

  /// An image of bare pixels; those that are missing are mid-gray.
  init(pixelsOf image: CapturedImage) throws(GrayError) {
    try GrayImage.check(width: image.width, height: image.height)
    let stride = image.format.bytesPerRow(width: image.width) ?? 0
    guard image.byteCount == stride * image.height else {
      throw .payload(
        format: image.format, expected: stride * image.height, found: image.byteCount)
    }
    self.init(
      width: image.width, height: image.height, pixels: unpack(image, bytesPerRow: stride))
  }

  static func check(width: Int, height: Int) throws(GrayError) {
    guard width > 0, height > 0, width <= maximumPixels, height <= maximumPixels / width else {
      throw .size(width: width, height: height)
    }
  }
}

extension CapturedImage {
  /// A whole image file of a kind that is read, told by its first bytes.
  ///
  /// - Throws: `GrayError.unknownFile` for anything else.
  public init(file bytes: [UInt8], number: UInt32 = 0) throws(GrayError) {
    let format: PixelFormat
    switch ImageFileKind(firstBytes: Array(bytes.prefix(16))) {
    case .jpeg: format = .jpeg
    case .png: format = .png
    case .bmp, .pnm, .tiff, .webp, .gif: format = .file
    case nil: throw .unknownFile(firstBytes: Array(bytes.prefix(16)))
    }
    self.init(number: number, width: 0, height: 0, format: format, payload: bytes)
  }
}

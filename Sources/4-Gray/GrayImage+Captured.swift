public import Images

extension GrayImage {
  /// Images above this many pixels are refused before anything is allocated.
  public static let maximumPixels = 1 << 24

  /// Turns an image of any pixel format into gray.
  ///
  /// RGB is weighted as in ITU-R BT.601; YUYV and its like keep their Y; sixteen grays spread over 0...255;
  /// bilevel ink becomes 0 and paper 255.
  /// What never arrived is filled from what is around it.
  /// - Throws: when the payload does not hold what the format calls for, or can't be decompressed.
  public init(_ image: CapturedImage) throws(GrayError) {
    self = try DecodedImage(image).gray
  }

  static func check(width: Int, height: Int) throws(GrayError) {
    guard width > 0, height > 0, width <= maximumPixels, height <= maximumPixels / width else {
      throw .size(width: width, height: height)
    }
  }
}

extension CapturedImage {
  /// A whole PNG or JPEG file, told apart by its first bytes.
  ///
  /// - Throws: `GrayError.unknownFile` for anything else.
  public init(file bytes: [UInt8], number: UInt32 = 0) throws(GrayError) {
    let format: PixelFormat
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      format = .png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      format = .jpeg
    } else {
      throw .unknownFile(firstBytes: Array(bytes.prefix(8)))
    }
    self.init(number: number, width: 0, height: 0, format: format, payload: bytes)
  }
}

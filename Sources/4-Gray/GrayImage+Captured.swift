public import Images

extension GrayImage {
  /// Images above this many pixels are refused before anything is allocated.
  public static let maximumPixels = 1 << 24

  /// Turns an image of any pixel format into gray.
  ///
  /// RGB is weighted as in ITU-R BT.601; YUYV keeps its Y; sixteen grays spread over 0...255;
  /// bilevel ink becomes 0 and paper 255. Missing pixels are filled from those around them. The
  /// picture of a file comes upright, in the size in which it is read: see `DecodedImage`.
  /// - Throws: an error if the payload does not match the format, or can't be decompressed.
  public init(_ image: CapturedImage) throws(GrayError) { self = try DecodedImage(image).gray }

  /// An image of bare pixels.
  init(pixelsOf image: CapturedImage) throws(GrayError) {
    try GrayImage.check(width: image.width, height: image.height)
    let stride = image.format.bytesPerRow(width: image.width) ?? 0
    guard image.payload.count == stride * image.height else {
      throw .payload(
        format: image.format, expected: stride * image.height, found: image.payload.count)
    }
    self.init(
      width: image.width, height: image.height, pixels: unpack(image, bytesPerRow: stride))
    if let missing = MissingPixels(of: image) { conceal(missing) }
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

private func unpack(_ image: CapturedImage, bytesPerRow: Int) -> [UInt8] {
  let bytes = image.payload
  let count = image.width * image.height
  switch image.format {
  case .gray8:
    return bytes
  case .rgb565LittleEndian:
    return [UInt8](unsafeUninitializedCapacity: count) { gray, filled in
      for i in 0..<count { gray[i] = luma(UInt16(bytes[2 &* i &+ 1]) << 8 | UInt16(bytes[2 &* i])) }
      filled = count
    }
  case .rgb565BigEndian:
    return [UInt8](unsafeUninitializedCapacity: count) { gray, filled in
      for i in 0..<count { gray[i] = luma(UInt16(bytes[2 &* i]) << 8 | UInt16(bytes[2 &* i &+ 1])) }
      filled = count
    }
  case .yuyv:
    return [UInt8](unsafeUninitializedCapacity: count) { gray, filled in
      for y in 0..<image.height {
        for x in 0..<image.width { gray[y &* image.width &+ x] = bytes[y &* bytesPerRow &+ 2 &* x] }
      }
      filled = count
    }
  case .bilevel:
    return [UInt8](unsafeUninitializedCapacity: count) { gray, filled in
      for y in 0..<image.height {
        for x in 0..<image.width {
          let ink = bytes[y &* bytesPerRow &+ x >> 3] & (0x80 >> UInt8(x & 7)) != 0
          gray[y &* image.width &+ x] = ink ? 0 : 255
        }
      }
      filled = count
    }
  case .gray4:
    return [UInt8](unsafeUninitializedCapacity: count) { gray, filled in
      for y in 0..<image.height {
        for x in 0..<image.width {
          let pair = bytes[y &* bytesPerRow &+ x >> 1]
          gray[y &* image.width &+ x] = 17 &* (x & 1 == 0 ? pair >> 4 : pair & 15)
        }
      }
      filled = count
    }
  case .jpeg, .png, .file:
    preconditionFailure("compressed formats have no rows to unpack")
  }
}

/// BT.601 luma of an RGB565 pixel; each channel is widened to 8 bits by repeating its top bits.
@inline(__always)
private func luma(_ pixel: UInt16) -> UInt8 {
  let red = UInt32(pixel >> 11)
  let green = UInt32(pixel >> 5 & 63)
  let blue = UInt32(pixel & 31)
  let sum =
    77 &* (red << 3 | red >> 2) &+ 150 &* (green << 2 | green >> 4)
    &+ 29 &* (blue << 3 | blue >> 2)
  return UInt8(truncatingIfNeeded: (sum &+ 128) >> 8)
}

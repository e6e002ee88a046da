public import Images

/// A picture made gray, with the size that it had before.
public struct DecodedImage: Sendable, Equatable {
  /// Upright as far as its EXIF data tell.
  public var gray: GrayImage
  /// Pixels a row before it was halved; upright, as every program shows it.
  public let width: Int
  public let height: Int
  /// The number of times it was halved, as a file of more than `GrayImage.maximumPixels` is.
  public let halvings: Int
  /// The mount that its EXIF data tell; `gray`, `width` and `height` obey it already.
  public let exif: Mount

  /// Turns an image of any pixel format into gray, see `GrayImage.init(_:)`.
  public init(_ image: CapturedImage) throws(GrayError) {
    switch image.format {
    case .jpeg: self = try decodeJPEG(image.payload)
    case .png: self = try decodePNG(image.payload)
    case .file:
      switch ImageFileKind(firstBytes: image.payload) {
      case .jpeg: self = try decodeJPEG(image.payload)
      case .png: self = try decodePNG(image.payload)
      case .bmp: self = try DecodedImage(decodeBMP(image.payload))
      case .pnm: self = try DecodedImage(decodePNM(image.payload))
      case .tiff: self = try decodeTIFF(image.payload)
      case .webp: self = try decodeWebP(image.payload)
      case .gif: self = try DecodedImage(decodeGIF(image.payload))
      case nil: throw .unknownFile(firstBytes: Array(image.payload.prefix(16)))
      }
    case .gray8, .gray4, .rgb565LittleEndian, .rgb565BigEndian, .yuyv, .bilevel:
      let gray = try GrayImage(pixelsOf: image)
      self.init(gray, width: gray.width, height: gray.height, halvings: 0)
    }
  }

  /// Turns a file's picture, given as it is stored, upright by its EXIF data.
  init(_ stored: GrayImage, width: Int, height: Int, halvings: Int, exif: Mount? = nil) {
    let exif = exif ?? .upright
    gray = stored.uprighted(from: exif)
    (self.width, self.height) = exif.isSideways ? (height, width) : (width, height)
    self.halvings = halvings
    self.exif = exif
  }

  init(_ rows: consuming PictureRows, exif: Mount? = nil) {
    let (width, height, halvings) = (rows.width, rows.height, rows.halvings)
    self.init(rows.finish(), width: width, height: height, halvings: halvings, exif: exif)
  }
}

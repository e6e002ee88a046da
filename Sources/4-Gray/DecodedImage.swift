public import Images

/// A picture made gray, with the size that it had before, and the pixels of it that are missing.
public struct DecodedImage: Sendable, Equatable {
  /// Upright as far as its EXIF data tell. Missing pixels are filled from those around them.
  public var gray: GrayImage
  /// Pixels a row before it was halved; upright, as every program shows it.
  public let width: Int
  public let height: Int
  /// The number of times it was halved, as a file of more than `GrayImage.maximumPixels` is.
  public let halvings: Int
  /// The mount that its EXIF data tell; `gray`, `width` and `height` obey it already.
  public let exif: Mount
  /// Pixels of `gray` that never arrived or, in a damaged JPEG, couldn't be decoded; nil for none.
  public private(set) var missing: MissingPixels?

  /// Turns an image of any pixel format into gray, see `GrayImage.init(_:)`.
  public init(_ image: CapturedImage) throws(GrayError) {
    switch image.format {
    case .jpeg: self = try decodeJPEG(image.payload)
    case .png: self = try decodePNG(image.payload)
    case .file:
      let file = image.payload
      switch ImageFileKind(firstBytes: file) {
      case .jpeg: self = try decodeJPEG(file)
      case .png: self = try decodePNG(file)
      case .bmp: self = try DecodedImage(decodeBMP(file))
      case .pnm: self = try DecodedImage(decodePNM(file))
      case .tiff: self = try decodeTIFF(file)
      case .webp: self = try decodeWebP(file)
      case .gif: self = try DecodedImage(decodeGIF(file))
      case nil: throw .unknownFile(firstBytes: Array(file.prefix(16)))
      }
    case .gray8, .gray4, .rgb565LittleEndian, .rgb565BigEndian, .bgr565LittleEndian,
      .bgr565BigEndian, .rgb888, .bgr888, .yuyv, .yvyu, .uyvy, .vyuy, .bilevel:
      self.init(try GrayImage(pixelsOf: image), missing: MissingPixels(of: image))
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

  /// A picture with some of its pixels missing, as it is stored; fills them.
  init(_ stored: GrayImage, missing: MissingPixels?, exif: Mount? = nil) {
    var gray = stored
    if let missing { gray.conceal(missing) }
    self.init(gray, width: gray.width, height: gray.height, halvings: 0, exif: exif)
    self.missing = missing?.uprighted(from: self.exif)
  }

  /// A picture with rows that may be right and count as missing all the same: their pixels stay.
  init(_ stored: GrayImage, doubtful rows: Range<Int>, exif: Mount? = nil) {
    self.init(stored, width: stored.width, height: stored.height, halvings: 0, exif: exif)
    missing = MissingPixels(width: stored.width, height: stored.height, rows: [rows])
      .uprighted(from: self.exif)
  }
}

public import Gray
public import Images

/// Reasons why a simulated board can't be built or run. Faults of its wire are no errors: they are
/// simulated on purpose.
public enum BoardError: Error, Equatable, CustomStringConvertible {
  case fontMissing(searched: [String])
  case fontUnreadable(path: String, freeTypeError: Int32)
  case fontNotOutline(path: String)
  case glyphMissing(character: String, font: String)
  case textEmpty
  /// The block of text is larger than the image at the text height asked for.
  case textTooLarge(text: String, needed: ImageSize, available: ImageSize)
  case textTooSmall(text: String, smallestHeight: Double)
  case fileMissing(path: String, errorNumber: Int32)
  case fileUnreadable(path: String, errorNumber: Int32)
  case folderEmpty(path: String)
  case imageUnreadable(path: String, GrayError)
  case noPictures
  case formatNotSendable(PixelFormat)
  /// The protocol carries only some formats: a JPEG stream carries JPEG.
  case formatNotCarried(PixelFormat, by: String)
  /// A raw link has one fixed image size.
  case sizeNotCarried(ImageSize, by: String)
  case imageTooLarge(ImageSize, limit: ImageSize)
  case jpegNotMade(reason: String)
  case encoderRefused(code: Int32)
  /// An image that the simulated board can't read by itself.
  case notReadable(reason: String)
  case pseudoTerminal(call: String, errorNumber: Int32)
  /// The link's path is taken by something other than a symbolic link to a pseudo-terminal.
  case linkPathTaken(path: String)
  case linkInUse(path: String)
  case linkNotMade(path: String, errorNumber: Int32)

  public var description: String {
    switch self {
    case .fontMissing(let searched):
      "no outline font found; looked at \(searched.joined(separator: ", ")). "
        + "Install fonts-dejavu-core or name a font file."
    case .fontUnreadable(let path, let code):
      "\(path) is not a font that FreeType can open (error \(code))"
    case .fontNotOutline(let path):
      "\(path) has no outlines, only fixed bitmaps; choose a TrueType or OpenType font"
    case .glyphMissing(let character, let font):
      "\(font) has no glyph for \"\(character)\"; choose another font"
    case .textEmpty:
      "the text has no visible character"
    case .textTooLarge(let text, let needed, let available):
      "\"\(preview(text))\" needs \(needed) pixels at this text height and \(available) are free; "
        + "choose a smaller text height or a larger image"
    case .textTooSmall(let text, let smallest):
      "\"\(preview(text))\" fits only with capitals lower than \(smallest) pixels; "
        + "shorten the text, break it into lines or choose a larger image"
    case .fileMissing(let path, let number), .fileUnreadable(let path, let number):
      "\(path): \(systemMessage(number))"
    case .folderEmpty(let path):
      "\(path) has no .png, .jpg or .jpeg file"
    case .imageUnreadable(let path, let error):
      "\(path): \(error)"
    case .noPictures:
      "there is nothing to send; give image files, folders or texts"
    case .formatNotSendable(let format):
      "no board sends \(format.rawValue)"
    case .formatNotCarried(let format, let name):
      "\(name) does not carry \(format.rawValue)"
    case .sizeNotCarried(let size, let name):
      "\(name) does not carry images of \(size); scale them to its size"
    case .imageTooLarge(let size, let limit):
      "an image of \(size) is above the protocol's limit of \(limit); scale it down"
    case .jpegNotMade(let reason):
      "libjpeg-turbo: \(reason)"
    case .notReadable(let reason):
      "the board can't read the image: \(reason)"
    case .encoderRefused(let code):
      "the link encoder refused the image (error \(code))"
    case .pseudoTerminal(let call, let number):
      "no pseudo-terminal: \(call): \(systemMessage(number))"
    case .linkPathTaken(let path):
      "\(path) exists and is no link to a pseudo-terminal; it is left alone, choose another path"
    case .linkInUse(let path):
      "another simulator is using \(path); stop it or choose another path"
    case .linkNotMade(let path, let number):
      "can't make the link \(path): \(systemMessage(number))"
    }
  }
}

/// Pixels across and down.
public struct ImageSize: Sendable, Equatable, CustomStringConvertible {
  public var width: Int
  public var height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// The size of the upright picture, where this is the size that a camera mounted as `mount`
  /// sends, or the other way round.
  public func upright(_ mount: Mount) -> ImageSize {
    mount.isSideways ? ImageSize(width: height, height: width) : self
  }

  /// 160x120, as an OV7670 or OV2640 scales.
  public static let qqvga = ImageSize(width: 160, height: 120)
  /// 320x240.
  public static let qvga = ImageSize(width: 320, height: 240)
  /// 640x480.
  public static let vga = ImageSize(width: 640, height: 480)

  public var description: String { "\(width)x\(height)" }
}

private func preview(_ text: String) -> String {
  let flat = text.split(separator: "\n").joined(separator: " / ")
  return flat.count > 40 ? flat.prefix(39) + "…" : flat
}

/// The format of the bytes of a `CapturedImage`.
public enum PixelFormat: String, Sendable, CaseIterable {
  /// One byte a pixel, 0 black, 255 white.
  case gray8
  /// Two bytes a pixel, low byte first.
  case rgb565LittleEndian = "rgb565le"
  /// Two bytes a pixel, high byte first, as an OV2640 or OV7670 outputs them.
  case rgb565BigEndian = "rgb565be"
  /// As `rgb565le`, with blue in the upper bits.
  case bgr565LittleEndian = "bgr565le"
  /// As `rgb565be`, with blue in the upper bits.
  case bgr565BigEndian = "bgr565be"
  /// Three bytes a pixel: red, green, blue.
  case rgb888
  /// Three bytes a pixel: blue, green, red.
  case bgr888
  /// Y0 U Y1 V: four bytes for two pixels.
  case yuyv
  /// Y0 V Y1 U.
  case yvyu
  /// U Y0 V Y1: `yuyv` with the bytes of each pair swapped.
  case uyvy
  /// V Y0 U Y1.
  case vyuy
  /// One bit a pixel, most significant bit leftmost, 1 = ink (black); rows padded to whole bytes.
  case bilevel
  /// Four bits a pixel, left one in bits 7-4, 0 black, 15 white; rows padded to whole bytes.
  case gray4
  /// A whole JPEG file.
  case jpeg
  /// A whole PNG file. Files only: no board sends it.
  case png
  /// A whole file of another kind, told by its first bytes. Files only.
  case file

  /// Whether no board sends it.
  public var isOfFilesOnly: Bool { self == .png || self == .file }

  /// Bytes in a row of `width` pixels, or nil where rows have no fixed size.
  public func bytesPerRow(width: Int) -> Int? {
    switch self {
    case .gray8: width
    case .rgb565LittleEndian, .rgb565BigEndian, .bgr565LittleEndian, .bgr565BigEndian: 2 * width
    case .rgb888, .bgr888: 3 * width
    case .yuyv, .yvyu, .uyvy, .vyuy: 4 * ((width + 1) / 2)
    case .bilevel: (width + 7) / 8
    case .gray4: (width + 1) / 2
    case .jpeg, .png, .file: nil
    }
  }

  /// Whether packets have a number for it; others come as raw pixels or in files alone.
  public var isSentInPackets: Bool {
    ImageLayout.numbers(of: self, isCoded: false) != (format: 0, codec: 0)
  }
}

/// The layout of a board's image: the six bytes at the head of DESCRIPTOR, BEGIN and END.
public struct ImageLayout: Sendable, Hashable {
  static let size = 6

  /// Pixels a row; for JPEG a hint, 0 if unknown.
  public var width: Int
  /// Rows; for JPEG a hint, 0 if unknown.
  public var height: Int
  /// The pixel format's number on the wire; 0 where the codec decides.
  public var formatCode: UInt8
  /// The codec's number on the wire: 0 none, 1 JPEG, 2 lossless gray, 3 coded bilevel.
  public var codecCode: UInt8

  public init(width: Int, height: Int, formatCode: UInt8, codecCode: UInt8) {
    self.width = width
    self.height = height
    self.formatCode = formatCode
    self.codecCode = codecCode
  }

  /// This program's name for format and codec together, or nil if it knows no such thing.
  public var format: PixelFormat? {
    switch (codecCode, formatCode) {
    case (0, 1): .gray8
    case (0, 2): .rgb565LittleEndian
    case (0, 3): .rgb565BigEndian
    case (0, 4): .yuyv
    case (0, 5): .bilevel
    case (0, 6): .gray4
    case (2, 1): .gray8
    case (3, 5): .bilevel
    case (1, 0): .jpeg
    default: nil
    }
  }

  /// The numbers of a format and its codec on the wire; 0 and 0 for a format that boards don't
  /// send.
  package static func numbers(
    of format: PixelFormat, isCoded: Bool
  ) -> (format: UInt8, codec: UInt8) {
    switch format {
    case .gray8: (1, isCoded ? 2 : 0)
    case .rgb565LittleEndian: (2, 0)
    case .rgb565BigEndian: (3, 0)
    case .yuyv: (4, 0)
    case .bilevel: (5, isCoded ? 3 : 0)
    case .gray4: (6, 0)
    case .jpeg: (0, 1)
    case .bgr565LittleEndian, .bgr565BigEndian, .rgb888, .bgr888, .yvyu, .uyvy, .vyuy, .png, .file:
      (0, 0)
    }
  }

  /// The codec of the rows, or nil where rows aren't coded or there are none.
  var rowCodec: RowCodec? {
    switch (codecCode, formatCode) {
    case (2, 1): .lossless
    case (3, 5): .bilevel
    default: nil
    }
  }
}

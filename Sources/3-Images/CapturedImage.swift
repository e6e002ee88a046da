/// One picture as it came off the link or out of a file: pixels still in the sender's format.
public struct CapturedImage: Sendable, Equatable {
  /// The sender's number for this image; counts from 0 where the sender gives none.
  public var number: UInt32
  /// Pixels a row. Where the payload is a whole file, that decides; this is then only a hint (0 =
  /// unknown).
  public var width: Int
  /// Rows. For whole files only a hint, as `width`.
  public var height: Int
  public var format: PixelFormat
  /// Rows top to bottom without padding; for `.bilevel` every row starts on a byte boundary.
  public var payload: [UInt8] {
    get { bytes.bytes }
    set { bytes = ImagePayload(newValue) }
  }
  /// Bytes of `payload`; takes no memory for those that never arrived.
  public var byteCount: Int { bytes.count }
  private var bytes: ImagePayload
  /// Bytes of `payload` that never arrived, ascending and disjoint; it holds mid-gray (white if
  /// bilevel) there.
  public var missing: [Range<Int>]
  /// Microseconds of the sender's clock, when it sent one.
  public var timestamp: UInt64?
  /// The part of the camera's picture that this is, where the sender sent a part.
  public var region: ImageRegion?

  public init(
    number: UInt32 = 0, width: Int, height: Int, format: PixelFormat, payload: [UInt8],
    missing: [Range<Int>] = [], timestamp: UInt64? = nil,
    region: ImageRegion? = nil
  ) {
    self.number = number
    self.width = width
    self.height = height
    self.format = format
    bytes = ImagePayload(payload)
    self.missing = missing
    self.timestamp = timestamp
    self.region = region
  }

  /// An image of which the bytes that never arrived take no memory.
  init(
    number: UInt32, width: Int, height: Int, format: PixelFormat,
    payload: ImagePayload, missing: [Range<Int>]
  ) {
    self.init(
      number: number, width: width, height: height, format: format, payload: [], missing: missing)
    bytes = payload
  }

  public static func == (one: CapturedImage, other: CapturedImage) -> Bool {
    one.number == other.number && one.width == other.width && one.height == other.height
      && one.format == other.format && one.missing == other.missing
      && one.timestamp == other.timestamp && one.region == other.region
      && one.byteCount == other.byteCount && one.payload == other.payload
  }

  /// Whether every pixel arrived.
  public var isIntact: Bool { missing.isEmpty }

  /// Rows of which pixels never arrived, ascending and disjoint.
  public var missingRows: [Range<Int>] {
    guard let rowBytes = format.bytesPerRow(width: width), rowBytes > 0 else { return [] }
    var rows = RangeSet<Int>()
    for range in missing {
      rows.insert(
        contentsOf: range.lowerBound / rowBytes..<(range.upperBound + rowBytes - 1) / rowBytes)
    }
    return Array(rows.ranges)
  }
}

/// The place of an image in the camera's whole picture, in pixels.
public struct ImageRegion: Sendable, Hashable {
  /// Column of the image's left edge.
  public var x: Int
  /// Row of its upper edge.
  public var y: Int
  public var fullWidth: Int
  public var fullHeight: Int

  public init(x: Int, y: Int, fullWidth: Int, fullHeight: Int) {
    self.x = x
    self.y = y
    self.fullWidth = fullWidth
    self.fullHeight = fullHeight
  }
}

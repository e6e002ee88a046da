public import Images

/// The pixels of an image that never arrived.
public struct MissingPixels: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// Row by row, whether a pixel is missing.
  let flags: [Bool]

  /// Nil for an image that is whole, and where bytes can't be mapped to pixels.
  public init?(of image: CapturedImage) {
    guard !image.missing.isEmpty, let rowBytes = image.format.bytesPerRow(width: image.width),
      rowBytes > 0, image.byteCount == rowBytes * image.height
    else { return nil }
    width = image.width
    height = image.height
    var flags = [Bool](repeating: false, count: width * height)
    for range in image.missing.map({ $0.clamped(to: 0..<image.byteCount) }) {
      var byte = range.lowerBound
      while byte < range.upperBound {
        let (row, offset) = byte.quotientAndRemainder(dividingBy: rowBytes)
        let count = min(rowBytes - offset, range.upperBound - byte)
        let pixels = Self.pixels(ofBytes: offset..<offset + count, format: image.format)
        for x in pixels.clamped(to: 0..<width) { flags[row * width + x] = true }
        byte += count
      }
    }
    self.flags = flags
  }

  /// Whole rows.
  ///
  /// - Precondition: they are rows of the image.
  init(width: Int, height: Int, rows: [Range<Int>]) {
    self.width = width
    self.height = height
    var flags = [Bool](repeating: false, count: width * height)
    for row in rows.joined() {
      for index in row * width..<(row + 1) * width { flags[index] = true }
    }
    self.flags = flags
  }

  /// Rows of which pixels are missing, ascending and disjoint.
  public var rows: [Range<Int>] {
    var ranges: [Range<Int>] = []
    for row in 0..<height where flags[row * width..<(row + 1) * width].contains(true) {
      if let last = ranges.last, last.upperBound == row {
        ranges[ranges.count - 1] = last.lowerBound..<row + 1
      } else {
        ranges.append(row..<row + 1)
      }
    }
    return ranges
  }

  /// The pixels of a row that these bytes of it are a part of.
  private static func pixels(ofBytes bytes: Range<Int>, format: PixelFormat) -> Range<Int> {
    switch format {
    case .gray8, .jpeg, .png, .file: bytes
    case .rgb565LittleEndian, .rgb565BigEndian, .bgr565LittleEndian, .bgr565BigEndian, .yuyv, .yvyu,
      .uyvy, .vyuy:
      bytes.lowerBound / 2..<(bytes.upperBound + 1) / 2
    case .rgb888, .bgr888: bytes.lowerBound / 3..<(bytes.upperBound + 2) / 3
    case .gray4: 2 * bytes.lowerBound..<2 * bytes.upperBound
    case .bilevel: 8 * bytes.lowerBound..<8 * bytes.upperBound
    }
  }

  /// The pixels in the image as an upright camera would send it, see `GrayImage.uprighted(from:)`.
  func uprighted(from mount: Mount) -> MissingPixels {
    guard mount != .upright else { return self }
    let mask = GrayImage(width: width, height: height, pixels: flags.map { $0 ? 1 : 0 })
    return MissingPixels(mask.uprighted(from: mount))
  }

  private init(_ mask: GrayImage) {
    (width, height) = (mask.width, mask.height)
    flags = mask.pixels.map { $0 != 0 }
  }

  /// The share of a box that is missing, 0...1.
  public func share(of box: PixelBox) -> Double {
    let columns = (box.x..<box.x + max(0, box.width)).clamped(to: 0..<width)
    let rows = (box.y..<box.y + max(0, box.height)).clamped(to: 0..<height)
    guard !columns.isEmpty, !rows.isEmpty else { return 0 }
    var count = 0
    for y in rows {
      for x in columns where flags[y * width + x] { count += 1 }
    }
    return Double(count) / Double(columns.count * rows.count)
  }
}

extension GrayImage {
  /// Fills missing pixels from those above and below.
  ///
  /// A narrow gap is bridged, so that a stroke goes on through it. A wide one only takes on the
  /// paper around it: strokes drawn out over many rows would look like letters.
  mutating func conceal(_ missing: MissingPixels) {
    let bridged = 4
    var blurred: [Int: [Double]] = [:]
    func blur(_ row: Int) -> [Double] {
      if let known = blurred[row] { return known }
      let values = Self.blur(pixels, missing.flags, row: row, width: width)
      blurred[row] = values
      return values
    }
    var filled = pixels
    for x in 0..<width {
      var y = 0
      while y < height {
        guard missing.flags[y * width + x] else {
          y += 1
          continue
        }
        let first = y
        while y < height, missing.flags[y * width + x] { y += 1 }
        let gap = y - first
        let above = first > 0 ? first - 1 : nil
        let below = y < height ? y : nil
        guard let near = above ?? below else { continue }
        let (top, bottom) = (above ?? near, below ?? near)
        let paper = (blur(top)[x], blur(bottom)[x])
        let detail = (
          Double(pixels[top * width + x]) - paper.0, Double(pixels[bottom * width + x]) - paper.1
        )
        for row in first..<y {
          let fromTop = above == nil ? Double(gap) : Double(row - first + 1)
          let fromBottom = below == nil ? Double(gap) : Double(y - row)
          let share = below == nil ? 0 : above == nil ? 1 : fromTop / Double(gap + 1)
          let fade =
            gap <= bridged
            ? (1.0, 1.0) : (max(0, 1 - fromTop / 3), max(0, 1 - fromBottom / 3))
          let value =
            (1 - share) * (paper.0 + fade.0 * detail.0) + share * (paper.1 + fade.1 * detail.1)
          filled[row * width + x] = UInt8(min(max(value.rounded(), 0), 255))
        }
      }
    }
    self = GrayImage(width: width, height: height, pixels: filled)
  }

  /// The mean of the pixels present among 33 around each of a row.
  private static func blur(
    _ pixels: [UInt8], _ missing: [Bool], row: Int, width: Int
  ) -> [Double] {
    var sums = [0]
    var counts = [0]
    for index in row * width..<(row + 1) * width {
      sums.append(sums[sums.count - 1] + (missing[index] ? 0 : Int(pixels[index])))
      counts.append(counts[counts.count - 1] + (missing[index] ? 0 : 1))
    }
    return (0..<width).map { x in
      let range = max(0, x - 16)..<min(width, x + 17)
      let count = counts[range.upperBound] - counts[range.lowerBound]
      return Double(sums[range.upperBound] - sums[range.lowerBound]) / Double(max(1, count))
    }
  }
}

import FirmwareProto
public import Gray
public import Images

extension CapturedImage {
  /// JPEG quality by default: about that of an OV2640 at its usual setting.
  public static let usualQuality = 80

  /// The image that a board's camera would deliver for this gray picture: R = G = B, U = V = 128.
  ///
  /// RGB565 keeps 5 or 6 bits a channel, each the value nearest to the gray; decoding gives the gray
  /// back within 3 levels. Bilevel is cut at one threshold for the whole image (Otsu's), dark is ink.
  /// - Parameters:
  ///   - gray: the picture.
  ///   - format: any but those that only files have.
  ///   - number: the image's number in its series.
  ///   - quality: 1...100, of `.jpeg` alone.
  /// - Throws: `.formatNotSendable` for those, or an error of libjpeg-turbo.
  public init(
    _ gray: GrayImage, as format: PixelFormat, number: UInt32 = 0, quality: Int = usualQuality
  ) throws(BoardError) {
    let payload: [UInt8]
    switch format {
    case .gray8: payload = gray.pixels
    case .rgb565LittleEndian, .bgr565LittleEndian:
      payload = rgb565(gray.pixels, highByteFirst: false)
    case .rgb565BigEndian, .bgr565BigEndian: payload = rgb565(gray.pixels, highByteFirst: true)
    case .rgb888, .bgr888: payload = gray.pixels.flatMap { [$0, $0, $0] }
    case .yuyv, .yvyu: payload = yuyv(gray, lumaFirst: true)
    case .uyvy, .vyuy: payload = yuyv(gray, lumaFirst: false)
    case .bilevel: payload = bilevel(gray)
    case .gray4: payload = gray4(gray)
    case .jpeg: payload = try cameraJPEG(gray, quality: quality)
    case .png, .file: throw .formatNotSendable(format)
    }
    self.init(
      number: number, width: gray.width, height: gray.height, format: format, payload: payload)
  }
}

extension CapturedImage {
  /// Ink and paper as boards tell them apart (scribe_ink.h); nil for a size that the board's code
  /// isn't compiled for.
  ///
  /// Pictures at most 200 pixels wide come out at twice their size.
  /// - Parameters:
  ///   - gray: the picture.
  ///   - lightOnDark: whether ink is lighter than its ground.
  ///   - number: the image's number in its series.
  public init?(inkOf gray: GrayImage, lightOnDark: Bool, number: UInt32 = 0) {
    guard let width = UInt16(exactly: gray.width), let height = UInt16(exactly: gray.height)
    else { return nil }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: scribe_ink_size(), alignment: 16)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: scribe_ink_size())
    let ink = memory.assumingMemoryBound(to: scribe_ink.self)
    let payload: [UInt8]? = gray.pixels.withUnsafeBufferPointer { pixels in
      var image = scribe_ink_image()
      image.gray = pixels.baseAddress
      image.width = width
      image.height = height
      image.doubled = gray.width <= 200
      image.polarity = lightOnDark ? SCRIBE_LIGHT_INK : SCRIBE_DARK_INK
      guard scribe_ink_begin(ink, &image) == SCRIBE_OK else { return nil }
      let stride = (Int(ink.pointee.width) + 7) / 8
      var payload = [UInt8](repeating: 0, count: stride * Int(ink.pointee.height))
      let isMade = payload.withUnsafeMutableBufferPointer { bits in
        guard let start = bits.baseAddress else { return false }
        return (0..<Int(ink.pointee.height)).allSatisfy {
          scribe_ink_row(ink, start + $0 * stride) == SCRIBE_OK
        }
      }
      return isMade ? payload : nil
    }
    guard let payload else { return nil }
    self.init(
      number: number, width: Int(ink.pointee.width), height: Int(ink.pointee.height),
      format: .bilevel, payload: payload)
  }
}

private func rgb565(_ pixels: [UInt8], highByteFirst: Bool) -> [UInt8] {
  var bytes = [UInt8]()
  bytes.reserveCapacity(2 * pixels.count)
  for pixel in pixels {
    let five = (UInt16(pixel) * 31 + 127) / 255
    let six = (UInt16(pixel) * 63 + 127) / 255
    let value = five << 11 | six << 5 | five
    let high = UInt8(truncatingIfNeeded: value >> 8)
    let low = UInt8(truncatingIfNeeded: value)
    bytes.append(highByteFirst ? high : low)
    bytes.append(highByteFirst ? low : high)
  }
  return bytes
}

private func yuyv(_ gray: GrayImage, lumaFirst: Bool) -> [UInt8] {
  var bytes = [UInt8]()
  bytes.reserveCapacity(4 * ((gray.width + 1) / 2) * gray.height)
  for y in 0..<gray.height {
    for x in stride(from: 0, to: gray.width, by: 2) {
      let first = gray.pixels[y * gray.width + x]
      // An odd row ends in half a pair: its last pixel is repeated.
      let second = x + 1 < gray.width ? gray.pixels[y * gray.width + x + 1] : first
      bytes += lumaFirst ? [first, 128, second, 128] : [128, first, 128, second]
    }
  }
  return bytes
}

private func gray4(_ gray: GrayImage) -> [UInt8] {
  let stride = (gray.width + 1) / 2
  var bytes = [UInt8](repeating: 0, count: stride * gray.height)
  gray.pixels.withUnsafeBufferPointer { pixels in
    bytes.withUnsafeMutableBufferPointer { packed in
      guard let source = pixels.baseAddress, let target = packed.baseAddress else { return }
      for y in 0..<gray.height {
        scribe_gray4_row(
          target + y * stride, source + y * gray.width, UInt16(clamping: gray.width))
      }
    }
  }
  return bytes
}

private func bilevel(_ gray: GrayImage) -> [UInt8] {
  let threshold = otsuThreshold(gray.pixels)
  let stride = (gray.width + 7) / 8
  var bytes = [UInt8](repeating: 0, count: stride * gray.height)
  for y in 0..<gray.height {
    for x in 0..<gray.width where gray.pixels[y * gray.width + x] <= threshold {
      bytes[y * stride + x / 8] |= 0x80 >> UInt8(x % 8)
    }
  }
  return bytes
}

/// The gray level that best divides dark from light; dark is up to and including it.
///
/// An image of one level has no two classes: it is dark only if it is in the lower half.
/// Source: Otsu, "A threshold selection method from gray-level histograms" (1979).
func otsuThreshold(_ pixels: [UInt8]) -> UInt8 {
  var histogram = [Int](repeating: 0, count: 256)
  for pixel in pixels { histogram[Int(pixel)] += 1 }
  let total = Double(pixels.count)
  let sum = histogram.enumerated().reduce(0.0) { $0 + Double($1.offset * $1.element) }
  var best = (separation: 0.0, level: UInt8(127))
  var below = 0.0
  var sumBelow = 0.0
  for level in 0..<255 {
    below += Double(histogram[level])
    sumBelow += Double(level * histogram[level])
    guard below > 0, below < total else { continue }
    let distance = sumBelow / below - (sum - sumBelow) / (total - below)
    let separation = below * (total - below) * distance * distance
    if separation > best.separation { best = (separation, UInt8(level)) }
  }
  return best.level
}

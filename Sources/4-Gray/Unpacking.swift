import Images

/// The gray of an image whose rows are bytes of a fixed number.
///
/// - Precondition: the payload has as many bytes as its format calls for.
func unpack(_ image: CapturedImage, bytesPerRow: Int) -> [UInt8] {
  let bytes = image.payload
  let count = image.width * image.height
  switch image.format {
  case .gray8:
    return bytes
  case .rgb565LittleEndian:
    return pixels(count) { luma565(bytes[2 &* $0], high: bytes[2 &* $0 &+ 1]) }
  case .rgb565BigEndian:
    return pixels(count) { luma565(bytes[2 &* $0 &+ 1], high: bytes[2 &* $0]) }
  case .bgr565LittleEndian:
    return pixels(count) { luma565(swapped: bytes[2 &* $0], high: bytes[2 &* $0 &+ 1]) }
  case .bgr565BigEndian:
    return pixels(count) { luma565(swapped: bytes[2 &* $0 &+ 1], high: bytes[2 &* $0]) }
  case .rgb888:
    return pixels(count) {
      luma(red: bytes[3 &* $0], green: bytes[3 &* $0 &+ 1], blue: bytes[3 &* $0 &+ 2])
    }
  case .bgr888:
    return pixels(count) {
      luma(red: bytes[3 &* $0 &+ 2], green: bytes[3 &* $0 &+ 1], blue: bytes[3 &* $0])
    }
  case .yuyv, .yvyu:
    return pixels(image, bytesPerRow) { bytes[$0 &+ 2 &* $1] }
  case .uyvy, .vyuy:
    return pixels(image, bytesPerRow) { bytes[$0 &+ 2 &* $1 &+ 1] }
  case .bilevel:
    return pixels(image, bytesPerRow) { row, x in
      bytes[row &+ x >> 3] & (0x80 >> UInt8(x & 7)) != 0 ? 0 : 255
    }
  case .gray4:
    return pixels(image, bytesPerRow) { row, x in
      let pair = bytes[row &+ x >> 1]
      return 17 &* (x & 1 == 0 ? pair >> 4 : pair & 15)
    }
  case .jpeg, .png, .file:
    preconditionFailure("compressed formats have no rows to unpack")
  }
}

/// Each pixel by its number, where rows end at whole pixels.
@inline(__always)
private func pixels(_ count: Int, _ gray: (Int) -> UInt8) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: count) { pixels, filled in
    for i in 0..<count { pixels[i] = gray(i) }
    filled = count
  }
}

/// Each pixel by the first byte of its row and its column.
@inline(__always)
private func pixels(
  _ image: CapturedImage, _ bytesPerRow: Int, _ gray: (Int, Int) -> UInt8
) -> [UInt8] {
  let (width, height) = (image.width, image.height)
  return [UInt8](unsafeUninitializedCapacity: width * height) { pixels, filled in
    for y in 0..<height {
      for x in 0..<width { pixels[y &* width &+ x] = gray(y &* bytesPerRow, x) }
    }
    filled = width * height
  }
}

/// Luma of an RGB565 pixel; each channel is first widened to 8 bits by repeating its top bits.
@inline(__always)
private func luma565(_ low: UInt8, high: UInt8) -> UInt8 {
  luma(red: high & 0xF8 | high >> 5, green: green565(low, high), blue: low << 3 | low >> 2 & 7)
}

/// Luma of a BGR565 pixel.
@inline(__always)
private func luma565(swapped low: UInt8, high: UInt8) -> UInt8 {
  luma(red: low << 3 | low >> 2 & 7, green: green565(low, high), blue: high & 0xF8 | high >> 5)
}

/// The six bits in the middle, widened.
@inline(__always)
private func green565(_ low: UInt8, _ high: UInt8) -> UInt8 {
  let six = (high & 7) << 3 | low >> 5
  return six << 2 | six >> 4
}

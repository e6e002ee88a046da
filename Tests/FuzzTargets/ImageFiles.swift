import Gray
import Images

func fuzzImageFile(_ bytes: [UInt8], format: PixelFormat) throws(FuzzFailure) {
  // By name, as with a board's JPEG, and by its first bytes, as with a file.
  let captured = CapturedImage(width: 0, height: 0, format: format, payload: bytes)
  guard let image = try? GrayImage(captured) else { return }
  try require(
    image.width > 0 && image.height > 0 && image.pixels.count == image.width * image.height
      && image.pixels.count <= GrayImage.maximumPixels,
    "an image of \(image.width)x\(image.height) with \(image.pixels.count) pixels")
  if let file = try? CapturedImage(file: bytes), file.format == format {
    try require((try? GrayImage(file)) == image, "as a file it looks otherwise")
  }
  guard image.pixels.count <= 1 << 16 else { return }
  guard let png = try? image.encodedAsPNG(), let copy = try? CapturedImage(file: png) else {
    throw FuzzFailure("what was decoded can't be written")
  }
  try require((try? GrayImage(copy)) == image, "written as PNG it looks otherwise")
}

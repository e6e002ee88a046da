import CPNG

/// Decodes a PNG file of any kind to gray; transparent pixels show white paper.
func decodePNG(_ file: [UInt8]) throws(GrayError) -> GrayImage {
  var png = png_image()
  png.version = UInt32(PNG_IMAGE_VERSION)
  defer { png_image_free(&png) }

  // libpng keeps the pointer until the image is read, so all of it happens inside the closure.
  let result: Result<GrayImage, GrayError> = file.withUnsafeBytes { bytes in
    guard png_image_begin_read_from_memory(&png, bytes.baseAddress, bytes.count) != 0 else {
      return .failure(.png(message(of: png)))
    }
    do throws(GrayError) {
      try GrayImage.check(width: Int(png.width), height: Int(png.height))
    } catch {
      return .failure(error)
    }
    png.format = 0  // PNG_FORMAT_GRAY
    var image = GrayImage(width: Int(png.width), height: Int(png.height))
    var white = png_color(red: 255, green: 255, blue: 255)
    guard png_image_finish_read(&png, &white, &image.pixels, Int32(png.width), nil) != 0 else {
      return .failure(.png(message(of: png)))
    }
    return .success(image)
  }
  return try result.get()
}

extension GrayImage {
  /// The image as a PNG file.
  ///
  /// - Throws: `GrayError.png` when libpng runs out of memory, `.size` for an empty image.
  public func encodedAsPNG() throws(GrayError) -> [UInt8] {
    try GrayImage.check(width: width, height: height)
    var png = png_image()
    png.version = UInt32(PNG_IMAGE_VERSION)
    png.width = UInt32(width)
    png.height = UInt32(height)
    png.format = 0  // PNG_FORMAT_GRAY
    defer { png_image_free(&png) }

    var size = 0
    guard png_image_write_to_memory(&png, nil, &size, 0, pixels, Int32(width), nil) != 0 else {
      throw .png(message(of: png))
    }
    var file = [UInt8](repeating: 0, count: size)
    guard png_image_write_to_memory(&png, &file, &size, 0, pixels, Int32(width), nil) != 0 else {
      throw .png(message(of: png))
    }
    file.removeSubrange(size...)
    return file
  }
}

private func message(of png: png_image) -> String {
  withUnsafeBytes(of: png.message) { bytes in
    let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    return text.isEmpty ? "not a PNG file" : text
  }
}

import CImageFiles
import CPNG

/// Decodes a PNG file of any kind to gray.
func decodePNG(_ file: [UInt8]) throws(GrayError) -> DecodedImage {
  let chunks = pixelChunks(of: file)
  let rows = try readRows { sink, message in
    scribe_png_read(chunks.file, chunks.file.count, sink, message)
  } damaged: {
    .png($0)
  }
  return DecodedImage(rows, exif: chunks.exif.flatMap { Exif($0) }?.mount)
}

/// The file without chunks that say nothing about its pixels. libpng inflates each compressed text,
/// a thousand of 8 MB each; 4 MB of them took 20 s.
private func pixelChunks(of file: [UInt8]) -> (file: [UInt8], exif: ArraySlice<UInt8>?) {
  let names = ["tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "bKGD"].map { Array($0.utf8) }
  var kept = Array(file.prefix(8))
  var exif: ArraySlice<UInt8>?
  kept.reserveCapacity(file.count)
  var at = 8
  // A chunk is its length, its name, that many bytes and a CRC.
  while at + 12 <= file.count {
    let length = file[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
    guard length <= file.count - at - 12 else { break }
    let name = file[at + 4..<at + 8]
    let isCritical = file[at + 4] & 0x20 == 0
    if isCritical || names.contains(where: name.elementsEqual) {
      kept += file[at..<at + 12 + length]
    } else if exif == nil, name.elementsEqual("eXIf".utf8) {
      exif = file[at + 8..<at + 8 + length]
    }
    at += 12 + length
  }
  // A chunk that ends behind the file is left out: libpng would allocate its declared size, up to 2
  // GiB, before it sees that the data are missing. It then reports the missing chunk.
  return (kept, exif)
}

extension GrayImage {
  /// The image as a PNG file.
  ///
  /// - Parameter isFast: compresses little, in a fraction of the time.
  /// - Returns: the file's bytes.
  /// - Throws: `GrayError.png` when libpng runs out of memory, `.size` for an empty image.
  public func encodedAsPNG(isFast: Bool = false) throws(GrayError) -> [UInt8] {
    try GrayImage.check(width: width, height: height)
    var png = png_image()
    png.version = UInt32(PNG_IMAGE_VERSION)
    png.width = UInt32(width)
    png.height = UInt32(height)
    png.format = 0  // PNG_FORMAT_GRAY
    if isFast { png.flags = UInt32(PNG_IMAGE_FLAG_FAST) }
    defer { png_image_free(&png) }

    // Room for rows that don't compress, each with its filter's number; larger is told, not written.
    let bytes = height * (width + 1)
    var size = bytes + bytes / 512 + 1024
    var file = [UInt8](repeating: 0, count: size)
    if png_image_write_to_memory(&png, &file, &size, 0, pixels, Int32(width), nil) == 0 {
      guard size > file.count else { throw .png(message(of: png)) }
      file = [UInt8](repeating: 0, count: size)
      guard png_image_write_to_memory(&png, &file, &size, 0, pixels, Int32(width), nil) != 0 else {
        throw .png(message(of: png))
      }
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

import Images

/// The facts in a JPEG file's segments before its first scan that libjpeg-turbo's simple interface
/// doesn't tell.
struct JPEGHeader {
  /// Its first EXIF data.
  private(set) var exifData: ArraySlice<UInt8>?
  /// The mount that they tell.
  var exif: Mount? { exifData.flatMap { Exif($0) }?.mount }
  /// Whether it bears Adobe's marker.
  private(set) var isAdobes = false
  /// Whether it comes in several scans, so that all of its coefficients are held.
  private(set) var isHeldWhole = false
  private var hasRestarts = false
  /// Whether it comes in one scan, in which each block is told by its difference to the one before.
  var isPlain: Bool { !isHeldWhole && !hasRestarts }

  init(_ file: [UInt8]) {
    var components = 0
    var at = 2
    while at + 4 <= file.count, file[at] == 0xFF {
      let code = file[at + 1]
      if code == 0xFF {
        at += 1
        continue
      }
      let end = at + 2 + max(2, Int(file[at + 2]) << 8 | Int(file[at + 3]))
      guard code != 0xD9, end <= file.count else { return }
      let body = file[at + 4..<end]
      switch code {
      case 0xE1 where exifData == nil && body.starts(with: Array("Exif\0\0".utf8)):
        exifData = body
      case 0xEE where body.starts(with: Array("Adobe".utf8)): isAdobes = true
      case 0xDD: hasRestarts = body.contains { $0 != 0 }
      // Frames; progressive ones are the third of each four.
      case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
        if code & 3 == 2 { isHeldWhole = true }
        if body.count > 5 { components = Int(body[body.startIndex + 5]) }
      case 0xDA:
        if Int(body.first ?? 0) < components { isHeldWhole = true }
        return
      default: break
      }
      at = end
    }
  }
}

public import Images

extension CapturedImage {
  /// The time when a file's picture was taken, as its EXIF data tell: `2026-11-30T07:15:00`, with
  /// the clock's distance from UTC behind it, as `+01:00`, where that is told, else by the camera's
  /// own clock. Nil for what is no file, and where there is none.
  public var taken: String? {
    guard format == .file || format == .jpeg || format == .png else { return nil }
    let exif: ArraySlice<UInt8>? =
      switch ImageFileKind(firstBytes: payload) {
      case .jpeg: JPEGHeader(payload).exifData
      case .png: chunk("eXIf", from: 8, headed: false)
      case .webp: chunk("EXIF", from: 12, headed: true)
      case .tiff: payload[...]
      case .bmp, .pnm, .gif, nil: nil
      }
    return exif.flatMap { Exif($0) }?.taken
  }

  /// The content of a chunk of PNG, whose length stands before its name and a CRC behind it, or of
  /// WebP, whose length comes after its name and is even with its padding.
  private func chunk(_ name: String, from start: Int, headed: Bool) -> ArraySlice<UInt8>? {
    var at = start
    while at + 8 <= payload.count {
      let (first, second) = (payload[at..<at + 4], payload[at + 4..<at + 8])
      let length =
        headed
        ? second.reversed().reduce(0) { $0 << 8 | Int($1) }
        : first.reduce(0) { $0 << 8 | Int($1) }
      guard length <= payload.count - at - 8 else { return nil }
      if (headed ? first : second).elementsEqual(name.utf8) {
        return payload[at + 8..<at + 8 + length]
      }
      at += 8 + length + (headed ? length & 1 : 4)
    }
    return nil
  }
}

/// The kinds of image files that are read, told apart by their first bytes.
public enum ImageFileKind: String, Sendable, CaseIterable {
  case jpeg = "JPEG"
  case png = "PNG"
  case bmp = "BMP"
  /// PBM, PGM and PPM.
  case pnm = "PNM"
  case tiff = "TIFF"
  case webp = "WebP"
  case gif = "GIF"

  /// Nil for anything else.
  init?(firstBytes bytes: [UInt8]) {
    func starts(_ text: String) -> Bool { bytes.starts(with: Array(text.utf8)) }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if starts("GIF87a") || starts("GIF89a") {
      self = .gif
    } else if starts("RIFF"), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
      self = .webp
    } else if ["II*\0", "MM\0*", "II+\0", "MM\0+"].contains(where: starts) {
      self = .tiff
    } else if starts("BM") {
      self = .bmp
    } else if bytes.count > 2, bytes[0] == 0x50, (0x31...0x36).contains(bytes[1]),
      PNMHeader.isSpace(bytes[2]) || bytes[2] == 0x23
    {
      self = .pnm
    } else {
      return nil
    }
  }

  /// The endings of the names of such files, in small letters.
  public static let endings: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "png", "bmp", "dib", "pbm", "pgm", "ppm", "pnm", "tif", "tiff",
    "webp", "gif",
  ]

  /// The names of all kinds, for people.
  public static let names: String =
    allCases.dropLast().map(\.rawValue).joined(separator: ", ") + " or GIF"

  /// The kind of a file that isn't read, where its first bytes tell it.
  static func unread(_ bytes: [UInt8]) -> String? {
    func has(_ text: String, at offset: Int) -> Bool {
      bytes.dropFirst(offset).starts(with: Array(text.utf8))
    }
    if has("ftyp", at: 4) {
      return has("avi", at: 8) ? "AVIF" : "HEIC, or a film"
    }
    let known = [("%PDF", "PDF"), ("%!PS", "PostScript"), ("<svg", "SVG"), ("<?xml", "XML")]
    return known.first { has($0.0, at: 0) }?.1
  }
}

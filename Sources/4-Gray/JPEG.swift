import CTurboJPEG

/// Decodes the luma of a JPEG file; of a damaged one the rows that are there.
func decodeJPEG(_ file: [UInt8]) throws(GrayError) -> DecodedImage {
  guard let handle = tjInitDecompress() else { throw .jpeg("no decoder: out of memory") }
  defer { tjDestroy(handle) }

  var width: Int32 = 0
  var height: Int32 = 0
  var subsampling: Int32 = 0
  var colorspace: Int32 = 0
  guard
    tjDecompressHeader3(
      handle, file, UInt(file.count), &width, &height, &subsampling, &colorspace) == 0
  else { throw .jpeg(lastError(handle)) }
  try GrayImage.check(width: Int(width), height: Int(height))
  guard scanCount(file) <= mostScans else { throw .scans(limit: mostScans) }

  var image = GrayImage(width: Int(width), height: Int(height))
  let status = tjDecompress2(
    handle, file, UInt(file.count), &image.pixels, width, 0, height, Int32(TJPF_GRAY.rawValue),
    0)
  if status != 0 {
    let reason = lastError(handle)
    if isPadded(file, reason) { return DecodedImage(gray: image, missing: nil) }
    if let logged = decodedWithoutLines(file, image, handle) { return logged }
    guard
      let salvaged = JPEGSalvage(file, width: Int(width), height: Int(height))?.image
    else { throw .jpeg(reason) }
    return salvaged
  }
  return DecodedImage(gray: image, missing: nil)
}

/// The picture without a line that the board logged in between, if all can be decoded then.
///
/// Where data end and the line begins isn't seen where data happen to be printed characters. Of the
/// ways to part them the smoothest picture is taken: of 80 it was right in 70. Where it isn't by far
/// the smoothest, the rows from the line on are marked: of 240 files one was then wrong and not marked.
private func decodedWithoutLines(
  _ file: [UInt8], _ image: GrayImage, _ handle: tjhandle
) -> DecodedImage? {
  guard let line = JPEGSalvage.firstLine(in: file) else { return nil }
  var found: [(image: GrayImage, roughness: Double)] = []
  for kept in 0...JPEGSalvage.mostCharactersOfData {
    guard let rest = JPEGSalvage.withoutLines(file, keeping: kept) else { break }
    var image = image
    let status = tjDecompress2(
      handle, rest, UInt(rest.count), &image.pixels, Int32(image.width), 0, Int32(image.height),
      Int32(TJPF_GRAY.rawValue), 0)
    guard status == 0 else { continue }
    found.append((image, Double(JPEGSalvage.roughness(image))))
    found.sort { $0.roughness < $1.roughness }
    found = Array(found.prefix(2))
  }
  guard let best = found.first else { return nil }
  if found.count == 1 || best.roughness < 0.8 * found[1].roughness {
    return DecodedImage(gray: best.image, missing: nil)
  }
  let before = JPEGSalvage(Array(file[..<line]), width: image.width, height: image.height)
  return DecodedImage(
    gray: best.image, doubtful: (before?.firstDamagedRow ?? 0)..<image.height)
}

/// Whether nothing is wrong but bytes that cameras pad their files with.
private func isPadded(_ file: [UInt8], _ reason: String) -> Bool {
  guard reason.contains("extraneous bytes before marker") else { return false }
  let count = reason.split(separator: " ").lazy.compactMap { Int($0) }.first
  return count.map { JPEGSalvage.isPadding($0, beforeEndOf: file) } ?? false
}

/// A progressive file may go over its pixels again and again: 50 KB that say so 490 times took
/// 10 s. libjpeg-turbo's own limit, TJFLAG_LIMITSCANS, is 500.
private let mostScans = 64

/// How many scans a file has, by its markers (ITU-T T.81, annex B).
private func scanCount(_ file: [UInt8]) -> Int {
  file.withUnsafeBytes { bytes in
    var count = 0
    var at = 2
    while at + 3 < bytes.count {
      guard bytes[at] == 0xFF else {
        at += 1
        continue
      }
      switch bytes[at + 1] {
      case 0xD9: return count
      case 0x00, 0x01, 0xD0...0xD8: at += 2
      case 0xFF: at += 1
      case let code:
        if code == 0xDA { count += 1 }
        at += 2 + max(2, Int(bytes[at + 2]) << 8 | Int(bytes[at + 3]))
      }
    }
    return count
  }
}

private func lastError(_ handle: tjhandle) -> String { String(cString: tjGetErrorStr2(handle)) }

import CTurboJPEG
import Images

/// Decodes a JPEG file to gray, a large one at a half or a quarter of its size; of a damaged one the
/// rows that are there.
func decodeJPEG(_ file: [UInt8]) throws(GrayError) -> DecodedImage {
  guard let handle = tjInitDecompress() else { throw .jpeg("no decoder: out of memory") }
  defer { tjDestroy(handle) }

  var (width, height): (Int32, Int32) = (0, 0)
  var (subsampling, colorspace): (Int32, Int32) = (0, 0)
  guard
    tjDecompressHeader3(
      handle, file, UInt(file.count), &width, &height, &subsampling, &colorspace) == 0
  else { throw .jpeg(lastError(handle)) }
  let size = (width: Int(width), height: Int(height))
  let halvings = try GrayImage.halvings(width: size.width, height: size.height)
  guard scanCount(file) <= mostScans else { throw .scans(limit: mostScans) }
  let isInks = colorspace == Int32(TJCS_CMYK.rawValue) || colorspace == Int32(TJCS_YCCK.rawValue)
  let header = JPEGHeader(file)
  // Between scans libjpeg-turbo keeps two bytes for each value.
  let bytes = size.width * size.height * twelfths(subsampling, isInks: isInks) / 6
  guard halvings == 0 || !header.isHeldWhole || bytes <= GrayImage.maximumWorkspace else {
    throw .workspace(
      what: "progressive JPEG", width: size.width, height: size.height,
      advice: "save it as a baseline one")
  }

  // As libjpeg-turbo scales: rounded up.
  let round = 1 << halvings - 1
  let scaled = (width: (size.width + round) >> halvings, height: (size.height + round) >> halvings)
  let format = isInks ? TJPF_CMYK : TJPF_GRAY
  var pixels = [UInt8](repeating: 0, count: scaled.width * scaled.height * (isInks ? 4 : 1))
  let status = tjDecompress2(
    handle, file, UInt(file.count), &pixels, Int32(scaled.width), 0, Int32(scaled.height),
    Int32(format.rawValue), 0)
  if status != 0 {
    let reason = lastError(handle)
    let isPadded = isPadded(file, reason)
    if halvings == 0, !isInks, !isPadded {
      let image = GrayImage(width: size.width, height: size.height, pixels: pixels)
      guard let rest = salvaged(file, header.exif, image, handle) else { throw .jpeg(reason) }
      return rest
    }
    guard isPadded else { throw .jpeg(reason) }
  }
  if isInks { pixels = grays(ofInks: pixels, areInverted: header.isAdobes) }
  let gray = GrayImage(width: scaled.width, height: scaled.height, pixels: pixels)
  if halvings == 0, !isInks, header.isPlain, let block = blockSize(subsampling),
    let row = JPEGBreak(gray, width: block.width, height: block.height)?.row
  {
    if let logged = decodedWithoutLines(file, header.exif, gray, handle) { return logged }
    return DecodedImage(gray, doubtful: row * block.height..<gray.height, exif: header.exif)
  }
  return DecodedImage(
    gray, width: size.width, height: size.height, halvings: halvings, exif: header.exif)
}

/// Pixels that are coded together; nil where that isn't known.
private func blockSize(_ subsampling: Int32) -> (width: Int, height: Int)? {
  switch subsampling {
  case Int32(TJSAMP_GRAY.rawValue), Int32(TJSAMP_444.rawValue): (8, 8)
  case Int32(TJSAMP_422.rawValue): (16, 8)
  case Int32(TJSAMP_420.rawValue): (16, 16)
  case Int32(TJSAMP_440.rawValue): (8, 16)
  default: nil
  }
}

/// The picture of a file that libjpeg-turbo's simple interface refuses to decode to its end, as far
/// as it is there; nil where nothing is. Large ones aren't searched, nor those in printing inks.
private func salvaged(
  _ file: [UInt8], _ exif: Mount?, _ image: GrayImage, _ handle: tjhandle
) -> DecodedImage? {
  if let logged = decodedWithoutLines(file, exif, image, handle) { return logged }
  return JPEGSalvage(file, exif, width: image.width, height: image.height)?.image
}

/// The picture without a line that the board logged in between, if all can be decoded then.
///
/// The border between data and line isn't seen where data happen to be printed characters. Of the
/// ways to part them the one with the smoothest picture is taken: of 80 it was right in 70. Where
/// it isn't by far the smoothest, the rows from the line on are marked: of 240 files one was then
/// wrong and not marked.
private func decodedWithoutLines(
  _ file: [UInt8], _ exif: Mount?, _ image: GrayImage, _ handle: tjhandle
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
    return DecodedImage(best.image, missing: nil, exif: exif)
  }
  let before = JPEGSalvage(
    Array(file[..<line]), exif, width: image.width, height: image.height)
  return DecodedImage(
    best.image, doubtful: (before?.firstDamagedRow ?? 0)..<image.height, exif: exif)
}

/// Whether nothing is wrong but bytes that cameras pad their files with.
private func isPadded(_ file: [UInt8], _ reason: String) -> Bool {
  guard reason.contains("extraneous bytes before marker") else { return false }
  let count = reason.split(separator: " ").lazy.compactMap { Int($0) }.first
  return count.map { JPEGSalvage.isPadding($0, beforeEndOf: file) } ?? false
}

/// Gray of cyan, magenta, yellow and black.
///
/// Adobe's programs write 255 for no ink, and libjpeg puts Adobe's marker into every file with
/// inks, so the marker may lie. Values taken the wrong way make all of a page black; then the other
/// way is right.
private func grays(ofInks inks: [UInt8], areInverted: Bool) -> [UInt8] {
  func grays(_ mask: UInt8) -> [UInt8] {
    (0..<inks.count / 4).map { i in
      let light = inks[4 * i + 3] ^ mask
      func channel(_ ink: UInt8) -> UInt8 { UInt8((Int(ink ^ mask) * Int(light) + 127) / 255) }
      return luma(
        red: channel(inks[4 * i]), green: channel(inks[4 * i + 1]), blue: channel(inks[4 * i + 2]))
    }
  }
  func isBlack(_ grays: [UInt8]) -> Bool {
    1000 * grays.reduce(0) { $0 + ($1 < 32 ? 0 : 1) } <= grays.count
  }
  let told = grays(areInverted ? 0 : 255)
  guard isBlack(told) else { return told }
  let other = grays(areInverted ? 255 : 0)
  return isBlack(other) ? told : other
}

/// Values for each pixel, all components together, in twelfths.
private func twelfths(_ subsampling: Int32, isInks: Bool) -> Int {
  let inks = isInks ? 12 : 0
  return switch subsampling {
  case Int32(TJSAMP_GRAY.rawValue): 12
  case Int32(TJSAMP_420.rawValue), Int32(TJSAMP_411.rawValue): 18 + inks
  case Int32(TJSAMP_422.rawValue), Int32(TJSAMP_440.rawValue): 24 + inks
  default: 36 + inks
  }
}

/// A progressive file may repeat scans of its pixels: 50 KB with 490 scans took 10 s.
/// libjpeg-turbo's own limit, TJFLAG_LIMITSCANS, is 500.
private let mostScans = 64

/// The number of scans of a file, by its markers (ITU-T T.81, annex B).
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

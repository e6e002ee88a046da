import CGIF

/// Decodes the first picture of a GIF file. The rest of the screen is transparent.
func decodeGIF(_ file: [UInt8]) throws(GrayError) -> PictureRows {
  let source = GIFSource(file)
  var code: Int32 = 0
  let opened = DGifOpen(
    Unmanaged.passUnretained(source).toOpaque(),
    { gif, to, count in
      guard let context = gif?.pointee.UserData, let to else { return 0 }
      return Unmanaged<GIFSource>.fromOpaque(context).takeUnretainedValue()
        .read(into: to, count: Int(count))
    }, &code)
  guard let gif = opened else { throw .file(.gif, reason(code)) }
  defer { DGifCloseFile(gif, nil) }
  // The source is kept until the file is closed.
  return try withExtendedLifetime(source) { () throws(GrayError) in try firstPicture(of: gif) }
}

/// The bytes of a file that are still to be read.
private final class GIFSource {
  private let bytes: [UInt8]
  private var at = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func read(into buffer: UnsafeMutablePointer<UInt8>, count: Int) -> Int32 {
    let taken = max(0, min(count, bytes.count - at))
    bytes.withUnsafeBufferPointer { from in
      for i in 0..<taken { buffer[i] = from[at + i] }
    }
    at += taken
    return Int32(taken)
  }
}

private func firstPicture(
  of gif: UnsafeMutablePointer<GifFileType>
) throws(GrayError) -> PictureRows {
  var transparent: Int?
  while true {
    var kind = UNDEFINED_RECORD_TYPE
    guard DGifGetRecordType(gif, &kind) == GIF_OK else { throw failure(gif) }
    switch kind {
    case IMAGE_DESC_RECORD_TYPE: return try picture(of: gif, transparent: transparent)
    case EXTENSION_RECORD_TYPE: if let index = try readExtension(gif) { transparent = index }
    case TERMINATE_RECORD_TYPE: throw .file(.gif, "there is no picture in it")
    default: break
    }
  }
}

/// Reads an extension to its end.
///
/// - Returns: the transparent colour, where it names one.
private func readExtension(_ gif: UnsafeMutablePointer<GifFileType>) throws(GrayError) -> Int? {
  var code: Int32 = 0
  var block: UnsafeMutablePointer<UInt8>?
  guard DGifGetExtension(gif, &code, &block) == GIF_OK else { throw failure(gif) }
  var transparent: Int?
  // The first byte of a block is its length.
  if code == GRAPHICS_EXT_FUNC_CODE, let block, block[0] >= 4, block[1] & 1 == 1 {
    transparent = Int(block[4])
  }
  while block != nil {
    guard DGifGetExtensionNext(gif, &block) == GIF_OK else { throw failure(gif) }
  }
  return transparent
}

private func picture(
  of gif: UnsafeMutablePointer<GifFileType>, transparent: Int?
) throws(GrayError) -> PictureRows {
  guard DGifGetImageDesc(gif) == GIF_OK else { throw failure(gif) }
  let frame = gif.pointee.Image
  let (x, y) = (Int(frame.Left), Int(frame.Top))
  let (width, height) = (Int(frame.Width), Int(frame.Height))
  guard width > 0, height > 0 else { throw .fileSize(width: width, height: height) }
  // Some writers leave out the screen's size.
  let screen = (
    width: max(Int(gif.pointee.SWidth), x + width),
    height: max(Int(gif.pointee.SHeight), y + height)
  )
  let fillsScreen = screen.width == width && screen.height == height
  let hasAlpha = transparent != nil || !fillsScreen
  guard let map = frame.ColorMap ?? gif.pointee.SColorMap, let colors = map.pointee.Colors else {
    throw .file(.gif, "it has no colours")
  }
  var grays = [UInt8](repeating: 0, count: 256)
  for i in 0..<min(256, Int(map.pointee.ColorCount)) {
    grays[i] = luma(red: colors[i].Red, green: colors[i].Green, blue: colors[i].Blue)
  }
  var rows = try PictureRows(width: screen.width, height: screen.height, hasAlpha: hasAlpha)
  var line = [UInt8](repeating: 0, count: width)
  var row = [UInt8](repeating: 0, count: hasAlpha ? 2 * width : width)
  let passes = frame.Interlace ? [(0, 8), (4, 8), (2, 4), (1, 2)] : [(0, 1)]
  for (start, step) in passes {
    for number in stride(from: start, to: height, by: step) {
      guard DGifGetLine(gif, &line, Int32(width)) == GIF_OK else { throw failure(gif) }
      for i in 0..<width {
        let index = Int(line[i])
        if hasAlpha {
          row[2 * i] = index == transparent ? 0 : grays[index]
          row[2 * i + 1] = index == transparent ? 0 : 255
        } else {
          row[i] = grays[index]
        }
      }
      row.withUnsafeBufferPointer { rows.add($0, row: y + number, first: x) }
    }
  }
  return rows
}

private func failure(_ gif: UnsafeMutablePointer<GifFileType>) -> GrayError {
  .file(.gif, reason(gif.pointee.Error))
}

private func reason(_ code: Int32) -> String {
  GifErrorString(code).map { String(cString: $0) } ?? "the file ends too soon"
}

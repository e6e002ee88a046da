import CWebP
import Images

/// Decodes a WebP file, or the first picture of an animation.
func decodeWebP(_ file: [UInt8]) throws(GrayError) -> DecodedImage {
  let result: Result<DecodedImage, GrayError> = file.withUnsafeBufferPointer { bytes in
    do throws(GrayError) {
      return .success(try decodeWebP(bytes))
    } catch {
      return .failure(error)
    }
  }
  return try result.get()
}

private func decodeWebP(_ file: UnsafeBufferPointer<UInt8>) throws(GrayError) -> DecodedImage {
  var data = WebPData(bytes: file.baseAddress, size: file.count)
  guard let demuxer = WebPDemux(&data) else {
    throw .file(.webp, "it is cut off, or its parts don't fit together")
  }
  defer { WebPDemuxDelete(demuxer) }
  let canvas = (
    width: Int(WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH)),
    height: Int(WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT))
  )
  let halvings = try GrayImage.halvings(width: canvas.width, height: canvas.height)
  var frame = WebPIterator()
  guard WebPDemuxGetFrame(demuxer, 1, &frame) != 0 else {
    throw .file(.webp, "there is no picture in it")
  }
  defer { WebPDemuxReleaseIterator(&frame) }
  let isWhole =
    frame.x_offset == 0 && frame.y_offset == 0 && Int(frame.width) == canvas.width
    && Int(frame.height) == canvas.height
  // A first picture that is smaller than its animation is put into a transparent one, unscaled.
  let shift = isWhole ? halvings : 0
  let picture = try decodeFrame(frame.fragment, halvings: shift)
  var rows: PictureRows
  if isWhole {
    rows = try PictureRows(
      width: Int(picture.width), height: Int(picture.height), hasAlpha: picture.hasAlpha)
    picture.add(to: &rows)
  } else {
    rows = try PictureRows(width: canvas.width, height: canvas.height, hasAlpha: true)
    picture.add(to: &rows, x: Int(frame.x_offset), y: Int(frame.y_offset), isPart: true)
  }
  return DecodedImage(
    rows.finish(), width: canvas.width, height: canvas.height, halvings: halvings,
    exif: exif(of: demuxer))
}

/// A picture as libwebp gives it.
private struct WebPPicture {
  let width: Int
  let height: Int
  let hasAlpha: Bool
  /// Four bytes a pixel.
  let rgba: [UInt8]

  func add(to rows: inout PictureRows, x: Int = 0, y: Int = 0, isPart: Bool = false) {
    let channels = hasAlpha || isPart ? 2 : 1
    var row = [UInt8](repeating: 0, count: channels * width)
    for line in 0..<height {
      for column in 0..<width {
        let at = 4 * (line * width + column)
        let gray = luma(red: rgba[at], green: rgba[at + 1], blue: rgba[at + 2])
        if channels == 2 {
          let alpha = rgba[at + 3]
          row[2 * column] = UInt8((Int(gray) * Int(alpha) + 127) / 255)
          row[2 * column + 1] = alpha
        } else {
          row[column] = gray
        }
      }
      row.withUnsafeBufferPointer { rows.add($0, row: y + line, first: x) }
    }
  }
}

/// Decodes one picture, scaled down by libwebp.
private func decodeFrame(_ data: WebPData, halvings: Int) throws(GrayError) -> WebPPicture {
  var config = WebPDecoderConfig()
  guard WebPInitDecoderConfig(&config) != 0 else { throw .file(.webp, "libwebp is another one") }
  guard WebPGetFeatures(data.bytes, data.size, &config.input) == VP8_STATUS_OK else {
    throw .file(.webp, "its header makes no sense")
  }
  let (width, height) = (Int(config.input.width), Int(config.input.height))
  let isLossless = config.input.format == 2
  guard !isLossless || width * height <= GrayImage.maximumWorkspace / 4 else {
    throw .workspace(
      what: "lossless WebP", width: width, height: height, advice: "save it as PNG or JPEG")
  }
  // A part of an animation isn't scaled.
  guard (width >> halvings) * (height >> halvings) <= GrayImage.maximumPixels else {
    throw .fileSize(width: width, height: height)
  }
  let size = (width: max(1, width >> halvings), height: max(1, height >> halvings))
  var rgba = [UInt8](repeating: 0, count: 4 * size.width * size.height)
  let status = rgba.withUnsafeMutableBufferPointer { buffer in
    config.options.use_scaling = halvings > 0 ? 1 : 0
    config.options.scaled_width = Int32(size.width)
    config.options.scaled_height = Int32(size.height)
    config.output.colorspace = MODE_RGBA
    config.output.is_external_memory = 1
    config.output.u.RGBA.rgba = buffer.baseAddress
    config.output.u.RGBA.stride = Int32(4 * size.width)
    config.output.u.RGBA.size = buffer.count
    return WebPDecode(data.bytes, data.size, &config)
  }
  guard status == VP8_STATUS_OK else { throw .file(.webp, reason(status)) }
  return WebPPicture(
    width: size.width, height: size.height, hasAlpha: config.input.has_alpha != 0, rgba: rgba)
}

private func reason(_ status: VP8StatusCode) -> String {
  switch status {
  case VP8_STATUS_OUT_OF_MEMORY: "out of memory"
  case VP8_STATUS_BITSTREAM_ERROR: "its data make no sense"
  case VP8_STATUS_UNSUPPORTED_FEATURE: "it needs what libwebp doesn't know"
  case VP8_STATUS_NOT_ENOUGH_DATA, VP8_STATUS_SUSPENDED: "the file ends too soon"
  default: "libwebp's error \(status.rawValue)"
  }
}

private func exif(of demuxer: OpaquePointer) -> Mount? {
  var chunk = WebPChunkIterator()
  guard WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk) != 0 else { return nil }
  defer { WebPDemuxReleaseChunkIterator(&chunk) }
  let bytes = UnsafeBufferPointer(start: chunk.chunk.bytes, count: chunk.chunk.size)
  return Exif(Array(bytes)[...])?.mount
}

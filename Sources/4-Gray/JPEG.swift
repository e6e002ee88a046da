import CTurboJPEG

/// Decodes the luma of a JPEG file.
func decodeJPEG(_ file: [UInt8]) throws(GrayError) -> GrayImage {
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

  var image = GrayImage(width: Int(width), height: Int(height))
  // A progressive file may repeat its scans without end; the flag stops it after 500.
  let status = tjDecompress2(
    handle, file, UInt(file.count), &image.pixels, width, 0, height, Int32(TJPF_GRAY.rawValue),
    TJFLAG_LIMITSCANS)
  if status != 0 {
    let reason = lastError(handle)
    // Cameras pad their files; the decoder reads on past such bytes without loss.
    guard reason.contains("extraneous bytes before marker") else { throw .jpeg(reason) }
  }
  return image
}

private func lastError(_ handle: tjhandle) -> String { String(cString: tjGetErrorStr2(handle)) }

import CTurboJPEG
import Gray

/// A JPEG as an OV2640 makes it: color, with chroma halved across (4:2:2), here all neutral.
///
/// - Throws: `.jpegNotMade`.
func cameraJPEG(_ gray: GrayImage, quality: Int) throws(BoardError) -> [UInt8] {
  guard let handle = tjInitCompress() else { throw .jpegNotMade(reason: "can't start") }
  defer { tjDestroy(handle) }
  guard (1...65500).contains(gray.width), (1...65500).contains(gray.height) else {
    throw .jpegNotMade(reason: "an image of \(gray.width)x\(gray.height) is no JPEG")
  }
  let subsampling = Int32(TJSAMP_422.rawValue)
  // The planes of a YUV image are padded to whole chroma samples.
  let chromaWidth = Int(tjPlaneWidth(1, Int32(gray.width), subsampling))
  let lumaWidth = Int(tjPlaneWidth(0, Int32(gray.width), subsampling))
  var luma = [UInt8]()
  luma.reserveCapacity(lumaWidth * gray.height)
  for y in 0..<gray.height {
    let row = gray.pixels[y * gray.width..<(y + 1) * gray.width]
    luma += row
    for _ in gray.width..<lumaWidth { luma.append(row.last ?? 0) }
  }
  let chroma = [UInt8](repeating: 128, count: chromaWidth * gray.height)
  var output: UnsafeMutablePointer<UInt8>?
  var length: UInt = 0
  defer { tjFree(output) }
  let status = luma.withUnsafeBufferPointer { luma in
    chroma.withUnsafeBufferPointer { chroma in
      var planes = [luma.baseAddress, chroma.baseAddress, chroma.baseAddress]
      return tjCompressFromYUVPlanes(
        handle, &planes, Int32(gray.width), nil, Int32(gray.height), subsampling, &output, &length,
        Int32(min(max(quality, 1), 100)), 0)
    }
  }
  guard status == 0, let output else {
    throw .jpegNotMade(reason: String(cString: tjGetErrorStr2(handle)))
  }
  return [UInt8](UnsafeBufferPointer(start: output, count: Int(length)))
}

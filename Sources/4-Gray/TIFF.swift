import CImageFiles
import Images

/// Decodes the first picture of a TIFF file that is no preview.
func decodeTIFF(_ file: [UInt8]) throws(GrayError) -> DecodedImage {
  var orientation: Int32 = 1
  let rows = try readRows { sink, message in
    scribe_tiff_read(
      file, file.count, GrayImage.maximumWorkspace, sink, &orientation, message)
  } damaged: {
    .file(.tiff, $0)
  }
  return DecodedImage(rows, exif: Mount(exif: Int(orientation)))
}

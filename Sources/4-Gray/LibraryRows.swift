import CImageFiles

/// Reads a file with one of the C readers, which is called once. `damaged` makes an error of a
/// library's complaint.
func readRows(
  _ read: (UnsafePointer<ScribeImageSink>, UnsafeMutablePointer<ScribeImageMessage>) ->
    ScribeImageResult,
  damaged: (String) -> GrayError
) throws(GrayError) -> PictureRows {
  let collector = RowCollector()
  var message = ScribeImageMessage()
  // The readers keep neither pointer.
  var sink = ScribeImageSink()
  sink.context = Unmanaged.passUnretained(collector).toOpaque()
  sink.begin = { context, width, height, hasAlpha in
    guard let context else { return false }
    return RowCollector.at(context).begin(width: Int(width), height: Int(height), hasAlpha)
  }
  sink.pixels = { context, y, first, step, count, pixels in
    guard let context else { return }
    RowCollector.at(context).add(
      pixels, count: Int(count), row: Int(y), first: Int(first), step: Int(step))
  }
  let result = withExtendedLifetime(collector) { read(&sink, &message) }
  switch (result, collector.rows) {
  case (SCRIBE_IMAGE_READ, let rows?): return rows
  default:
    if let refusal = collector.refusal { throw refusal }
    throw damaged(
      withUnsafeBytes(of: message.text) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      })
  }
}

/// The object that C's callbacks reach.
private final class RowCollector {
  private(set) var rows: PictureRows?
  private(set) var refusal: GrayError?
  private var channels = 1

  static func at(_ context: UnsafeMutableRawPointer) -> RowCollector {
    Unmanaged<RowCollector>.fromOpaque(context).takeUnretainedValue()
  }

  func begin(width: Int, height: Int, _ hasAlpha: Bool) -> Bool {
    channels = hasAlpha ? 2 : 1
    do throws(GrayError) {
      rows = try PictureRows(width: width, height: height, hasAlpha: hasAlpha)
    } catch {
      refusal = error
    }
    return rows != nil
  }

  func add(_ pixels: UnsafePointer<UInt8>?, count: Int, row: Int, first: Int, step: Int) {
    rows?.add(
      UnsafeBufferPointer(start: pixels, count: channels * count), row: row, first: first,
      step: step)
  }
}

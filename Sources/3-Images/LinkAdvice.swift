/// Advice on how the bytes should be taken.
public enum LinkAdvice: Sendable, Hashable {
  /// Neighbouring pixels are more alike in another format than in the one that was told.
  case pixelsFit(PixelFormat, told: PixelFormat)
  /// Rows are more alike when so many bytes apart.
  case rowsFit(RawLayout, bytesApart: Int)
  /// So many bytes stand behind each image.
  case bytesBehindImages(Int)
  /// Each line feed has a carriage return before it: something translates line ends.
  case lineEndsTranslated
  /// No XON (11) and no XOFF (13) ever comes: something takes them for flow control.
  case flowControlEaten

  /// The sign that was seen, and what to do.
  public var words: String {
    switch self {
    case .pixelsFit(let better, let told):
      "neighbouring pixels fit better as \(better.rawValue) than as \(told.rawValue): "
        + "try that format in --protocol"
    case .rowsFit(let layout, let bytes):
      "rows fit better \(Self.rows(layout, bytes))"
    case .bytesBehindImages(let count):
      "\(count) byte\(count == 1 ? "" : "s") behind each image \(count == 1 ? "is" : "are") "
        + "skipped: frame+\(count) in --protocol tells that they belong there"
    case .lineEndsTranslated:
      "every line feed comes with a carriage return before it, which is taken out again: send "
        + "images by a function that writes bytes as they are, and record them with a raw line "
        + "(stty raw -onlcr)"
    case .flowControlEaten:
      "the bytes 11 and 13 (XON, XOFF) never come, so images are torn: turn software flow control "
        + "off on the way, at the board, the module and what records (stty -ixon -ixoff)"
    }
  }

  private static func rows(_ layout: RawLayout, _ bytes: Int) -> String {
    let pixels = bytes - layout.gaps.beforeRow - layout.gaps.behindRow
    let extra = bytes - layout.rowPeriod
    let behind = "row+\(layout.gaps.behindRow + extra)"
    let width = (1...65535).first { layout.format.bytesPerRow(width: $0) == pixels }
    guard let width else {
      return extra > 0
        ? "with \(extra) more bytes behind each: try \(behind)"
        : "with \(-extra) bytes less in each: is the width right?"
    }
    // More than a marker is rather pixels.
    guard 1...16 ~= extra else { return "at \(width) wide than at \(layout.width)" }
    return "at \(width) wide than at \(layout.width), or with \(behind)"
  }
}

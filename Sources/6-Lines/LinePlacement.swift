/// The mapping from the pixels of a line's image to the image that it is drawn from.
struct LinePlacement: Sendable {
  /// Pixels of the line's image per pixel of the image, across the line.
  let scale: Double
  /// The same along the line.
  let scaleAlong: Double
  /// Columns, without the padding.
  let width: Int
  let originX: Double
  let originY: Double
  let cosine: Double
  let sine: Double

  /// Columns before a line's start; after its end there is one less. Networks were trained on such
  /// lines.
  static let margin = 41.0 / 3
  /// Fine columns per column: widths are counted in thirds of two columns, as in boards' strips.
  private static let fine = 1.5
  private static let fineMargins = 40
  /// Longer lines are cut off.
  private static let mostFineColumns = 4096

  init(_ line: TextLine) {
    scale = LineImage.capitalRows / line.height
    scaleAlong = scale * line.stretch
    let length = (1 + line.slope * line.slope).squareRoot()
    cosine = 1 / length
    sine = line.slope / length
    let extent = (line.end - line.start) * length * scaleAlong * Self.fine
    width = min(Self.mostFineColumns, Int(extent.rounded(.up)) + Self.fineMargins) * 2 / 3
    originX = line.start
    originY = line.baseline + line.slope * line.start
  }

  /// The point of the image under a place of the line; both count from edges.
  func imagePoint(column: Double, row: Double) -> (x: Double, y: Double) {
    let along = (column - Self.margin) / scaleAlong
    let down = (row - LineImage.baseRow) / scale
    return (originX + along * cosine - down * sine, originY + along * sine + down * cosine)
  }
}

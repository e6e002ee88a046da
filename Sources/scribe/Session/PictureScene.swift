import Gray

/// What a picture shows, to tell pictures of the same thing: its text, and the means of its cells.
struct PictureScene: Sendable {
  /// Pixels a side of a cell.
  private static let side = 8
  /// Gray levels that a cell's mean may change: noise of as many levels a pixel moves it by a
  /// fraction of one, and a stroke that comes or goes by dozens.
  private static let mostChange = 12

  private let text: String
  private let size: [Int]
  private let cells: [Int]

  /// - Parameters:
  ///   - gray: the picture.
  ///   - text: what was read in it.
  init(_ gray: GrayImage, text: String) {
    self.text = text.filter { !$0.isWhitespace }
    size = [gray.width, gray.height]
    let columns = (gray.width + Self.side - 1) / Self.side
    let rows = (gray.height + Self.side - 1) / Self.side
    var sums = [Int](repeating: 0, count: columns * rows)
    var counts = sums
    for y in 0..<gray.height {
      for x in 0..<gray.width {
        let cell = y / Self.side * columns + x / Self.side
        sums[cell] += Int(gray.pixels[y * gray.width + x])
        counts[cell] += 1
      }
    }
    cells = zip(sums, counts).map { $0 / $1 }
  }

  /// Whether both show the same: the same text, or pictures that hardly differ, whatever was read in
  /// them. A camera that looks at one thing tells nothing new with each picture of it.
  func isLike(_ other: PictureScene) -> Bool {
    if !text.isEmpty, text == other.text { return true }
    return size == other.size
      && zip(cells, other.cells).allSatisfy { abs($0 - $1) <= Self.mostChange }
  }
}

public import Images

/// A line of text that an image shows, and where.
public struct TruthLine: Sendable, Equatable {
  public var text: String
  public var box: PixelBox

  public init(text: String, box: PixelBox) {
    self.text = text
    self.box = box
  }
}

/// Why a line of which the place is known was not read.
public enum Cause: String, Sendable, CaseIterable {
  /// No line was read there.
  case notFound = "not found"
  /// One was, but it has another size or other ends.
  case geometry
  /// The line was seen where it is; its characters were misread.
  case characters
  /// It was read rightly, and left out as not sure enough.
  case confidence
}

extension EvaluatedImage {
  /// Share of a line's box that what was read has to cover: less is another text.
  private static let leastCovered = 0.3
  /// The same to have its ends right.
  private static let leastWidth = 0.85
  /// How much higher or lower than the line's ink what was read may be.
  private static let heights = 0.65...1.5

  /// Each line whose place is known: nil where its text was read, else the cause.
  public var causes: [Cause?] {
    places.map { place in
      let wanted = ComparableText.bare(place.text)
      func says(_ line: Line) -> Bool { ComparableText.bare(line.text).contains(wanted) }
      let there = lines.filter { Self.share(of: place.box, in: $0) >= Self.leastCovered }
      if there.contains(where: says) { return nil }
      if leftOut.contains(where: { Self.share(of: place.box, in: $0) > 0 && says($0) }) {
        return .confidence
      }
      let best = there.max { Self.share(of: place.box, in: $0) < Self.share(of: place.box, in: $1) }
      guard let box = best?.box else { return .notFound }
      let width = min(box.maxX, place.box.maxX) - max(box.x, place.box.x)
      let height = Double(box.height) / Double(max(1, place.box.height))
      let fits =
        Double(width) >= Self.leastWidth * Double(place.box.width) && Self.heights.contains(height)
      return fits ? .characters : .geometry
    }
  }

  private static func share(of place: PixelBox, in line: Line) -> Double {
    guard let box = line.box, place.width > 0, place.height > 0 else { return 0 }
    let width = min(box.maxX, place.maxX) - max(box.x, place.x)
    let height = min(box.maxY, place.maxY) - max(box.y, place.y)
    return width > 0 && height > 0
      ? Double(width * height) / Double(place.width * place.height) : 0
  }
}

extension EvaluatedImage.Line {
  /// What its characters cover; nil where there are none.
  var box: PixelBox? {
    guard let first = glyphs.first?.box else { return nil }
    return glyphs.dropFirst().reduce(first) { $0.union($1.box) }
  }
}

extension [Unicode.Scalar] {
  /// Whether another sequence stands somewhere in this one.
  func contains(_ other: [Unicode.Scalar]) -> Bool {
    guard other.count <= count else { return false }
    return (0...count - other.count).contains { self[$0..<$0 + other.count].elementsEqual(other) }
  }
}

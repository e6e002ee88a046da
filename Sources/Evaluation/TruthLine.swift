public import Images

/// A line of text that an image shows, and its place.
public struct TruthLine: Sendable, Equatable {
  public var text: String
  public var box: PixelBox

  public init(text: String, box: PixelBox) {
    self.text = text
    self.box = box
  }
}

/// Reasons why a line of known place was not read.
public enum Cause: String, Sendable, CaseIterable {
  /// No line was read there.
  case notFound = "not found"
  /// A line was read there, but it has another size or other ends.
  case geometry
  /// The line was found in its place; its characters were misread.
  case characters
  /// The line was read rightly, but left out as not certain enough.
  case confidence
}

extension EvaluatedImage {
  /// Share of a line's box that a read line has to cover: with less, it is another text.
  private static let leastCovered = 0.3
  /// Share of the line's width that it has to cover to have its ends right.
  private static let leastWidth = 0.85
  /// Height of a read line relative to the true line's that counts as right.
  private static let heights = 0.65...1.5

  /// For each line of known place: nil where its text was read, else the cause.
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
  /// The box of the line's characters; nil where there are none.
  var box: PixelBox? {
    guard let first = glyphs.first?.box else { return nil }
    return glyphs.dropFirst().reduce(first) { $0.union($1.box) }
  }
}

extension [Unicode.Scalar] {
  /// Whether the other sequence is a part of this one.
  func contains(_ other: [Unicode.Scalar]) -> Bool {
    guard other.count <= count else { return false }
    return (0...count - other.count).contains { self[$0..<$0 + other.count].elementsEqual(other) }
  }
}

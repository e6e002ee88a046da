internal import Images
internal import Text

/// The text of one image.
public struct Page: Sendable, Hashable {
  /// Lines in reading order; none where nothing was read.
  public var lines: [Line]
  /// Pixels a row of the image, upright by its EXIF data.
  public var width: Int
  /// Rows of the image.
  public var height: Int
  /// The camera's mount that was told or found, as `upside-down`; boxes are those of the image as it
  /// came.
  public var mount: String

  /// The lines joined by newlines.
  public var text: String { lines.map(\.text).joined(separator: "\n") }

  /// A line of text.
  public struct Line: Sendable, Hashable {
    /// Characters with single spaces between words.
    public var text: String
    /// Confidence that all characters are right, 0...1.
    public var confidence: Double
    public var box: Box
    /// Whether the text matches the pattern; nil where none was given.
    public var matchesPattern: Bool?
    /// The characters without the spaces, left to right.
    public var characters: [Sign]
  }

  /// A character.
  public struct Sign: Sendable, Hashable {
    public var text: String
    /// Confidence that it is right, 0...1.
    public var confidence: Double
    public var box: Box
  }

  /// An upright rectangle of whole pixels, from the top left corner.
  public struct Box: Sendable, Hashable {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int
  }
}

extension Page {
  init(_ reading: Reading) {
    lines = reading.lines.map(Line.init)
    (width, height) = (reading.width, reading.height)
    mount = reading.mount.description
  }
}

extension Page.Line {
  fileprivate init(_ line: ReadLine) {
    (text, confidence, box) = (line.text, line.confidence, Page.Box(line.box))
    matchesPattern = line.matchesPattern
    characters = line.characters.map { character in
      Page.Sign(
        text: character.text, confidence: character.confidence, box: Page.Box(character.box))
    }
  }
}

extension Page.Box {
  fileprivate init(_ box: PixelBox) {
    (x, y, width, height) = (box.x, box.y, box.width, box.height)
  }
}

import Gray
public import Images

/// The text that was read in one image.
public struct Reading: Sendable, Equatable {
  /// Lines in reading order.
  public var lines: [ReadLine]
  /// Pixels a row of the image.
  public var width: Int
  /// Rows of the image.
  public var height: Int

  public init(lines: [ReadLine], width: Int = 0, height: Int = 0) {
    self.lines = lines
    self.width = width
    self.height = height
  }

  /// The lines joined by newlines; empty where nothing was read.
  public var text: String { lines.map(\.text).joined(separator: "\n") }
}

extension Reading {
  /// The reading with less confidence where a part of the image never arrived and was filled.
  ///
  /// A character with half of it missing has no confidence left.
  func discounted(_ missing: MissingPixels) -> Reading {
    var reading = self
    for line in reading.lines.indices {
      for index in reading.lines[line].characters.indices {
        let share = missing.share(of: reading.lines[line].characters[index].box)
        guard share > 0 else { continue }
        let factor = max(0, 1 - 2 * share)
        reading.lines[line].characters[index].missing = share
        reading.lines[line].characters[index].confidence *= factor
        reading.lines[line].confidence *= factor
      }
    }
    return reading
  }

  /// The reading of an image that is `factor` times as large.
  public func enlarged(by factor: Int) -> Reading {
    var reading = self
    for line in reading.lines.indices {
      reading.lines[line].box = reading.lines[line].box.enlarged(by: factor)
      for index in reading.lines[line].characters.indices {
        let box = reading.lines[line].characters[index].box
        reading.lines[line].characters[index].box = box.enlarged(by: factor)
      }
    }
    return reading
  }

  /// The reading without lines of less confidence than `confidence`, 0...1.
  public func lines(asSureAs confidence: Double) -> Reading {
    Reading(lines: lines.filter { $0.confidence >= confidence }, width: width, height: height)
  }
}

extension PixelBox {
  fileprivate func enlarged(by factor: Int) -> PixelBox {
    PixelBox(x: factor * x, y: factor * y, width: factor * width, height: factor * height)
  }
}

/// One line of text.
public struct ReadLine: Sendable, Equatable {
  /// Characters with single spaces between words.
  public var text: String
  /// Confidence that all characters are right, 0...1: the product of theirs.
  public var confidence: Double
  public var box: PixelBox
  /// The characters without the spaces, left to right.
  public var characters: [ReadCharacter]
  /// Whether the text matches the pattern; nil where no pattern was given.
  public var matchesPattern: Bool?
  /// The features that decided whether the line is print; nil where rules decided.
  public var features: LineFeatures?

  public init(
    text: String, confidence: Double, box: PixelBox, characters: [ReadCharacter],
    matchesPattern: Bool? = nil, features: LineFeatures? = nil
  ) {
    self.text = text
    self.confidence = confidence
    self.box = box
    self.characters = characters
    self.matchesPattern = matchesPattern
    self.features = features
  }
}

/// One character.
public struct ReadCharacter: Sendable, Equatable {
  public var text: String
  /// Confidence that the character is right, 0...1.
  public var confidence: Double
  public var box: PixelBox
  /// Other characters that it may be, likeliest first, without `text`.
  public var alternatives: [Alternative]
  /// The position of a counter's drum; nil for a character that stands still.
  public var turning: Turning?
  /// The share of the box that never arrived, 0...1; already part of `confidence`.
  public var missing = 0.0

  public init(
    text: String, confidence: Double, box: PixelBox, alternatives: [Alternative] = []
  ) {
    self.text = text
    self.confidence = confidence
    self.box = box
    self.alternatives = alternatives
  }
}

/// A drum between two digits: its character is the digit that it comes from.
public struct Turning: Sendable, Equatable {
  /// Tenths of the way to the next digit; nil where they can't be told.
  public var tenth: Int?

  public init(tenth: Int? = nil) { self.tenth = tenth }
}

/// Another character that it may be.
public struct Alternative: Sendable, Equatable {
  public var text: String
  /// 0...1.
  public var confidence: Double

  public init(text: String, confidence: Double) {
    self.text = text
    self.confidence = confidence
  }
}

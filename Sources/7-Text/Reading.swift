import Gray
public import Images

/// What was read in one image.
public struct Reading: Sendable, Equatable {
  /// Lines in reading order.
  public var lines: [ReadLine]
  /// Pixels a row of the image.
  public var width: Int
  /// Rows of the image.
  public var height: Int
  /// Rows of the image that never arrived or couldn't be decoded.
  public var missingRows: [Range<Int>]

  public init(
    lines: [ReadLine], width: Int = 0, height: Int = 0, missingRows: [Range<Int>] = []
  ) {
    self.lines = lines
    self.width = width
    self.height = height
    self.missingRows = missingRows
  }

  /// The lines joined by newlines; empty where nothing was read.
  public var text: String { lines.map(\.text).joined(separator: "\n") }
}

extension Reading {
  /// How sure it still is where a part of the image never arrived and was made up.
  ///
  /// A character of which half is missing is worth nothing.
  func discounted(_ missing: MissingPixels) -> Reading {
    var reading = self
    reading.missingRows = missing.rows
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

  /// As it is in an image so many times as large.
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

  /// Without the lines that are less sure than `confidence`, 0...1.
  public func lines(asSureAs confidence: Double) -> Reading {
    Reading(
      lines: lines.filter { $0.confidence >= confidence }, width: width, height: height,
      missingRows: missingRows)
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
  /// How sure it is that all characters are right, 0...1: the product of theirs.
  public var confidence: Double
  public var box: PixelBox
  /// The characters without the spaces, left to right.
  public var characters: [ReadCharacter]
  /// Whether the text is as the pattern says; nil where no pattern was given.
  public var matchesPattern: Bool?
  /// What its place in the reading was decided by; nil where rules did.
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
  /// How sure it is that this is right, 0...1.
  public var confidence: Double
  public var box: PixelBox
  /// What else it may be, likeliest first, without `text`.
  public var alternatives: [Alternative]
  /// Where it stands on a counter's drum; nil for what stands still.
  public var turning: Turning?
  /// How much of its box never arrived, 0...1; `confidence` counts that in.
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
  /// How far it has come, in tenths of the way to the next digit; nil where that can't be told.
  public var tenth: Int?

  public init(tenth: Int? = nil) { self.tenth = tenth }
}

/// Something else that a character may be.
public struct Alternative: Sendable, Equatable {
  public var text: String
  /// 0...1.
  public var confidence: Double

  public init(text: String, confidence: Double) {
    self.text = text
    self.confidence = confidence
  }
}

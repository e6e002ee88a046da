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
  /// The camera's mount, told or found. Boxes and sizes are those of the image as it was sent.
  public var mount = Mount.upright
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
  /// The reading with less confidence where a part of the image never arrived and was filled.
  ///
  /// A character with half of it missing has no confidence left.
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

  /// The reading of an image that is `factor` times as large.
  public func enlarged(by factor: Int) -> Reading {
    var reading = self
    reading.mapBoxes { $0.enlarged(by: factor) }
    return reading
  }

  /// The reading with boxes in the upright picture.
  public func uprighted() -> Reading {
    var upright = turned(mount.inverse)
    upright.mount = .upright
    return upright
  }

  /// The reading, given with boxes in the upright picture, with boxes in the picture that a camera
  /// mounted as `mount` sends.
  public func mounted(_ mount: Mount) -> Reading {
    var sent = turned(mount)
    sent.mount = mount
    return sent
  }

  private func turned(_ mount: Mount) -> Reading {
    var turned = self
    if mount.isSideways { (turned.width, turned.height) = (height, width) }
    turned.mapBoxes { [turned] in mount.sent($0, width: turned.width, height: turned.height) }
    return turned
  }

  /// Moves all boxes, of lines and of characters.
  mutating func mapBoxes(_ place: (PixelBox) -> PixelBox) {
    for line in lines.indices {
      lines[line].box = place(lines[line].box)
      for index in lines[line].characters.indices {
        lines[line].characters[index].box = place(lines[line].characters[index].box)
      }
    }
  }

  /// The reading without lines of less confidence than `confidence`, 0...1.
  public func lines(asSureAs confidence: Double) -> Reading {
    var reading = self
    reading.lines.removeAll { $0.confidence < confidence }
    return reading
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
  /// The share of known print that is less unlike what an autoencoder learned, 0 to below 1. Nil
  /// where no model tells it, and where boards or rules read.
  public var novelty: Double?

  public init(
    text: String, confidence: Double, box: PixelBox, characters: [ReadCharacter],
    matchesPattern: Bool? = nil, features: LineFeatures? = nil, novelty: Double? = nil
  ) {
    self.text = text
    self.confidence = confidence
    self.box = box
    self.characters = characters
    self.matchesPattern = matchesPattern
    self.features = features
    self.novelty = novelty
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

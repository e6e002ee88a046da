import Images
package import Lines

/// Tells lines of text from marks that only look like one, and puts the lines in order.
package struct LineJudge {
  /// A line that was read, with the values needed to judge it.
  package struct Entry {
    package var line: ReadLine
    /// The amount of text: the sum of the characters' certainties above a guess.
    package var weight: Double
    /// The least of its characters' certainties.
    package var certainty: Double
    /// The place that it was read at; nil where no network of lines read it.
    package var place: TextLine?
    /// The line as it was drawn to be read.
    package var image: LineImage?
  }

  /// A character and the certainty that there is one.
  package struct Character {
    package var read: ReadCharacter
    /// Probability of a character of this shape, whichever of the shape it is.
    package var certainty: Double

    package init(read: ReadCharacter, certainty: Double) {
      self.read = read
      self.certainty = certainty
    }
  }

  /// Whether everything that was read is kept, print or not, to examine its features.
  package var keepsAll = false

  /// Confidence from which on a drum counts as standing between two digits: its network knows what
  /// is no drum.
  private static let sureDrum = 0.9
  /// Certainty that a character must exceed to count as text.
  private static let guess = 0.4
  /// Least overlap of two boxes of one place, and least share of a line's characters with such
  /// overlap.
  private static let leastOverlap = 0.3
  private static let leastShared = 0.3

  /// Characters that borders, specks and scratches are read as.
  private static let marks = Set("|.,'`-_~:;^\"!\\/".map(String.init))

  package init() {}

  /// Puts characters together to a line.
  ///
  /// - Parameters:
  ///   - transcript: the characters that were read.
  ///   - characterHeight: of tall characters, in pixels of the image.
  ///   - image: width and height of the image, in pixels.
  ///   - contrast: as `DrawnLine.contrast`.
  ///   - score: the finder's confidence, nil where it wasn't asked.
  /// - Returns: the line, or nil where there is no credible text.
  package func entry(
    _ transcript: Transcript, characterHeight: Double, image: (width: Int, height: Int),
    contrast: Double, score: Double? = nil
  ) -> Entry? {
    let characters = transcript.characters
    guard let first = characters.first else { return nil }
    var text = first.read.text
    var box = first.read.box
    for (character, hasSpace) in zip(characters.dropFirst(), transcript.spaces) {
      text += (hasSpace ? " " : "") + character.read.text
      box = box.union(character.read.box)
    }
    let features = LineFeatures(
      score: score, confidences: characters.map(\.read.confidence),
      certainties: characters.map(\.certainty), contrast: contrast,
      size: characterHeight / Double(image.height), side: Double(min(image.width, image.height)),
      marks: characters.count { Self.marks.contains($0.read.text) })
    let isPrint =
      features.probability(PrintWeights.values) >= PrintWeights.least
      || characters.contains {
        $0.read.turning != nil && $0.read.confidence >= Self.sureDrum
      }
    guard keepsAll || isPrint else { return nil }
    let weight = characters.reduce(0) { total, character in
      let size =
        Double(max(character.read.box.height, character.read.box.width)) / characterHeight
      return total + (character.certainty - Self.guess) * min(1, size)
    }
    return Entry(
      line: ReadLine(
        text: text, confidence: characters.reduce(1) { $0 * $1.read.confidence }, box: box,
        characters: characters.map(\.read), matchesPattern: transcript.matchesPattern,
        features: features),
      weight: weight,
      certainty: characters.map(\.certainty).min() ?? 0)
  }

  /// Keeps the line with the most text of those that share a place; returns the lines in reading
  /// order.
  package func choose(_ entries: [Entry]) -> [Entry] {
    var kept: [Entry] = []
    // Among readings of one place, one that matches the pattern wins.
    let ranked = entries.sorted {
      let (a, b) = ($0.line.matchesPattern == true, $1.line.matchesPattern == true)
      return a == b ? $0.weight > $1.weight : a
    }
    for entry in ranked where entry.weight > 0 {
      if !kept.contains(where: { sharePlace($0.line, entry.line) }) { kept.append(entry) }
    }
    return readingOrder(of: kept.map(\.line.box)).map { kept[$0] }
  }

  /// Whether two lines are readings of one place: characters of the shorter lie on the other's.
  ///
  /// Boxes of whole lines can't be used: those of neighbours that rise or fall overlap.
  private func sharePlace(_ a: ReadLine, _ b: ReadLine) -> Bool {
    guard overlap(a.box, b.box) > 0 else { return false }
    let (short, long) = a.characters.count <= b.characters.count ? (a, b) : (b, a)
    let shared = short.characters.count { character in
      long.characters.contains { overlap($0.box, character.box) > Self.leastOverlap }
    }
    return Double(shared) > Self.leastShared * Double(short.characters.count)
  }

  /// The shared area as a share of the smaller area.
  private func overlap(_ a: PixelBox, _ b: PixelBox) -> Double {
    let width = min(a.maxX, b.maxX) - max(a.x, b.x)
    let height = min(a.maxY, b.maxY) - max(a.y, b.y)
    guard width > 0, height > 0 else { return 0 }
    return Double(width * height) / Double(min(a.width * a.height, b.width * b.height))
  }
}

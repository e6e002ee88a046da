import Images

/// Tells lines of text from what only looked like one, and puts them in order.
package struct LineJudge {
  /// A line that was read, with what is needed to judge it.
  package struct Entry {
    package var line: ReadLine
    /// How much text there is: the sum of what each character is sure of above a guess.
    package var weight: Double
    /// The least of its characters' certainties.
    package var certainty: Double
  }

  /// A character and how sure it is that there is one.
  package struct Character {
    package var read: ReadCharacter
    /// Probability of a character of this shape, whichever of the shape it is.
    package var certainty: Double

    package init(read: ReadCharacter, certainty: Double) {
      self.read = read
      self.certainty = certainty
    }
  }

  /// What a line's features count for its being print.
  package var printWeights = PrintWeights.values
  /// Whether all is kept that was read, print or not, to see what was known of it.
  package var keepsAll = false

  /// A drum that is so sure to stand between two digits is one: its network knows what is none.
  private static let sureDrum = 0.9
  /// What a character has to be surer of than to count as text.
  private static let guess = 0.4
  /// Share of two boxes from which on they are of one place, and share of a line's characters.
  private static let leastOverlap = 0.3
  private static let leastShared = 0.3

  /// What borders, specks and scratches are read as.
  private static let marks = Set("|.,'`-_~:;^\"!\\/".map(String.init))

  package init() {}

  /// Puts characters together to a line.
  ///
  /// - Parameters:
  ///   - transcript: what was read.
  ///   - characterHeight: of tall characters, in pixels of the image.
  ///   - image: width and height of the image, in pixels.
  ///   - contrast: as `DrawnLine.contrast`.
  ///   - score: how sure the finder is, nil where it wasn't asked.
  /// - Returns: nil where there is no text to be believed.
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
      features.probability(printWeights) >= PrintWeights.least
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

  /// Of lines that share their place the one with the most text stays; the rest in reading order.
  package func choose(_ entries: [Entry]) -> [Entry] {
    var kept: [Entry] = []
    // Of readings of one place, one that matches is the right one, if any is.
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
  /// Whole lines' boxes don't tell: those of neighbours that rise or fall overlap.
  private func sharePlace(_ a: ReadLine, _ b: ReadLine) -> Bool {
    guard overlap(a.box, b.box) > 0 else { return false }
    let (short, long) = a.characters.count <= b.characters.count ? (a, b) : (b, a)
    let shared = short.characters.count { character in
      long.characters.contains { overlap($0.box, character.box) > Self.leastOverlap }
    }
    return Double(shared) > Self.leastShared * Double(short.characters.count)
  }

  /// Shared area over the smaller area.
  private func overlap(_ a: PixelBox, _ b: PixelBox) -> Double {
    let width = min(a.maxX, b.maxX) - max(a.x, b.x)
    let height = min(a.maxY, b.maxY) - max(a.y, b.y)
    guard width > 0, height > 0 else { return 0 }
    return Double(width * height) / Double(min(a.width * a.height, b.width * b.height))
  }
}

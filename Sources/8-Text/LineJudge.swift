import Foundation
import Gray

/// Tells lines of text from what only looked like one, and puts them in order.
package struct LineJudge {
  /// A line that was read, with what is needed to judge it.
  package struct Entry {
    package var line: ReadLine
    /// How much text there is: the sum of what each character is sure of above a guess.
    package var weight: Double
    /// Mean of its characters' certainties.
    package var certainty: Double
    /// As `GlyphLine.contrast`.
    package var contrast: Double
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

  /// What the mean certainty of a single character, and of a long line, has to reach: texture looks
  /// like a character or two by chance, but not like many.
  var certaintyOfOne = 0.95
  var certaintyOfMany = 0.5
  /// How fast the one turns into the other as characters are added.
  var certaintyFall = 0.8
  /// From here on a line of three characters or more is surely print.
  var sureCertainty = 0.9
  /// Other lines need this share of the sure lines' contrast: texture is fainter than print.
  var leastContrast = 0.35

  /// Weights of `LineFeatures` from which the probability of print follows; nil where the numbers
  /// above decide.
  package var printWeights: [Double]?
  /// Whether all is kept that was read, print or not, to see what was known of it.
  package var keepsAll = false

  /// Whether an alphabet or a pattern says what is there: then a ring may well be a zero.
  var isTextExpected = false
  /// Whether marks that stand apart at the ends of a line are taken for dirt.
  var trimsMarks = true

  /// What borders, specks and scratches are read as.
  private static let marks = Set("|.,'`-_~:;^\"!\\/".map(String.init))

  /// What rings, bars and arcs are read as.
  private static let plainShapes = marks.union(Set("O0oDQIl1ic(C)[]UL7<>=+*vVJTt".map(String.init)))

  package init() {}

  /// For readers of whole lines, which have learnt what is dirt.
  mutating func readsWholeLines() {
    trimsMarks = false
    printWeights = PrintWeights.values
  }

  /// Puts characters together to a line.
  ///
  /// - Parameters:
  ///   - characters: left to right.
  ///   - spaces: whether a space stands before each of them but the first.
  ///   - characterHeight: of tall characters, in pixels of the image.
  ///   - imageHeight: in pixels.
  ///   - shorterSide: of the image, in pixels.
  ///   - contrast: as `GlyphLine.contrast`.
  ///   - matchesPattern: nil without a pattern; a line that matches is kept whole.
  ///   - score: how sure the finder is, nil where it wasn't asked.
  /// - Returns: nil where there is no text to be believed.
  package func entry(
    _ characters: [Character], spaces: [Bool], characterHeight: Double, imageHeight: Double = 240,
    shorterSide: Double = 240,
    contrast: Double, matchesPattern: Bool? = nil, score: Double? = nil
  ) -> Entry? {
    let printed =
      matchesPattern == true ? characters.indices : trimmed(characters, spaces: spaces)
    guard let first = printed.first else { return nil }
    let kept = characters[printed]
    var text = ""
    var box = characters[first].read.box
    for i in printed {
      text += (i > first && spaces[i - 1] ? " " : "") + characters[i].read.text
      box = box.union(characters[i].read.box)
    }
    let count = Double(kept.count)
    let certainty = kept.reduce(0) { $0 + $1.certainty } / count
    let features = LineFeatures(
      score: score, confidences: kept.map(\.read.confidence),
      certainties: kept.map(\.certainty), contrast: contrast,
      size: characterHeight / imageHeight, side: shorterSide,
      marks: kept.count { Self.marks.contains($0.read.text) })
    let isPrint =
      printWeights.map { features.probability($0) >= PrintWeights.least }
      ?? (certainty >= neededCertainty(for: kept))
    guard keepsAll || isPrint else { return nil }
    let weight = kept.reduce(0) { total, character in
      let size =
        Double(max(character.read.box.height, character.read.box.width)) / characterHeight
      return total + (character.certainty - 0.4) * min(1, size)
    }
    let confidence = kept.reduce(1) { $0 * $1.read.confidence }
    return Entry(
      line: ReadLine(
        text: text, confidence: confidence, box: box, characters: kept.map(\.read),
        matchesPattern: matchesPattern, features: features),
      weight: weight, certainty: certainty, contrast: contrast)
  }

  /// Borders and scratches make marks without end, so only the rest counts.
  private func neededCertainty(for characters: ArraySlice<Character>) -> Double {
    let solid = characters.count { !Self.marks.contains($0.read.text) }
    return certaintyOfMany
      + (certaintyOfOne - certaintyOfMany) / pow(Double(max(1, solid)), certaintyFall)
  }

  /// Leaves out marks that stand apart at the ends: parts of borders, shadows, dirt.
  private func trimmed(_ characters: [Character], spaces: [Bool]) -> Range<Int> {
    guard trimsMarks else { return characters.indices }
    func isMark(_ i: Int) -> Bool { Self.marks.contains(characters[i].read.text) }
    var first = 0
    var end = characters.count
    while first + 1 < end, isMark(first), spaces[first] { first += 1 }
    while end - 1 > first, isMark(end - 1), spaces[end - 2] { end -= 1 }
    let isOnlyMarks = (first..<end).allSatisfy { isMark($0) }
    return isOnlyMarks && end - first <= 3 ? first..<first : first..<end
  }

  /// Of lines that share their place the one with the most text stays; the rest in reading order.
  package func choose(_ entries: [Entry]) -> [Entry] {
    func isSure(_ entry: Entry) -> Bool {
      entry.certainty >= sureCertainty && entry.line.characters.count >= 3
    }
    let strongest = entries.filter(isSure).map(\.contrast).max() ?? 0
    let hasPrint = isTextExpected || entries.contains { isSure($0) && !isPlain($0) }
    // Learned weights have decided already.
    let plausible = entries.filter { entry in
      keepsAll || printWeights != nil
        || (isSure(entry) || entry.contrast >= leastContrast * strongest)
          && (hasPrint || !isPlain(entry))
    }
    var kept: [Entry] = []
    // Of readings of one place, one that matches is the right one, if any is.
    let ranked = plausible.sorted {
      let (a, b) = ($0.line.matchesPattern == true, $1.line.matchesPattern == true)
      return a == b ? $0.weight > $1.weight : a
    }
    for entry in ranked where entry.weight > 0 {
      if !kept.contains(where: { sharePlace($0.line, entry.line) }) { kept.append(entry) }
    }
    return readingOrder(of: kept.map(\.line.box)).map { kept[$0] }
  }

  /// Whether a line may be a ring and a few bars: nothing to be sure of where no other text is.
  private func isPlain(_ entry: Entry) -> Bool {
    let characters = entry.line.characters
    return characters.count <= 3 && characters.allSatisfy { Self.plainShapes.contains($0.text) }
  }

  /// Whether two lines are readings of one place: characters of the shorter lie on the other's.
  ///
  /// Whole lines' boxes don't tell: those of neighbours that rise or fall overlap.
  private func sharePlace(_ a: ReadLine, _ b: ReadLine) -> Bool {
    guard overlap(a.box, b.box) > 0 else { return false }
    let (short, long) = a.characters.count <= b.characters.count ? (a, b) : (b, a)
    let shared = short.characters.count { character in
      long.characters.contains { overlap($0.box, character.box) > 0.3 }
    }
    return 10 * shared > 3 * short.characters.count
  }

  /// Shared area over the smaller area.
  private func overlap(_ a: PixelBox, _ b: PixelBox) -> Double {
    let width = min(a.maxX, b.maxX) - max(a.x, b.x)
    let height = min(a.maxY, b.maxY) - max(a.y, b.y)
    guard width > 0, height > 0 else { return 0 }
    return Double(width * height) / Double(min(a.width * a.height, b.width * b.height))
  }
}

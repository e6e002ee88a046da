/// Sums of errors over images, and the rates that follow from them.
///
/// CER is the character error rate: the edit distance over all images divided by the characters that
/// are really there.
public struct Score: Sendable, Equatable {
  public private(set) var images = 0
  /// Images whose text is right, white space aside.
  public private(set) var imagesRight = 0
  /// Images with text in which all of it was read, perhaps with other text.
  public private(set) var imagesContained = 0
  /// Images read as empty.
  public private(set) var imagesEmpty = 0
  /// Images without any text.
  public private(set) var textFreeImages = 0
  /// Images without any text in which some was read nevertheless.
  public private(set) var textFreeImagesRead = 0
  public private(set) var lines = 0
  /// Lines that appear exactly among the lines read, spaces aside.
  public private(set) var linesRight = 0
  /// Characters that are really there, white space left out.
  public private(set) var characters = 0

  private var spacedCharacters = 0
  private var spacedErrors = 0
  private var errors = 0
  private var cappedErrors = 0
  private var foldedErrors = 0

  public init() {}

  /// CER with words separated by single spaces.
  public var cer: Double { rate(spacedErrors, spacedCharacters) }
  /// CER without any white space.
  public var cerWithoutSpaces: Double { rate(errors, characters) }
  /// As `cerWithoutSpaces`, but an image costs at most as much as if nothing had been read in it.
  public var cerCapped: Double { rate(cappedErrors, characters) }
  /// As `cerWithoutSpaces`, but characters of one shape (`0Oo`, `1Il|` without the 1, `cC`...)
  /// count as equal.
  public var cerFolded: Double { rate(foldedErrors, characters) }
  public var linesRightShare: Double { rate(linesRight, lines) }
  public var imagesRightShare: Double { rate(imagesRight, images) }
  /// Share of the images with text.
  public var imagesContainedShare: Double { rate(imagesContained, images - textFreeImages) }
  /// Images with text of which nothing was read.
  public var imagesMissed: Int { imagesEmpty - (textFreeImages - textFreeImagesRead) }
  public var textFreeImagesReadShare: Double { rate(textFreeImagesRead, textFreeImages) }

  /// Adds an image that shows `truth` and was read as `text`; lines are separated by newlines.
  public mutating func add(truth: String, text: String) {
    images += 1
    let truthSpaced = ComparableText.spaced(truth)
    spacedErrors += editDistance(truthSpaced, ComparableText.spaced(text))
    spacedCharacters += truthSpaced.count

    let truthBare = ComparableText.bare(truth)
    let textBare = ComparableText.bare(text)
    let distance = editDistance(truthBare, textBare)
    errors += distance
    cappedErrors += min(distance, truthBare.count)
    foldedErrors += editDistance(
      truthBare.map(ComparableText.folded), textBare.map(ComparableText.folded))
    characters += truthBare.count
    imagesRight += truthBare == textBare ? 1 : 0
    let contains = !truthBare.isEmpty && textBare.contains(truthBare)
    imagesContained += contains ? 1 : 0
    imagesEmpty += textBare.isEmpty ? 1 : 0
    textFreeImages += truthBare.isEmpty ? 1 : 0
    textFreeImagesRead += truthBare.isEmpty && !textBare.isEmpty ? 1 : 0

    var left: [[Unicode.Scalar]: Int] = [:]
    for line in ComparableText.bareLines(text) { left[line, default: 0] += 1 }
    for line in ComparableText.bareLines(truth) {
      lines += 1
      if let count = left[line], count > 0 {
        linesRight += 1
        left[line] = count - 1
      }
    }
  }

  /// Adds another score's sums.
  public mutating func add(_ other: Score) {
    images += other.images
    imagesRight += other.imagesRight
    imagesContained += other.imagesContained
    imagesEmpty += other.imagesEmpty
    textFreeImages += other.textFreeImages
    textFreeImagesRead += other.textFreeImagesRead
    lines += other.lines
    linesRight += other.linesRight
    characters += other.characters
    spacedCharacters += other.spacedCharacters
    spacedErrors += other.spacedErrors
    errors += other.errors
    cappedErrors += other.cappedErrors
    foldedErrors += other.foldedErrors
  }

  private func rate(_ part: Int, _ whole: Int) -> Double { Double(part) / Double(max(1, whole)) }
}

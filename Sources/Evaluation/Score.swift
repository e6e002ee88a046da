/// Sums of errors over images, and the rates that follow.
///
/// CER is the character error rate: the edit distance over all images divided by the characters that
/// are really there.
public struct Score: Sendable, Equatable {
  public private(set) var images = 0
  /// Images whose text is right but for white space.
  public private(set) var imagesRight = 0
  /// Images read as empty.
  public private(set) var imagesEmpty = 0
  public private(set) var lines = 0
  /// Lines that appear exactly among the lines read, spaces apart.
  public private(set) var linesRight = 0
  /// Characters that are really there, white space left out.
  public private(set) var characters = 0

  private var spacedCharacters = 0
  private var spacedErrors = 0
  private var errors = 0
  private var cappedErrors = 0
  private var foldedErrors = 0

  public init() {}

  /// With words parted by single spaces.
  public var cer: Double { rate(spacedErrors, spacedCharacters) }
  /// Without any white space.
  public var cerWithoutSpaces: Double { rate(errors, characters) }
  /// As `cerWithoutSpaces`, where an image costs at most what losing it whole costs.
  public var cerCapped: Double { rate(cappedErrors, characters) }
  /// As `cerWithoutSpaces`, where characters of one shape (`0Oo`, `1Il|` without the 1, `cC`...) are
  /// taken for equal.
  public var cerFolded: Double { rate(foldedErrors, characters) }
  public var linesRightShare: Double { rate(linesRight, lines) }
  public var imagesRightShare: Double { rate(imagesRight, images) }

  /// Adds an image that shows `truth` and was read as `text`; lines are parted by newlines.
  public mutating func add(truth: String, text: String) {
    images += 1
    let truthSpaced = Array(words(truth))
    spacedErrors += editDistance(truthSpaced, Array(words(text)))
    spacedCharacters += truthSpaced.count

    let truthBare = bare(truth)
    let textBare = bare(text)
    let distance = editDistance(truthBare, textBare)
    errors += distance
    cappedErrors += min(distance, truthBare.count)
    foldedErrors += editDistance(truthBare.map(fold), textBare.map(fold))
    characters += truthBare.count
    imagesRight += truthBare == textBare ? 1 : 0
    imagesEmpty += textBare.isEmpty ? 1 : 0

    var left: [[Character]: Int] = [:]
    for line in text.split(whereSeparator: \.isNewline) { left[bare(line), default: 0] += 1 }
    for line in truth.split(whereSeparator: \.isNewline).map({ bare($0) }) where !line.isEmpty {
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
    imagesEmpty += other.imagesEmpty
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

  private func words(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private func bare(_ text: some StringProtocol) -> [Character] {
    text.filter { !$0.isWhitespace }.map { $0 }
  }

  /// One character of those that many fonts draw alike.
  private func fold(_ character: Character) -> Character {
    switch character {
    case "I", "l", "|": "l"
    case "O", "0", "o": "o"
    case "C", "S", "V", "W", "X", "Z", "U", "K", "P":
      Character(character.lowercased())
    case "`": "'"
    default: character
    }
  }
}

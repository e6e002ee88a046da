import Gray
public import Images
public import Text

extension Reading {
  /// A board's text as a reading.
  public init(_ text: BoardText) {
    self.init(
      lines: text.lines.map(ReadLine.init), width: text.width, height: text.height)
  }
}

extension ReadLine {
  fileprivate init(_ line: BoardText.Line) {
    var text = ""
    var characters: [ReadCharacter] = []
    for character in line.characters {
      let shown = String(character.scalar)
      text += (character.hasSpaceBefore && !text.isEmpty ? " " : "") + shown
      characters.append(
        ReadCharacter(
          text: shown, confidence: Double(character.confidence) / 255,
          box: character.box))
    }
    self.init(
      text: text, confidence: Double(line.confidence) / 255, box: line.box,
      characters: characters, matchesPattern: line.matchesPattern)
  }
}

import Gray

/// Tells lines of text from what only looked like one, and puts them in order.
package struct LineJudge {
  /// A line that was read, with what is needed to judge it.
  package struct Entry {
    package var line: ReadLine
    /// How much text there is: the sum of what each character is sure of above a guess.
    package var weight: Double
    package var characterHeight: Double
  }

  /// Lines whose characters are less sure on average are dropped.
  var minimumConfidence = 0.5
  /// One or two characters alone must be surer: texture makes such pairs by chance.
  var minimumShortConfidence = 0.8

  package init() {}

  /// Puts characters together to a line.
  ///
  /// - Returns: nil where there is no text to be believed.
  package func entry(_ characters: [ReadCharacter], spaces: [Bool], characterHeight: Double)
    -> Entry?
  {
    guard let first = characters.first else { return nil }
    var text = first.text
    var box = first.box
    for (character, space) in zip(characters.dropFirst(), spaces) {
      text += (space ? " " : "") + character.text
      box = box.union(character.box)
    }
    let sum = characters.reduce(0) { $0 + $1.confidence }
    let confidence = sum / Double(characters.count)
    let sure = characters.count <= 2 ? minimumShortConfidence : minimumConfidence
    guard confidence >= sure else { return nil }
    let weight = characters.reduce(0) { total, character in
      let size = Double(max(character.box.height, character.box.width)) / characterHeight
      return total + (character.confidence - 0.4) * min(1, size)
    }
    return Entry(
      line: ReadLine(text: text, confidence: confidence, box: box, characters: characters),
      weight: weight, characterHeight: characterHeight)
  }

  /// Of lines that share their place the one with the most text stays; the rest in reading order.
  package func choose(_ entries: [Entry]) -> [Entry] {
    var kept: [Entry] = []
    for entry in entries.sorted(by: { $0.weight > $1.weight }) where entry.weight > 0 {
      if !kept.contains(where: { overlap($0.line.box, entry.line.box) > 0.3 }) {
        kept.append(entry)
      }
    }
    return inReadingOrder(kept)
  }

  /// Shared area over the smaller area.
  private func overlap(_ a: PixelBox, _ b: PixelBox) -> Double {
    let width = min(a.maxX, b.maxX) - max(a.x, b.x)
    let height = min(a.maxY, b.maxY) - max(a.y, b.y)
    guard width > 0, height > 0 else { return 0 }
    return Double(width * height) / Double(min(a.width * a.height, b.width * b.height))
  }

  /// Top to bottom; lines side by side from left to right.
  private func inReadingOrder(_ entries: [Entry]) -> [Entry] {
    var rest = entries.sorted { $0.line.box.y < $1.line.box.y }
    var ordered: [Entry] = []
    while let top = rest.first {
      let row = rest.filter { entry in
        let shared =
          min(entry.line.box.maxY, top.line.box.maxY)
          - max(entry.line.box.y, top.line.box.y)
        let sideBySide =
          entry.line.box.x >= top.line.box.maxX
          || entry.line.box.maxX <= top.line.box.x
        return entry.line.box == top.line.box
          || (sideBySide && 2 * shared > min(entry.line.box.height, top.line.box.height))
      }
      ordered += row.sorted { $0.line.box.x < $1.line.box.x }
      rest.removeAll { entry in row.contains { $0.line.box == entry.line.box } }
    }
    return ordered
  }
}

import Images

/// A reader's result for one line, before it is judged whether there is text at all.
package struct Transcript: Sendable {
  /// Left to right.
  package var characters: [LineJudge.Character]
  /// Whether a space stands before each character but the first.
  package var spaces: [Bool]
  /// Whether the text matches; nil without a pattern.
  package var matchesPattern: Bool?

  package init(
    characters: [LineJudge.Character], spaces: [Bool], matchesPattern: Bool? = nil
  ) {
    self.characters = characters
    self.spaces = spaces
    self.matchesPattern = matchesPattern
  }
}

extension Transcript {
  /// Keeps boxes within the image: a character that the border cuts continues beyond it.
  mutating func clampBoxes(width: Int, height: Int) {
    for i in characters.indices {
      let box = characters[i].read.box
      let (left, top) = (min(max(box.x, 0), width - 1), min(max(box.y, 0), height - 1))
      characters[i].read.box = PixelBox(
        x: left, y: top, width: max(1, min(box.maxX, width) - left),
        height: max(1, min(box.maxY, height) - top))
    }
  }
}

/// The likeliest labels but for the one that was chosen.
func alternatives(
  to chosen: Int, among probabilities: ArraySlice<Float>, labels: [String]
) -> [Alternative] {
  let most = 3
  var best: [(label: Int, probability: Float)] = []
  for (label, probability) in probabilities.enumerated() where label != chosen {
    guard probability > 1e-4, !labels[label].isEmpty, labels[label] != " ",
      best.count < most || probability > best[most - 1].probability
    else { continue }
    let place = best.firstIndex { $0.probability < probability } ?? best.count
    best.insert((label, probability), at: place)
    if best.count > most { best.removeLast() }
  }
  return best.map { Alternative(text: labels[$0.label], confidence: Double($0.probability)) }
}

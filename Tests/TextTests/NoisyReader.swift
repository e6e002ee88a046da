import Images
import Text

/// Reads known lines as a reader does under noise: characters are misread, left out and inserted,
/// and the camera drifts.
struct NoisyReader {
  var random: Generator
  /// Share of characters that are misread, and the chance that a misread one is the same each time.
  var errors = 0.1
  var drift = 4

  private static let characters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.-|")

  init(seed: UInt64, errors: Double = 0.1) {
    random = Generator(seed: seed)
    self.errors = errors
  }

  /// Reads texts whose left tops are at these places; a character is 12 by 18 pixels.
  mutating func read(_ lines: [(text: String, x: Int, y: Int)]) -> Reading {
    let shift = (random.below(2 * drift + 1) - drift, random.below(2 * drift + 1) - drift)
    return Reading(
      lines: lines.compactMap { line in
        readLine(line.text, x: line.x + shift.0, y: line.y + shift.1)
      }, width: 320, height: 240)
  }

  mutating func read(_ text: String) -> Reading { read([(text, 40, 100)]) }

  private mutating func readLine(_ truth: String, x: Int, y: Int) -> ReadLine? {
    var characters: [ReadCharacter] = []
    var text = ""
    func add(_ character: Character, _ confidence: Double, at column: Double) {
      characters.append(
        ReadCharacter(
          text: String(character), confidence: confidence,
          box: PixelBox(x: x + Int(12 * column), y: y, width: 10, height: 18)))
      text.append(character)
    }
    for (i, character) in truth.enumerated() {
      if character == " " {
        text.append(" ")
        continue
      }
      guard random.unit() < errors else {
        add(character, 0.7 + 0.3 * random.unit(), at: Double(i))
        continue
      }
      let other = Self.characters[random.below(Self.characters.count)]
      switch random.below(4) {
      case 0: break
      case 1:
        add(character, 0.9, at: Double(i))
        add(other, 0.3 + 0.5 * random.unit(), at: Double(i) + 0.5)
      default: add(other, 0.3 + 0.6 * random.unit(), at: Double(i))
      }
    }
    while text.last == " " { text.removeLast() }
    while text.first == " " { text.removeFirst() }
    guard let first = characters.first else { return nil }
    return ReadLine(
      text: text,
      confidence: characters.reduce(0) { $0 + $1.confidence } / Double(characters.count),
      box: characters.reduce(first.box) { $0.union($1.box) }, characters: characters)
  }
}

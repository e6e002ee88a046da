import Images
import Text
import Values

/// A reading of lines of digits, 20 pixels a character, in a picture of 320x240.
func reading(_ lines: (text: String, x: Int, y: Int)...) -> Reading {
  Reading(
    lines: lines.map { line in
      let characters = line.text.enumerated().compactMap { index, character in
        character == " "
          ? nil
          : ReadCharacter(
            text: String(character), confidence: 1,
            box: PixelBox(x: line.x + 20 * index, y: line.y, width: 16, height: 24))
      }
      return ReadLine(
        text: line.text, confidence: 1,
        box: PixelBox(x: line.x, y: line.y, width: 20 * line.text.count, height: 24),
        characters: characters)
    }, width: 320, height: 240)
}

extension Field {
  /// A counter of five digits, two of them behind the point, that grows.
  static var counter: Field {
    var field = Field(name: "counter", box: PixelBox(x: 40, y: 60, width: 120, height: 40))
    (field.digits, field.decimals, field.unit) = (5, 2, "m³")
    (field.limits.grows, field.limits.mostPerHour) = (true, 2)
    return field
  }
}

/// A field's values over time.
struct Series {
  private var values: ValueReader
  private let field: Field
  private(set) var time: UInt64 = 1_000_000_000_000

  init(_ field: Field = .counter) throws {
    self.field = field
    values = ValueReader(try FieldFocus([field]))
  }

  /// Shows a text in the field, `seconds` after the last one.
  @discardableResult
  mutating func show(
    _ text: String, after seconds: Double = 10, confidence: Double = 1,
    turning: [Int: Turning] = [:], motion: PictureMotion? = PictureMotion.none
  ) -> FieldValue {
    time += UInt64(seconds * 1e9)
    var reading = reading((text, field.box.x + 4, field.box.y + 8))
    if text.isEmpty { reading.lines = [] }
    for (place, turning) in turning { reading.lines[0].characters[place].turning = turning }
    if !text.isEmpty { reading.lines[0].characters[0].confidence = confidence }
    return values.values(of: reading, motion: motion, at: time)[0]
  }

  @discardableResult
  mutating func show(_ text: String, times: Int, after seconds: Double = 10) -> FieldValue {
    var value = show(text, after: seconds)
    for _ in 1..<times { value = show(text, after: seconds) }
    return value
  }

  mutating func reset() { values.reset(field.name) }

  var losses: [ValueReader.Loss] { values.losses }
}

extension FieldValue {
  /// The number and the state, as `123.45 good` or `123.46 refused: jumps`.
  var summary: String {
    "\(number.map { "\($0)" } ?? text) \(state.rawValue)"
      + (reason.map { ": \($0.rawValue)" } ?? "")
  }
}

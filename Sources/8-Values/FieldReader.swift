import Images
import Text

/// Takes what stands in a field out of the reading of a picture.
struct FieldReader: Sendable {
  private(set) var field: Field
  private let pattern: Pattern?

  /// - Throws: `PatternError` for a pattern that is none.
  init(_ field: Field) throws(PatternError) {
    self.field = field
    pattern = try field.pattern.map { source throws(PatternError) in try Pattern(source) }
  }

  /// The same field at another place.
  func at(_ box: PixelBox) -> FieldReader {
    var reader = self
    reader.field.box = box
    return reader
  }

  /// What stands in the field.
  ///
  /// A character belongs to it where its middle lies in the field's box.
  ///
  /// - Parameters:
  ///   - reading: with boxes in the upright picture.
  ///   - place: the way from the reference picture to that picture.
  /// - Returns: its text, and what of it is no value.
  func text(in reading: Reading, at place: FieldPlace) -> FieldText {
    let words = reading.lines.compactMap { line -> (text: String, characters: [ReadCharacter])? in
      let (text, characters) = line.part { place.holds($0.box, in: field.box) }
      return characters.isEmpty ? nil : (text, characters)
    }
    let characters = words.flatMap(\.characters)
    let spaced = words.map(\.text).joined(separator: " ")
    var found = FieldText(
      text: spaced, box: place.box(of: field.box),
      confidence: characters.reduce(1) { $0 * $1.confidence },
      isMissing: characters.contains { $0.missing > 0 })
    guard !characters.isEmpty else {
      (found.fault, found.confidence) = (.empty, 0)
      return found
    }
    if let pattern {
      // The pattern says where spaces stand.
      if !pattern.hasSpaces { found.text = characters.map(\.text).joined() }
      guard pattern.matches(found.text) else {
        found.fault = .pattern
        return found
      }
    }
    let numeral = Numeral(characters, unit: field.unit)
    // A pattern may stand for a text.
    guard pattern == nil || numeral != nil else { return found }
    guard let numeral, let numbers = numeral.numbers(digits: field.digits, decimals: field.decimals)
    else {
      found.fault = .digits
      return found
    }
    found.numbers = numbers
    if pattern == nil { found.text = numeral.text }
    found.confidence = numeral.confidence
    return found
  }
}

/// What stands in a field of one picture, before it is judged.
struct FieldText: Sendable, Equatable {
  /// As it was read; of a number without spaces.
  var text: String
  /// The place in the upright picture.
  var box: PixelBox
  /// The product of the characters' confidences.
  var confidence: Double
  /// Whether a part of it never arrived.
  var isMissing: Bool
  /// The numbers that it may be, the likeliest first: more than one where a drum stands between two
  /// digits; none for a text.
  var numbers: [ValueNumber] = []
  /// The reason why it can't be a value, whatever the values before.
  var fault: FieldValue.Reason?
}

extension ReadLine {
  /// The characters that are chosen, and their text with the spaces between them.
  func part(_ isChosen: (ReadCharacter) -> Bool) -> (text: String, characters: [ReadCharacter]) {
    var rest = characters[...]
    var text = ""
    var chosen: [ReadCharacter] = []
    var hasSpace = false
    for character in self.text {
      // Spaces have no entry of their own.
      guard character != " ", let read = rest.popFirst() else {
        hasSpace = true
        continue
      }
      guard isChosen(read) else { continue }
      if hasSpace, !chosen.isEmpty { text += " " }
      hasSpace = false
      text += read.text
      chosen.append(read)
    }
    return (text, chosen)
  }
}

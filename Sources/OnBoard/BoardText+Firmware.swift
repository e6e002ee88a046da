import FirmwareProto
import Images

extension BoardText {
  init(_ text: scribe_text) {
    let characters = UnsafeBufferPointer(start: text.characters, count: Int(text.character_count))
    let lines = UnsafeBufferPointer(start: text.lines, count: Int(text.line_count))
    self.init(
      number: text.image_number, timestamp: text.timestamp_us, width: Int(text.width),
      height: Int(text.height), milliseconds: Int(text.milliseconds),
      lines: lines.map { line in
        Line(
          box: PixelBox(line.box), isLightOnDark: line.light_on_dark,
          matchesPattern: Line.match(line.match), confidence: line.confidence,
          characters: characters[Int(line.first)..<Int(line.first) + Int(line.count)].map {
            Character(
              scalar: Unicode.Scalar($0.character) ?? "?", hasSpaceBefore: $0.space_before,
              confidence: $0.confidence, box: PixelBox($0.box))
          })
      })
  }
}

extension BoardText.Line {
  /// The match of scribe_text.h.
  package var packedMatch: UInt8 {
    switch matchesPattern {
    case nil: UInt8(SCRIBE_MATCH_UNASKED)
    case false?: UInt8(SCRIBE_MATCH_NO)
    case true?: UInt8(SCRIBE_MATCH_YES)
    }
  }

  fileprivate static func match(_ packed: UInt8) -> Bool? {
    packed == UInt8(SCRIBE_MATCH_UNASKED) ? nil : packed == UInt8(SCRIBE_MATCH_YES)
  }
}

extension PixelBox {
  init(_ box: scribe_box) {
    self.init(x: Int(box.x), y: Int(box.y), width: Int(box.width), height: Int(box.height))
  }
}

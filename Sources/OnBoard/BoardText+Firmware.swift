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
          box: PixelBox(line.box), isLightOnDark: line.light_on_dark, confidence: line.confidence,
          characters: characters[Int(line.first)..<Int(line.first) + Int(line.count)].map {
            Character(
              code: UInt8(bitPattern: $0.character), hasSpaceBefore: $0.space_before,
              confidence: $0.confidence, box: PixelBox($0.box))
          })
      })
  }
}

extension PixelBox {
  init(_ box: scribe_box) {
    self.init(x: Int(box.x), y: Int(box.y), width: Int(box.width), height: Int(box.height))
  }
}

public import FirmwareProto
public import Images

extension TestBoard {
  /// Sends a text by the C encoder.
  @discardableResult
  public func send(_ text: BoardText) -> scribe_status { text.send(by: encoder) }
}

extension BoardText {
  /// Sends the text by the C encoder.
  @discardableResult
  public func send(by encoder: UnsafeMutablePointer<scribe_encoder>) -> scribe_status {
    var characters: [scribe_character] = []
    var lines: [scribe_text_line] = []
    for line in self.lines {
      var packed = scribe_text_line()
      packed.box = box(line.box)
      packed.first = UInt16(characters.count)
      packed.count = UInt16(line.characters.count)
      packed.light_on_dark = line.isLightOnDark
      packed.confidence = line.confidence
      packed.match = UInt8(
        line.matchesPattern.map { $0 ? SCRIBE_MATCH_YES : SCRIBE_MATCH_NO } ?? SCRIBE_MATCH_UNASKED)
      lines.append(packed)
      characters += line.characters.map {
        scribe_character(
          box: box($0.box), character: UInt16($0.scalar.value),
          space_before: $0.hasSpaceBefore, confidence: $0.confidence)
      }
    }
    return lines.withUnsafeBufferPointer { lines in
      characters.withUnsafeBufferPointer { characters in
        var packed = scribe_text()
        packed.image_number = self.number
        packed.timestamp_us = self.timestamp
        packed.width = UInt16(self.width)
        packed.height = UInt16(self.height)
        packed.milliseconds = UInt16(self.milliseconds)
        packed.line_count = UInt16(lines.count)
        packed.character_count = UInt16(characters.count)
        packed.lines = lines.baseAddress
        packed.characters = characters.baseAddress
        return scribe_send_text(encoder, &packed)
      }
    }
  }

  private func box(_ box: PixelBox) -> scribe_box {
    scribe_box(
      x: UInt16(box.x), y: UInt16(box.y), width: UInt16(box.width), height: UInt16(box.height))
  }
}

extension BoardText {
  /// A text of random characters in random places.
  public static func random(
    number: UInt32, lines: Int, characters: ClosedRange<Int>,
    using random: inout some RandomNumberGenerator
  ) -> BoardText {
    func box(_ random: inout some RandomNumberGenerator) -> PixelBox {
      let x = Int.random(in: 0..<640, using: &random)
      let y = Int.random(in: 0..<480, using: &random)
      return PixelBox(
        x: x, y: y, width: .random(in: 1...(640 - x), using: &random),
        height: .random(in: 1...(480 - y), using: &random))
    }
    /// Half of them ASCII, then signs of two and of three bytes in UTF-8.
    func scalar(_ random: inout some RandomNumberGenerator) -> Unicode.Scalar {
      switch Int.random(in: 0..<4, using: &random) {
      case 0: ["\u{B0}", "\u{3A9}", "\u{7FF}"].randomElement(using: &random) ?? "\u{B5}"
      case 1: ["\u{20AC}", "\u{800}", "\u{4E2D}"].randomElement(using: &random) ?? "\u{20AC}"
      default: Unicode.Scalar(UInt8.random(in: 0x21...0x7E, using: &random))
      }
    }
    return BoardText(
      number: number, timestamp: .random(in: 1...(1 << 60), using: &random), width: 640,
      height: 480, milliseconds: .random(in: 0...65535, using: &random),
      lines: (0..<lines).map { _ in
        Line(
          box: box(&random), isLightOnDark: .random(using: &random),
          matchesPattern: [nil, false, true].randomElement(using: &random) ?? nil,
          confidence: .random(in: 0...255, using: &random),
          characters: (0..<Int.random(in: characters, using: &random)).map { _ in
            Character(
              scalar: scalar(&random),
              hasSpaceBefore: .random(using: &random),
              confidence: .random(in: 0...255, using: &random), box: box(&random))
          })
      })
  }
}

extension Unicode.Scalar {
  /// Whether a character can be seen: a receiver lets no other pass.
  public var isVisible: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator,
      .paragraphSeparator:
      false
    default: true
    }
  }
}

extension [LinkEvent] {
  /// The texts that boards read.
  public var texts: [BoardText] {
    compactMap { event in
      if case .text(let text) = event { text } else { nil }
    }
  }
}

import Images
import Testing
import Text
import Values

@Suite("Fields") struct FieldReaderTests {
  private func values(
    of reading: Reading, _ fields: Field..., motion: PictureMotion? = PictureMotion.none,
    size: PictureSize? = nil
  ) throws -> [FieldValue] {
    var reader = ValueReader(try FieldFocus(fields, size: size), keepsHistory: false)
    return reader.values(of: reading, motion: motion, at: nil)
  }

  private func summary(_ text: String, _ change: (inout Field) -> Void = { _ in }) throws -> String
  {
    var field = Field(name: "a", box: PixelBox(x: 0, y: 0, width: 400, height: 240))
    change(&field)
    return try values(of: reading((text, 10, 10)), field)[0].summary
  }

  @Test func charactersWithTheirMiddleInTheBoxBelongToIt() throws {
    // Middles at 48, 68, ...; the box ends before the sixth.
    let read = reading(("1234567", 40, 68), ("99", 40, 120))
    let value = try values(of: read, Field.counter)[0]
    #expect(value.text == "123456" && value.reason == .digits)
    var field = Field.counter
    field.box.width = 108
    let right = try values(of: read, field)[0]
    #expect(right.summary == "123.45 good" && right.box == field.box)
    #expect(right.lastGood?.number == right.number && right.lastGood?.time == 0)
  }

  @Test func linesAreJoinedInReadingOrder() throws {
    var field = Field(name: "a", box: PixelBox(x: 0, y: 0, width: 320, height: 240))
    let read = reading(("12 3", 10, 10), ("45", 110, 10))
    #expect(try values(of: read, field)[0].summary == "12345 good")
    field.pattern = "[0-9]{2} [0-9] [0-9]{2}"
    let value = try values(of: read, field)[0]
    #expect(value.text == "12 3 45" && value.number?.digits == 12_345)
  }

  @Test func boxesFollowTheCamera() throws {
    let read = reading(("12345", 40 + 12, 68 - 7))
    var motion = PictureMotion(x: 12.0 / 320, y: -7.0 / 320)
    let value = try values(of: read, Field.counter, motion: motion)[0]
    #expect(value.summary == "123.45 good")
    #expect(value.box == PixelBox(x: 52, y: 53, width: 120, height: 40))
    #expect(try values(of: read, Field.counter)[0].state == .good)
    var tight = Field.counter
    tight.box = PixelBox(x: 46, y: 60, width: 84, height: 40)
    #expect(try values(of: read, tight, motion: motion)[0].state == .good)
    #expect(try values(of: read, tight)[0].reason == .digits)
    // A quarter's turn carries a box to the other side.
    motion = PictureMotion(angle: .pi)
    let turned = try values(of: reading(("54321", 180, 140)), Field.counter, motion: motion)[0]
    #expect(
      turned.text == "54321" && turned.box == PixelBox(x: 160, y: 140, width: 120, height: 40))
    let lost = try values(of: read, Field.counter, motion: nil)[0]
    #expect(lost.state == .doubtful && lost.reason == .moved)
  }

  @Test func boxesScaleWithThePicture() throws {
    var field = Field.counter
    field.box = PixelBox(x: 20, y: 30, width: 60, height: 20)
    let value = try values(
      of: reading(("12345", 44, 68)), field, size: PictureSize(width: 160, height: 120))[0]
    #expect(value.summary == "123.45 good")
    #expect(value.box == PixelBox(x: 40, y: 60, width: 120, height: 40))
  }

  @Test(arguments: Mount.all) func boxesAreThoseOfThePictureAsItCame(mount: Mount) throws {
    let sent = reading(("12345", 44, 68)).mounted(mount)
    let value = try values(of: sent, Field.counter)[0]
    #expect(value.summary == "123.45 good")
    #expect(
      value.box == mount.sent(Field.counter.box, width: sent.width, height: sent.height))
  }

  @Test func numbers() throws {
    #expect(try summary("0012") == "12 good")
    #expect(try summary("12.50") == "12.50 good")
    #expect(try summary("12,5") == "12.5 good")
    #expect(try summary("-3.25") == "-3.25 good")
    #expect(try summary("125") { $0.decimals = 2 } == "1.25 good")
    #expect(try summary("1.25") { $0.decimals = 2 } == "1.25 good")
    #expect(try summary("1.255") { $0.decimals = 2 }.hasSuffix("refused: digits"))
    #expect(try summary("12345") { $0.digits = 5 } == "12345 good")
    #expect(try summary("1234") { $0.digits = 5 }.hasSuffix("refused: digits"))
    #expect(try summary("123456") { $0.digits = 5 }.hasSuffix("refused: digits"))
    #expect(try summary("1.2.3").hasSuffix("refused: digits"))
    #expect(try summary("12a").hasSuffix("refused: digits"))
    #expect(try summary("1-2").hasSuffix("refused: digits"))
    #expect(try summary("1O5") == "105 good")
    #expect(try summary("12.") == "12 good")
    #expect(try summary("1234567890123456789").hasSuffix("refused: digits"))
    #expect(try summary("20 m3") { $0.unit = "m³" } == "20 good")
    #expect(try summary("20 kWh") { $0.unit = "kWh" } == "20 good")
    #expect(try summary("203") { $0.unit = "3" } == "203 good")
  }

  @Test func aLetterThatMayBeADigitMakesItUnsure() throws {
    var read = reading(("12B45", 44, 68))
    read.lines[0].characters[2].alternatives = [Alternative(text: "8", confidence: 0.3)]
    let value = try values(of: read, Field.counter)[0]
    #expect(value.number?.digits == 12_845 && value.reason == .unsure)
    #expect(abs(value.confidence - 0.3) < 1e-9)
  }

  @Test func patternsAndRanges() throws {
    let pattern = "No [0-9]{2}"
    #expect(try summary("No 12") { $0.pattern = pattern } == "No 12 good")
    #expect(try summary("Mo 12") { $0.pattern = pattern } == "Mo 12 refused: pattern")
    #expect(try summary("1 2") { $0.pattern = "[0-9]{2}" } == "12 good")
    #expect(try summary("51") { $0.limits.most = 50 } == "51 refused: range")
    #expect(try summary("4") { $0.limits.least = 5 } == "4 refused: range")
    #expect(throws: PatternError.self) { try summary("1") { $0.pattern = "(" } }
  }

  @Test func emptyFieldsAndMissingRows() throws {
    let empty = try values(of: reading(("12345", 40, 200)), Field.counter)[0]
    #expect(empty.state == .refused && empty.reason == .empty && empty.text.isEmpty)
    #expect(empty.confidence == 0 && empty.number == nil)
    var read = reading(("12345", 44, 68))
    read.missingRows = [95..<110]
    #expect(try values(of: read, Field.counter)[0].summary == "123.45 doubtful: missing")
    read.missingRows = [100..<110]
    #expect(try values(of: read, Field.counter)[0].state == .good)
    read.lines[0].characters[1].missing = 0.2
    #expect(try values(of: read, Field.counter)[0].reason == .missing)
  }
}

@Suite("Drums") struct DrumTests {
  /// The numbers that digits with `'` behind turning drums may stand for; a digit behind `'` is the
  /// tenth.
  private func numbers(_ text: String) throws -> [Int64] {
    var characters: [ReadCharacter] = []
    var tenth = false
    for character in text {
      if character == "'" {
        characters[characters.count - 1].turning = Turning()
        tenth = true
      } else if tenth {
        characters[characters.count - 1].turning = Turning(tenth: character.wholeNumberValue)
        tenth = false
      } else {
        characters.append(
          ReadCharacter(
            text: "\(character)", confidence: 1, box: PixelBox(x: 0, y: 0, width: 1, height: 1)))
      }
    }
    let numeral = try #require(Numeral(characters, unit: ""))
    return try #require(numeral.numbers(digits: nil, decimals: 0)).map(\.digits)
  }

  private static let turned: [(String, [Int64])] = [
    ("123", [123]),
    // The last drum counts as the digit that it comes from, with or without its tenth.
    ("123'4", [123]), ("123'", [123]),
    // One that turns while the next is at 9 has not arrived.
    ("12'99", [129]), ("2'59'5", [29]), ("1'59'59'5", [199]),
    // The last drum has arrived, the one before nearly.
    ("2'80", [30]), ("1'89'80", [200]),
    // Two drums are on their way and one of them seems to stand.
    ("39'8", [39, 29]), ("109'5", [109, 99]),
    // Drums that don't fit each other.
    ("2'54", [24, 34]), ("2'20", [20, 30]),
    // Rounded up, the next one may have been carried along already, or not.
    ("29'80", [200, 300]),
  ]

  @Test(arguments: turned)
  func whatTurningDrumsCountAs(text: String, expected: [Int64]) throws {
    #expect(try numbers(text) == expected)
  }

  @Test func theLastValueSettlesADrum() throws {
    var series = try Series()
    // 123.39: the tens may be 3 or on their way to it.
    series.show("12329", times: 3)
    let settled = series.show("12339", turning: [4: Turning(tenth: 8)])
    #expect(settled.summary == "123.29 good")
    var open = try Series()
    #expect(
      open.show("12339", turning: [4: Turning(tenth: 8)]).summary
        == "123.39 doubtful: between-digits")
    // Without a rate both may be right.
    var field = Field.counter
    field.limits.mostPerHour = nil
    var free = try Series(field)
    free.show("12329", times: 3)
    #expect(
      free.show("12339", turning: [4: Turning(tenth: 8)]).reason == .betweenDigits)
  }
}

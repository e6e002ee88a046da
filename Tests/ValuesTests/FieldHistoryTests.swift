import Images
import Testing
import Text
import Values

@Suite("History") struct FieldHistoryTests {
  @Test func theFirstValueIsGoodOnceImagesAgree() throws {
    var series = try Series()
    #expect(series.show("12345").summary == "123.45 doubtful: unconfirmed")
    #expect(series.show("12345").lastGood == nil)
    let good = series.show("12345")
    #expect(good.summary == "123.45 good")
    #expect(good.lastGood == FieldValue.Good(text: "12345", number: good.number, time: series.time))
    #expect(series.show("").reason == .empty)
    #expect(series.show("").lastGood == good.lastGood)
    #expect(series.show("12345").state == .good)
  }

  @Test func oneMisreadImageIsNeverGood() throws {
    var series = try Series()
    series.show("12345", times: 3)
    #expect(series.show("12346").reason == .unconfirmed)
    #expect(series.show("12345").summary == "123.45 good")
    #expect(series.show("12346", times: 3).summary == "123.46 good")
    // Beyond the rate, and backwards.
    #expect(series.show("12846").summary == "128.46 refused: jumps")
    #expect(series.show("12246").summary == "122.46 refused: falls")
    #expect(series.show("12346").summary == "123.46 good")
  }

  @Test func aMisreadStepDoesNotRideOnItsNeighbours() throws {
    var series = try Series()
    series.show("12345", times: 3)
    for _ in 0..<5 {
      #expect(series.show("12346").reason == .unconfirmed)
      series.show("12345", times: 2)
    }
  }

  @Test func aDrumBetweenTwoDigitsDoesNotFall() throws {
    var series = try Series()
    series.show("12346", times: 3)
    let value = series.show("12345")
    #expect(value.summary == "123.46 good" && value.text == "12345")
    #expect(series.show("12344").summary == "123.44 refused: falls")
  }

  @Test func theRateCountsFromTheLastGoodValue() throws {
    var series = try Series()
    series.show("10000", times: 3)
    #expect(series.show("10500", after: 60).reason == .jumps)
    // 2 an hour: 5 takes two and a half hours.
    var other = try Series()
    other.show("10000", times: 3)
    #expect(other.show("10500", after: 9_100).reason == .unconfirmed)
    #expect(other.show("10500", times: 2).state == .good)
  }

  @Test func whatWasImpossibleStaysSoWhileItStays() throws {
    var series = try Series()
    series.show("10000", times: 100)
    // A speck makes a 5 of a 0; by the rate it were possible after 15 minutes.
    for _ in 0..<200 { #expect(series.show("10050").reason == .jumps) }
    #expect(series.show("10001", times: 3).summary == "100.01 good")
  }

  @Test func afterAGapTheRateCountsAgain() throws {
    var series = try Series()
    series.show("10000", times: 3)
    #expect(series.show("10050").reason == .jumps)
    // Nothing was seen for an hour, in which 50 steps may have come.
    #expect(series.show("10051", after: 3_600).reason == .unconfirmed)
    #expect(series.show("10051", times: 2).state == .good)
  }

  @Test func aWrongGoodValueIsGivenUpAndThatIsTold() throws {
    var series = try Series()
    series.show("98765", times: 5)
    for image in 1..<20 {
      let value = series.show("12345")
      #expect(value.state == .refused && value.reason == .falls, "image \(image)")
      #expect(series.losses.isEmpty)
    }
    // Five images held it: twenty outweigh them.
    let value = series.show("12345")
    #expect(value.state == .doubtful && value.lastGood == nil)
    #expect(series.losses.map(\.pictures) == [20])
    #expect(series.losses[0].value.text == "98765" && series.losses[0].field == "counter")
    #expect(series.show("12345").reason == .unconfirmed)
    #expect(series.show("12345", times: 2).summary == "123.45 good")
  }

  @Test func whatManyImagesHeldOnlyAPersonGivesUp() throws {
    var series = try Series()
    series.show("98765", times: 500)
    for image in 1...1_000 {
      let value = series.show("12345", after: 1)
      #expect(value.state == (image < 20 ? .refused : .doubtful) && value.reason == .falls)
      #expect(value.lastGood?.text == "98765")
    }
    series.reset()
    #expect(series.show("12345", times: 3).summary == "123.45 good")
  }

  @Test func onlyImagesAboveAFallSpeakAgainstIt() throws {
    var series = try Series()
    series.show("12345", times: 300)
    // A misread that three images showed and that the rate allowed.
    series.show("12360", after: 400)
    series.show("12360", times: 2)
    #expect(series.show("12360").state == .good)
    for _ in 0..<19 { #expect(series.show("12346").state == .refused) }
    #expect(series.show("12346").state == .doubtful)
    #expect(series.losses.count == 1)
  }

  @Test func contradictionsThatDisagreeProveNothing() throws {
    var series = try Series()
    series.show("50000", times: 3)
    for image in 0..<200 {
      #expect(series.show(image.isMultiple(of: 2) ? "10000" : "90000", after: 1).state == .refused)
    }
    #expect(series.show("50000").state == .good)
  }

  @Test func anUnsureValueIsDoubtful() throws {
    var series = try Series()
    series.show("12345", times: 3)
    // The value that is good already needs less, until another one is seen.
    #expect(series.show("12345", confidence: 0.5).state == .good)
    #expect(series.show("12345", confidence: 0.3).reason == .unsure)
    #expect(series.show("12346", confidence: 0.7).summary == "123.46 doubtful: unsure")
    #expect(series.show("12345", confidence: 0.5).reason == .unsure)
    // Unsure readings are no proof.
    for _ in 0..<100 { #expect(series.show("11111", confidence: 0.5).state == .refused) }
    #expect(series.show("12345", times: 3).state == .good)
  }

  @Test func movedAndMissingLeaveTheHistoryAlone() throws {
    var series = try Series()
    series.show("12345", times: 3)
    #expect(series.show("99999", motion: nil).summary == "999.99 doubtful: moved")
    #expect(series.show("12345").state == .good)
  }

  @Test func withoutLimitsEachImageCounts() throws {
    var field = Field(name: "t", box: Field.counter.box)
    field.digits = 3
    field.decimals = 1
    var series = try Series(field)
    #expect(series.show("215").summary == "21.5 good")
    #expect(series.show("198").summary == "19.8 good")
    field.limits.agree = 2
    var slow = try Series(field)
    #expect(slow.show("215").reason == .unconfirmed)
    #expect(slow.show("215").state == .good)
  }

  @Test func textsAgreeToo() throws {
    var field = Field(name: "t", box: Field.counter.box)
    field.pattern = "[A-Z]{2}[0-9]"
    field.limits.agree = 2
    var series = try Series(field)
    #expect(series.show("AB1").reason == .unconfirmed)
    #expect(series.show("AB2").reason == .unconfirmed)
    #expect(series.show("AB2").summary == "AB2 good")
  }

  @Test func withoutTimesNothingJumps() throws {
    var values = ValueReader(try FieldFocus([.counter]))
    func show(_ text: String) -> FieldValue {
      values.values(of: reading((text, 44, 68)), at: nil)[0]
    }
    for text in ["12345", "12345", "12345"] { _ = show(text) }
    #expect(show("22345").reason == .unconfirmed)
    #expect(show("02345").reason == .falls)
  }

  @Test func aClockThatGoesBackDoesNoHarm() throws {
    var values = ValueReader(try FieldFocus([.counter]))
    for time in [5, 4, 3, 2] as [UInt64] {
      _ = values.values(of: reading(("12345", 44, 68)), at: time * 1_000_000_000)
    }
    let value = values.values(of: reading(("12345", 44, 68)), at: 0)[0]
    #expect(value.state == .good && value.lastGood?.time == 0)
  }
}

import Images
import Sinks
import Testing
import Text

@Suite("JSON") struct JSONTests {
  private let reading = Reading(lines: [
    ReadLine(
      text: "A b", confidence: 0.987654321, box: PixelBox(x: 1, y: 2, width: 30, height: 12),
      characters: [
        ReadCharacter(
          text: "A", confidence: 1, box: PixelBox(x: 1, y: 2, width: 10, height: 12)),
        ReadCharacter(
          text: "b", confidence: 0.5, box: PixelBox(x: 20, y: 2, width: 11, height: 12)),
      ]),
    ReadLine(
      text: "\"\\", confidence: 0, box: PixelBox(x: 0, y: 20, width: 5, height: 5), characters: []),
  ])

  @Test func oneLineAnImageKeysInOrder() {
    let report = ImageReport(
      image: .path("a b/\"x\".png"), width: 320, height: 240, reading: reading,
      milliseconds: 12.3456)
    let a =
      #"{"text":"A b","confidence":0.9877,"box":{"x":1,"y":2,"width":30,"height":12},"#
      + #""characters":[{"text":"A","confidence":1,"box":{"x":1,"y":2,"width":10,"height":12}},"#
      + #"{"text":"b","confidence":0.5,"box":{"x":20,"y":2,"width":11,"height":12}}]}"#
    let b =
      #"{"text":"\"\\","confidence":0,"box":{"x":0,"y":20,"width":5,"height":5},"characters":[]}"#
    #expect(
      report.json
        == #"{"image":"a b/\"x\".png","width":320,"height":240,"text":"A b\n\"\\","lines":["#
        + a + "," + b + #"],"milliseconds":12.35}"#)
  }

  /// Behind confidence, only where a model tells it.
  @Test func howUnlikeKnownPrintLinesAre() {
    var novel = reading
    novel.lines[0].novelty = 0.123456
    let json = ImageReport(
      image: .number(1), width: 1, height: 2, reading: novel, milliseconds: 1
    ).json
    #expect(json.contains(#""confidence":0.9877,"novelty":0.1235,"box""#), "\(json)")
    #expect(json.matches(of: /novelty/).count == 1)
  }

  @Test func aLiveImageIsANumberAndNamesItsHoles() {
    let report = ImageReport(
      image: .number(.max), width: 160, height: 120, reading: Reading(lines: []), milliseconds: 0,
      missingRows: [8..<16, 24..<25])
    #expect(
      report.json
        == #"{"image":4294967295,"width":160,"height":120,"text":"","lines":[],"milliseconds":0,"#
        + #""missingRows":[{"first":8,"count":8},{"first":24,"count":1}]}"#)
  }

  @Test func whereAndWhenItIsFrom() {
    func json(_ arrival: ImageReport.Arrival?) -> String {
      ImageReport(
        image: .number(7), source: "/dev/ttyUSB0", arrival: arrival, width: 1, height: 2,
        reading: Reading(lines: []), milliseconds: 1
      ).json
    }
    let start = #"{"source":"/dev/ttyUSB0","image":7,"#
    #expect(json(nil).hasPrefix(start + #""width":1"#))
    #expect(json(.unknown).hasPrefix(start + #""time":null,"width":1"#))
    #expect(
      json(.at(UTCTime(1_790_000_000_123_456_789)))
        .hasPrefix(start + #""time":"2026-09-21T14:13:20.123456789Z","width":1"#))
  }

  @Test func times() {
    for (nanoseconds, text) in [
      (0, "1970-01-01T00:00:00.000000000Z"), (1, "1970-01-01T00:00:00.000000001Z"),
      (951_782_400_000_000_000, "2000-02-29T00:00:00.000000000Z"),
      (UInt64.max, "2554-07-21T23:34:33.709551615Z"),
    ] as [(UInt64, String)] {
      #expect(UTCTime(nanoseconds).precise == text)
      #expect(UTCTime(nanoseconds).description == text.prefix(23) + "Z")
    }
    #expect(UTCTime(1_790_000_000_123_999_999).compact == "20260921T141320.123Z")
  }

  @Test func patternsAndStableTextsAreTold() {
    var marked = reading
    marked.lines[0].matchesPattern = true
    marked.lines[1].matchesPattern = false
    func json(_ stable: ImageReport.Stable?) -> String {
      ImageReport(
        image: .number(7), width: 1, height: 1, reading: marked, milliseconds: 1, stable: stable
      ).json
    }
    #expect(json(nil).contains(#""text":"A b","confidence":0.9877,"pattern":true,"box""#))
    #expect(json(nil).contains(#""text":"\"\\","confidence":0,"pattern":false,"box""#))
    #expect(!json(nil).contains("stable"))
    #expect(
      json(ImageReport.Stable(text: "A\"b", since: 5))
        .hasSuffix(#","stable":{"text":"A\"b","since":5},"milliseconds":1}"#))
    #expect(
      json(ImageReport.Stable(text: "", since: nil)).contains(#""stable":{"text":"","since":null}"#)
    )
  }

  @Test(arguments: [
    (0.0, 4, "0"), (-0.00001, 4, "0"), (1, 4, "1"), (0.00005, 4, "0.0001"), (0.5, 0, "1"),
    (-2.5, 1, "-2.5"), (12.10, 2, "12.1"), (0.05, 2, "0.05"), (99.999, 2, "100"),
    (123_456_789.125, 3, "123456789.125"),
  ]) func decimals(number: Double, places: Int, text: String) {
    #expect(JSONLine.decimal(number, places: places) == text)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity]) func notANumberIsNull(number: Double) {
    var line = JSONLine()
    line.array { $0.value(number, places: 2) }
    #expect(line.text == "[null]")
  }

  @Test func hugeNumbersStayNumbers() {
    #expect(JSONLine.decimal(1e300, places: 4) == "1e+300")
  }

  @Test func everyControlCharacterIsEscaped() {
    for code in 0..<UInt8(0xA0) where code < 0x20 || code >= 0x7F {
      let quoted = JSONLine.quoted(String(Unicode.Scalar(code)))
      #expect(quoted.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "\(code)")
      #expect(quoted.hasPrefix("\"\\"))
    }
    #expect(JSONLine.quoted("\u{1B}[2J") == #""\u001b[2J""#)
    #expect(JSONLine.quoted("naïve 字 🙂") == "\"naïve 字 🙂\"")
  }

  @Test func nestingPlacesItsCommas() {
    var line = JSONLine()
    line.object { line in
      line.key("a")
      line.array { line in
        line.array { _ in }
        line.object { _ in }
        line.null()
        line.value(true)
      }
      line.member("b", 1)
    }
    #expect(line.text == #"{"a":[[],{},null,true],"b":1}"#)
  }
}

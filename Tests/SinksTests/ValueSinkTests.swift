import Foundation
import Images
import Sinks
import Testing
import Text
import Values

@Suite("Values in the output") struct ValueSinkTests {
  private static let time = UTCTime(1_790_000_000_123_456_789)

  private func value(
    _ name: String = "counter", text: String = "00123.450", unit: String = "m³",
    reason: FieldValue.Reason? = nil,
    number: ValueNumber? = ValueNumber(digits: 123_450, decimals: 3)
  ) -> FieldValue {
    var field = Field(name: name, box: PixelBox(x: 0, y: 0, width: 9, height: 9))
    field.unit = unit
    return FieldValue(
      field: field, text: text, number: number, confidence: 0.98765,
      state: reason == nil ? .good : .refused, reason: reason,
      lastGood: FieldValue.Good(
        text: "00123.440", number: ValueNumber(digits: 123_440, decimals: 3),
        time: Self.time.nanoseconds), box: PixelBox(x: 1, y: 2, width: 3, height: 4))
  }

  private func report(
    _ values: FieldValue..., source: String? = "/dev/ttyUSB0", camera: String? = "water",
    arrival: ImageReport.Arrival? = .at(time)
  ) -> ImageReport {
    var report = ImageReport(
      image: .number(7), source: source, arrival: arrival, width: 10, height: 20,
      reading: Reading(lines: []), milliseconds: 1)
    (report.camera, report.values) = (camera, values)
    return report
  }

  @Test func valuesAreAMemberByTheirNames() throws {
    let json = report(value(), value("serial", text: "", reason: .empty, number: nil)).json
    #expect(json.hasPrefix(#"{"camera":"water","source":"/dev/ttyUSB0","image":7,"#))
    let good =
      #""lastGood":{"text":"00123.440","number":123.440,"time":"2026-09-21T14:13:20.123456789Z"},"#
      + #""box":{"x":1,"y":2,"width":3,"height":4}}"#
    #expect(
      json.contains(
        #""lines":[],"values":{"counter":{"text":"00123.450","number":123.450,"unit":"m³","#
          + #""state":"good","confidence":0.9877,"# + good
          + #","serial":{"text":"","number":null,"unit":"m³","state":"refused","reason":"empty","#
          + #""confidence":0.9877,"# + good + "},"))
    #expect(try JSONSerialization.jsonObject(with: Data(json.utf8)) is [String: Any])
    #expect(!report(camera: nil).json.contains("values"))
  }

  @Test func aTableHasOneHeader() throws {
    let header = TableSink.Header()
    let rows = try output(
      of: report(value()), report(value("a", text: #"say "1, 2""#, reason: .jumps, number: nil)),
      report(value(text: "\u{1B}\n", unit: ""), source: nil, arrival: .unknown)
    ) { TableSink(.values, output: $0, header: header) }
    let time = "2026-09-21T14:13:20.123456789Z"
    #expect(
      rows.components(separatedBy: "\r\n") == [
        "time,camera,source,image,field,text,number,unit,state,reason,confidence,last_good,"
          + "last_good_time",
        "\(time),water,/dev/ttyUSB0,7,counter,00123.450,123.450,m³,good,,0.9877,123.440,\(time)",
        "\(time),water,/dev/ttyUSB0,7,a,\"say \"\"1, 2\"\"\",,m³,refused,jumps,0.9877,123.440,"
          + time,
        ",water,,7,counter,\\x1b\\x0a,123.450,,good,,0.9877,123.440,\(time)", "",
      ])
    let more = try output(of: report(value())) {
      TableSink(.values, output: $0, header: header)
    }
    #expect(more.hasPrefix(time))
    let tabs = try output(of: report(value("a", text: "1\t\"2\""))) {
      TableSink(.values, as: .tsv, output: $0)
    }
    #expect(
      tabs.hasSuffix(
        "\n\(time)\twater\t/dev/ttyUSB0\t7\ta\t1\\x09\"2\"\t123.450\tm³\tgood\t\t0.9877\t123.440\t"
          + "\(time)\n"))
  }

  @Test func linesOfInfluxDB() throws {
    let lines = try output(
      of: report(value()), report(value(text: #"a "b\"#, reason: .falls), source: "a, b=c\\"),
      report(value(unit: "", number: nil), source: nil, camera: nil, arrival: .unknown), report()
    ) { InfluxSink(output: $0) }
    #expect(
      lines.components(separatedBy: "\n") == [
        "scribe,camera=water,field=counter,source=/dev/ttyUSB0,unit=m³ value=123.450,read=123.450,"
          + #"text="00123.450",state="good",confidence=0.9877 1790000000123456789"#,
        #"scribe,camera=water,field=counter,source=a\,\ b\=c\ ,unit=m³ read=123.450,"#
          + #"text="a \"b\\",state="refused",reason="falls",confidence=0.9877 1790000000123456789"#,
        #"scribe,field=counter text="00123.450",state="good",confidence=0.9877"#, "",
      ])
  }

  @Test func peopleSeeNamesAndStates() throws {
    let text = report(
      value(), value("n", text: "12\u{1B}", reason: .jumps, number: nil),
      value("e", text: "", unit: "", reason: .empty, number: nil)
    ).plainText()
    #expect(
      text == """
        counter = 123.450 m³
        n ? 12\\x1b m³, refused: it would change faster than it can; last good 123.440 m³ at \
        2026-09-21T14:13:20.123Z
        e ? nothing, refused: nothing is read there; last good 123.440 at 2026-09-21T14:13:20.123Z

        """)
  }
}

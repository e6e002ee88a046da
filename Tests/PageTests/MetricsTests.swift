import Images
import Page
import Testing
import Values

/// Figures for Prometheus.
@Suite("Metrics") struct MetricsTests {
  @Test func everyLineIsAFigureOrAboutOne() throws {
    let fixture = try PageFixture()
    fixture.show(1)
    var field = Field(name: "meter", box: PixelBox(x: 4, y: 5, width: 20, height: 8))
    field.unit = "m³"
    fixture.feed.read(FieldTests.report(of: field))
    let answer = fixture.site().answer(HTTPRequest(.get, "/metrics"))
    #expect(answer.type.hasPrefix("text/plain; version=0.0.4"))
    let sample = try Regex(#"[a-z_]+\{[a-z]+="([^"\\]|\\["\\n])*"(,[a-z]+="[^"]*")*\} [0-9.eE+-]+"#)
    var families: Set<String> = []
    for line in answer.text.split(separator: "\n") {
      if line.hasPrefix("# TYPE ") {
        let name = String(line.split(separator: " ")[2])
        #expect(families.insert(name).inserted, "\(name) twice")
      } else if !line.hasPrefix("# HELP ") {
        #expect(try sample.wholeMatch(in: line) != nil, "\(line)")
      }
    }
    let text = answer.text
    #expect(text.contains(#"scribe_images_total{camera="/dev/ttyUSB0"} 12"#))
    #expect(text.contains(#"scribe_losses_total{camera="/dev/ttyUSB0",cause="skipped images"} 2"#))
    #expect(text.contains(#"scribe_reading_seconds_bucket{camera="/dev/ttyUSB0",le="0.01"} 0"#))
    #expect(text.contains(#"scribe_reading_seconds_bucket{camera="/dev/ttyUSB0",le="0.025"} 2"#))
    #expect(text.contains(#"scribe_reading_seconds_bucket{camera="/dev/ttyUSB0",le="+Inf"} 2"#))
    #expect(text.contains(#"scribe_reading_seconds_sum{camera="/dev/ttyUSB0"} 0.025"#))
    // The value is the last good one; its state says that the newest isn't.
    #expect(text.contains(#"field="meter",unit="m³"} 47"#))
    #expect(text.contains(#"field="meter",state="doubtful"} 1"#))
    #expect(text.contains(#"field="meter",state="good"} 0"#))
  }

  @Test func namesStayWithinTheirQuotes() throws {
    #expect(Metrics.escaped(#"a"b\c"#) == #"a\"b\\c"#)
    #expect(Metrics.escaped("a\nb") == #"a\nb"#)
    #expect(Metrics.escaped("a\u{1B}\u{202E}") == #"a\\x1b\\u{202e}"#)
    let fixture = try PageFixture(name: "x\"} 1\nforged{a=\"\\")
    let text = fixture.site().answer(HTTPRequest(.get, "/metrics")).text
    #expect(!text.contains("\nforged"))
    #expect(text.contains(#"camera="x\"} 1\nforged{a=\"\\""#))
  }

  @Test func boundsAreInclusive() {
    var histogram = Histogram(bounds: [1, 2])
    for value in [0, 1, 1.5, 2, 3, Double.nan] { histogram.add(value) }
    #expect(histogram.counts == [2, 2, 1] && histogram.count == 5 && histogram.sum == 7.5)
  }
}

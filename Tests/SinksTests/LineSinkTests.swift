import Foundation
import Images
import Sinks
import Testing
import Text

/// Lines of text as tables, named text and hOCR.
@Suite("Lines in the output") struct LineSinkTests {
  private static let time = "2026-09-21T14:13:20.123456789Z"

  private func line(_ text: String, confidences: [Double], x: Int = 1) -> ReadLine {
    let characters = zip(text.filter { $0 != " " }, confidences).enumerated().map { i, read in
      ReadCharacter(
        text: String(read.0), confidence: read.1,
        box: PixelBox(x: x + 10 * i, y: 2 + i, width: 9, height: 12))
    }
    return ReadLine(
      text: text, confidence: confidences.reduce(1, *),
      box: PixelBox(x: x, y: 2, width: 10 * confidences.count, height: 20), characters: characters)
  }

  private func received(_ lines: ReadLine...) -> ImageReport {
    ImageReport(
      image: .number(7), source: "a b.pcapng", arrival: .at(UTCTime(1_790_000_000_123_456_789)),
      width: 320, height: 240, reading: Reading(lines: lines), milliseconds: 1)
  }

  private func file(_ path: String, _ lines: ReadLine...) -> ImageReport {
    ImageReport(
      image: .path(path), width: 320, height: 240, reading: Reading(lines: lines), milliseconds: 1)
  }

  @Test func aTableHasARowALine() throws {
    let reports = [
      received(line("A b", confidences: [1, 0.5]), line("\"1\"", confidences: [1, 1, 0.25])),
      file("x\ty,\u{1B}.png", line("°", confidences: [1])), file("empty.png"),
    ]
    let csv = try output(of: reports[0], reports[1], reports[2]) { TableSink(.lines, output: $0) }
    #expect(
      csv.components(separatedBy: "\r\n") == [
        "time,camera,source,image,line,text,confidence,x,y,width,height",
        "\(Self.time),,\"a b.pcapng\",7,1,\"A b\",0.5,1,2,20,20",
        "\(Self.time),,\"a b.pcapng\",7,2,\"\"\"1\"\"\",0.25,1,2,30,20",
        ",,,\"x\ty,\\x1b.png\",1,°,1,1,2,10,20", "",
      ])
    let tsv = try output(of: reports[0], reports[1], reports[2]) {
      TableSink(.lines, as: .tsv, output: $0)
    }
    #expect(
      tsv.components(separatedBy: "\n") == [
        "time\tcamera\tsource\timage\tline\ttext\tconfidence\tx\ty\twidth\theight",
        "\(Self.time)\t\ta b.pcapng\t7\t1\tA b\t0.5\t1\t2\t20\t20",
        "\(Self.time)\t\ta b.pcapng\t7\t2\t\"1\"\t0.25\t1\t2\t30\t20",
        "\t\t\tx\\x09y,\\x1b.png\t1\t°\t1\t1\t2\t10\t20", "",
      ])
  }

  @Test func eachLineIsNamed() throws {
    let reports = (
      received(line("A b", confidences: [1, 0.5])),
      file("x\u{1B}.png", line("1", confidences: [1]), line("2", confidences: [1])),
      file("empty.png")
    )
    let all = try output(of: reports.0, reports.1, reports.2) { NamedTextSink(output: $0) }
    #expect(
      all == """
        \(Self.time) a b.pcapng:7: A b
        x\\x1b.png: 1
        x\\x1b.png: 2
        empty.png:

        """)
    let some = try output(of: reports.2, reports.1) { NamedTextSink(output: $0, skipsEmpty: true) }
    #expect(some == "x\\x1b.png: 1\nx\\x1b.png: 2\n")
  }

  private func document(of reports: ImageReport...) throws -> String {
    try written { output in
      let document = HOCRSink.Document(output: output, system: "a & b")
      for report in reports { try HOCRSink(document).write(report) }
      try document.close()
      // What comes behind the end is left out.
      try document.close()
      for report in reports { try HOCRSink(document).write(report) }
    }
  }

  @Test func hocrHasPagesLinesAndWords() throws {
    var board = received()
    board.reading.lines = [
      ReadLine(
        text: "no boxes", confidence: 0.5, box: PixelBox(x: 1, y: 2, width: 3, height: 4),
        characters: [])
    ]
    let text = try document(
      of: received(line("AB <c", confidences: [0.5, 0.5, 1, 0.996], x: 5)),
      file("\"\u{FFFF}\\&.png"), board)
    let body = text.components(separatedBy: " <body>\n").last
    #expect(
      body == """
          <div class="ocr_page" id="page_1" title="image &quot;7&quot;; bbox 0 0 320 240; ppageno 0; \
        x_source &quot;a b.pcapng&quot;" data-time="\(Self.time)">
           <span class="ocr_line" id="line_1_1" title="bbox 5 2 45 22">\
        <span class="ocrx_word" id="word_1_1_1" title="bbox 5 2 24 15; x_wconf 25">AB</span> \
        <span class="ocrx_word" id="word_1_1_2" title="bbox 25 4 44 17; x_wconf 100">&lt;c</span></span>
          </div>
          <div class="ocr_page" id="page_2" title="image &quot;\\&quot;\u{FFFD}\\\\&amp;.png&quot;; \
        bbox 0 0 320 240; ppageno 1">
          </div>
          <div class="ocr_page" id="page_3" title="image &quot;7&quot;; bbox 0 0 320 240; ppageno 2; \
        x_source &quot;a b.pcapng&quot;" data-time="\(Self.time)">
           <span class="ocr_line" id="line_3_1" title="bbox 1 2 4 6">\
        <span class="ocrx_word" id="word_3_1_1" title="bbox 1 2 4 6; x_wconf 50">no boxes</span></span>
          </div>
         </body>
        </html>

        """)
  }

  @Test func hocrWithoutPagesIsWhole() throws {
    let text = try document()
    #expect(text.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE html>"))
    #expect(text.contains("content=\"a &amp; b\""))
    #expect(text.hasSuffix("<body>\n </body>\n</html>\n"))
  }
}

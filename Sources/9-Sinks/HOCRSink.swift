import Images
import Synchronization
import Text

/// Writes readings as hOCR 1.2: one document, HTML that is XML too, with a page an image, its lines
/// and words.
///
/// Where they are known, pages tell in `x_source` the port or recording, and in an attribute
/// `data-time`, since hOCR has no property for it, when the image's last byte came. The document is
/// whole once it is closed.
public struct HOCRSink: ReadingSink {
  /// A document, to which several sinks may add pages.
  public final class Document: Sendable {
    private enum State {
      /// Nothing is written before the first page, as reading may end with wrong options.
      case unopened
      case open(pages: Int)
      case closed
    }

    private let output: TextOutput
    private let system: String
    private let state = Mutex(State.unopened)

    /// - Parameters:
    ///   - output: the output to write to.
    ///   - system: the program and its version.
    public init(output: TextOutput = .standard, system: String) {
      (self.output, self.system) = (output, system)
    }

    fileprivate func add(_ report: ImageReport) throws(SinkError) {
      try state.withLock { state throws(SinkError) in
        switch state {
        case .unopened:
          try output.write(head + report.hocrPage(0))
          state = .open(pages: 1)
        case .open(let pages):
          try output.write(report.hocrPage(pages))
          state = .open(pages: pages + 1)
        case .closed: return
        }
      }
    }

    /// Writes the document's end; a document without pages, too, where there were none.
    public func close() throws(SinkError) {
      try state.withLock { state throws(SinkError) in
        let start: String
        switch state {
        case .unopened: start = head
        case .open: start = ""
        case .closed: return
        }
        state = .closed
        try output.write(start + " </body>\n</html>\n")
      }
    }

    private var head: String {
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <!DOCTYPE html>
      <html xmlns="http://www.w3.org/1999/xhtml">
       <head>
        <title>Readings</title>
        <meta charset="utf-8" />
        <meta name="ocr-system" content="\(xml(system))" />
        <meta name="ocr-langs" content="unknown" />
        <meta name="ocr-capabilities" content="ocr_page ocr_line ocrx_word ocrp_wconf" />
       </head>
       <body>

      """
    }
  }

  private let document: Document

  public init(_ document: Document) { self.document = document }

  public func write(_ report: ImageReport) throws(SinkError) { try document.add(report) }
}

extension ImageReport {
  /// A page with its number, from 0 on.
  fileprivate func hocrPage(_ index: Int) -> String {
    var properties = [
      "image \(hocrString(image.text))", "bbox 0 0 \(width) \(height)", "ppageno \(index)",
    ]
    if let source { properties.append("x_source \(hocrString(source))") }
    let time = shownTime.map { " data-time=\"\($0)\"" } ?? ""
    let page = index + 1
    let lines = reading.lines.enumerated().map { index, line in
      line.hocr(id: "\(page)_\(index + 1)")
    }
    return """
        <div class="ocr_page" id="page_\(page)" title="\(xml(properties.joined(separator: "; ")))"\(time)>
      \(lines.joined())  </div>

      """
  }
}

extension ReadLine {
  fileprivate func hocr(id: String) -> String {
    let words = words.enumerated().map { index, word in
      let title = "\(word.box.hocr); x_wconf \(Int((100 * word.confidence).rounded()))"
      return "<span class=\"ocrx_word\" id=\"word_\(id)_\(index + 1)\" title=\"\(title)\">"
        + xml(word.text) + "</span>"
    }
    return "   <span class=\"ocr_line\" id=\"line_\(id)\" title=\"\(box.hocr)\">"
      + words.joined(separator: " ") + "</span>\n"
  }

  /// The words between spaces, each with the confidence that all of it is right.
  ///
  /// Where a board sent a line without its characters, it is one word.
  private var words: [(text: String, confidence: Double, box: PixelBox)] {
    let texts = text.split(separator: " ").map(String.init)
    guard texts.reduce(0, { $0 + $1.count }) == characters.count else {
      return [(text, confidence, box)]
    }
    var rest = characters[...]
    return texts.map { text in
      let own = rest.prefix(text.count)
      rest = rest.dropFirst(text.count)
      let box = own.dropFirst().reduce(own.first?.box ?? box) { $0.union($1.box) }
      return (text, own.reduce(1) { $0 * $1.confidence }, box)
    }
  }
}

extension PixelBox {
  /// The box by its corners, right and bottom behind the last pixel.
  fileprivate var hocr: String { "bbox \(x) \(y) \(maxX) \(maxY)" }
}

/// A string among hOCR's properties.
private func hocrString(_ text: String) -> String {
  "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
}

/// `text` within XML, with what a terminal might obey escaped, and the two characters that XML can't
/// have.
private func xml(_ text: String) -> String {
  var result = ""
  for scalar in Terminal.escaped(text).unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

import Images
import Synchronization
import Text
import Values

/// Writes readings as a table, with the columns' names in its first row.
public struct TableSink: ReadingSink {
  /// The meaning of a row.
  public enum Content: Sendable {
    /// A named value of a camera.
    case values
    /// A line of text.
    case lines
  }

  /// The first row, which several sinks of one output write once.
  public final class Header: Sendable {
    private let isDue = Mutex(true)

    public init() {}

    /// Whether the row is still to be written; false from then on.
    func take() -> Bool {
      isDue.withLock { isDue in
        defer { isDue = false }
        return isDue
      }
    }
  }

  private let content: Content
  private let form: TableForm
  private let output: TextOutput
  private let header: Header

  public init(
    _ content: Content, as form: TableForm = .csv, output: TextOutput = .standard,
    header: Header = Header()
  ) {
    (self.content, self.form) = (content, form)
    (self.output, self.header) = (output, header)
  }

  public func write(_ report: ImageReport) throws(SinkError) {
    let rows =
      switch content {
      case .values: report.values.map(report.row)
      case .lines: report.reading.lines.enumerated().map { report.row($1, number: $0 + 1) }
      }
    let head = header.take() ? [content.columns] : []
    try output.write((head + rows).map(form.row).joined())
  }
}

extension TableSink.Content {
  fileprivate var columns: [String?] {
    ["time", "camera", "source", "image"]
      + (self == .values
        ? [
          "field", "text", "number", "unit", "state", "reason", "confidence", "last_good",
          "last_good_time",
        ] : ["line", "text", "confidence", "x", "y", "width", "height"])
  }
}

extension ImageReport {
  /// Cells that tell when and where an image was taken.
  private var origin: [String?] { [shownTime, camera, source, image.text] }

  fileprivate func row(_ value: FieldValue) -> [String?] {
    origin + [
      value.field.name, value.text, value.number.map { "\($0)" }, value.field.unit,
      value.state.rawValue, value.reason?.rawValue,
      JSONLine.decimal(value.confidence, places: 4), value.lastGood?.shown,
      value.lastGood?.utc?.precise,
    ]
  }

  /// Lines are numbered from 1 on, from top to bottom.
  fileprivate func row(_ line: ReadLine, number: Int) -> [String?] {
    let box = [line.box.x, line.box.y, line.box.width, line.box.height]
    return origin + ["\(number)", line.text, JSONLine.decimal(line.confidence, places: 4)]
      + box.map { "\($0)" }
  }
}

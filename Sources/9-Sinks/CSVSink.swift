import Synchronization
import Values

/// Writes values as a table of comma-separated values after RFC 4180: a row a value, with the
/// columns' names in the first one.
public struct CSVSink: ReadingSink {
  /// The first row, which several sinks of one output write once.
  public final class Header: Sendable {
    private let isDue = Mutex(true)

    public init() {}

    /// The row; empty once it was given.
    func take() -> String {
      isDue.withLock { isDue in
        defer { isDue = false }
        return isDue ? CSVSink.columns.joined(separator: ",") + "\r\n" : ""
      }
    }
  }

  private static let columns = [
    "time", "camera", "source", "image", "field", "text", "number", "unit", "state", "reason",
    "confidence", "last_good", "last_good_time",
  ]

  private let output: TextOutput
  private let header: Header

  public init(output: TextOutput = .standard, header: Header = Header()) {
    (self.output, self.header) = (output, header)
  }

  public func write(_ report: ImageReport) throws(SinkError) {
    let rows = report.values.map { row($0, of: report) }.joined()
    try output.write(header.take() + rows)
  }

  private func row(_ value: FieldValue, of report: ImageReport) -> String {
    let time: String? = if case .at(let time) = report.arrival { time.precise } else { nil }
    let image =
      switch report.image {
      case .path(let path): path
      case .number(let number): "\(number)"
      }
    let cells: [String?] = [
      time, report.camera, report.source, image, value.field.name, value.text,
      value.number.map { "\($0)" }, value.field.unit, value.state.rawValue,
      value.reason?.rawValue, JSONLine.decimal(value.confidence, places: 4),
      value.lastGood?.shown, value.lastGood?.utc?.precise,
    ]
    return cells.map { Self.quoted($0 ?? "") }.joined(separator: ",") + "\r\n"
  }

  /// A cell, in quotes where it needs them. What a terminal might obey is escaped, so that no row
  /// goes over two lines.
  private static func quoted(_ text: String) -> String {
    let text = Terminal.escaped(text)
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0 == " " || $0 == "\t" }) else {
      return text
    }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}

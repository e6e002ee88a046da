import ArgumentParser
import Sinks

/// Forms of the output.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case text, json, csv, influx

  /// Whether it has nothing but values.
  var needsFields: Bool { self == .csv || self == .influx }

  static let help: ArgumentHelp = ArgumentHelp(
    """
    text, json (as --json), csv or influx: values as a table with a row a value, or in InfluxDB's \
    line protocol; both need --camera. (default: text)
    """, valueName: "form")

  /// - Throws: `ValidationError` where values are to be written and there are none.
  func check(_ cameras: CameraFileOptions, json: Bool) throws {
    if json, self != .json { throw ValidationError("--json and --as \(rawValue): give one.") }
    if needsFields, cameras.files.isEmpty {
      throw ValidationError("--as \(rawValue) writes named values: give --camera FILE.")
    }
  }

  /// The sink for values alone, on standard output; nil for forms that show what was read.
  var valueSink: (any ReadingSink)? {
    switch self {
    case .text, .json: nil
    case .csv: CSVSink(header: csvHeader)
    case .influx: InfluxSink()
    }
  }
}

/// Standard output has one header, however many cameras write there.
private let csvHeader = CSVSink.Header()

import ArgumentParser
import FirmwareProto
import Sinks

/// Forms of the output.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case text, named, json, hocr
  case linesCSV = "lines-csv"
  case linesTSV = "lines-tsv"
  case csv, tsv, influx

  /// Whether it has nothing but values.
  var needsFields: Bool { self == .csv || self == .tsv || self == .influx }

  static let help: ArgumentHelp = ArgumentHelp(
    """
    text; named: text with time and image before each line; json (as --json); hocr: a page an \
    image, for programs that make searchable documents; lines-csv or lines-tsv: a table with a row \
    a line of text; csv, tsv or influx: values as a table with a row a value, or in InfluxDB's line \
    protocol, which need --camera. (default: text)
    """, valueName: "form")

  /// - Throws: `ValidationError` where values are to be written and there are none.
  func check(_ cameras: CameraFileOptions, json: Bool) throws {
    if json, self != .json { throw ValidationError("--json and --as \(rawValue): give one.") }
    if needsFields, cameras.files.isEmpty {
      let other = self == .influx ? "" : ", or --as lines-\(rawValue) for what is read"
      throw ValidationError("--as \(rawValue) writes named values: give --camera FILE\(other).")
    }
  }

  /// Writes what stands behind all readings.
  func finish() throws(SinkError) {
    if self == .hocr { try hocrDocument.close() }
  }
}

extension ReaderOptions {
  /// The sink for readings, without lines of too little confidence.
  ///
  /// - Parameters:
  ///   - format: the form of the output.
  ///   - headings: as for `TextSink`.
  ///   - namesSources: as for `TextSink`.
  ///   - skipsEmpty: as for `TextSink`.
  /// - Returns: the sink, which writes to standard output.
  func makeSink(
    _ format: OutputFormat, headings: Bool?, namesSources: Bool = false, skipsEmpty: Bool
  ) -> any ReadingSink {
    func sure(_ sink: some ReadingSink) -> any ReadingSink {
      ConfidenceFilter(sink, leastConfidence: minConfidence)
    }
    return switch format {
    case .text:
      sure(TextSink(headings: headings, namesSources: namesSources, skipsEmpty: skipsEmpty))
    case .named: sure(NamedTextSink(skipsEmpty: skipsEmpty))
    case .json: sure(JSONLinesSink())
    case .hocr: sure(HOCRSink(hocrDocument))
    case .linesCSV: sure(TableSink(.lines, as: .csv, header: tableHeader))
    case .linesTSV: sure(TableSink(.lines, as: .tsv, header: tableHeader))
    case .csv: TableSink(.values, as: .csv, header: tableHeader)
    case .tsv: TableSink(.values, as: .tsv, header: tableHeader)
    case .influx: InfluxSink()
    }
  }
}

/// Standard output has one header, and is one document, however many cameras write there.
private let tableHeader = TableSink.Header()
private let hocrDocument = HOCRSink.Document(system: "SerialScribe \(SCRIBE_VERSION)")

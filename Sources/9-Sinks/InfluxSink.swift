import Values

/// Writes values in the line protocol of InfluxDB: a line a value, with the time in nanoseconds.
///
/// The measurement is `scribe`, the tags are `camera`, `source`, `field` and `unit`. `value` is
/// there only where the value is good, so that no query takes a doubtful one by mistake; `read` is
/// what was read in any case.
public struct InfluxSink: ReadingSink {
  private let output: TextOutput

  public init(output: TextOutput = .standard) { self.output = output }

  public func write(_ report: ImageReport) throws(SinkError) {
    guard !report.values.isEmpty else { return }
    try output.write(report.values.map { Self.line($0, of: report) }.joined())
  }

  private static func line(_ value: FieldValue, of report: ImageReport) -> String {
    let tags = [
      ("camera", report.camera), ("field", value.field.name), ("source", report.source),
      ("unit", value.field.unit),
    ].compactMap { key, text in
      // An empty tag is an error.
      text.flatMap { $0.isEmpty ? nil : ",\(key)=\(tag($0))" }
    }
    var fields: [String] = []
    if let number = value.number {
      if value.state == .good { fields.append("value=\(number)") }
      fields.append("read=\(number)")
    }
    fields.append("text=\(string(value.text))")
    fields.append("state=\(string(value.state.rawValue))")
    if let reason = value.reason { fields.append("reason=\(string(reason.rawValue))") }
    fields.append("confidence=\(JSONLine.decimal(value.confidence, places: 4) ?? "0")")
    var line = "scribe\(tags.joined()) \(fields.joined(separator: ","))"
    // Without a time the database takes its own.
    if let time = report.time { line += " \(time.nanoseconds)" }
    return line + "\n"
  }

  /// A tag's value: commas, equals signs and spaces are escaped; a backslash at its end would escape
  /// what follows.
  private static func tag(_ text: String) -> String {
    var result = ""
    for character in Terminal.escaped(text).replacing("\t", with: " ") {
      if character == "," || character == "=" || character == " " { result += "\\" }
      result.append(character)
    }
    return result.hasSuffix("\\") ? result + " " : result
  }

  private static func string(_ text: String) -> String {
    let escaped = Terminal.escaped(text).replacing("\\", with: "\\\\")
    return "\"" + escaped.replacing("\"", with: "\\\"") + "\""
  }
}

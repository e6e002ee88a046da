/// Forms of tables. In both, what a terminal might obey is escaped, so that no row goes over two
/// lines.
public enum TableForm: Sendable {
  /// Comma-separated values after RFC 4180.
  case csv
  /// Tab-separated values: cells are never quoted, and a tab in one is escaped.
  case tsv

  /// A row with its end; nil is an empty cell.
  func row(_ cells: [String?]) -> String {
    let cells = cells.map { Terminal.escaped($0 ?? "") }
    return switch self {
    case .csv: cells.map(Self.quoted).joined(separator: ",") + "\r\n"
    case .tsv: cells.map { $0.replacing("\t", with: "\\x09") }.joined(separator: "\t") + "\n"
    }
  }

  /// A cell, in quotes where it needs them.
  private static func quoted(_ text: String) -> String {
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0 == " " || $0 == "\t" }) else {
      return text
    }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}

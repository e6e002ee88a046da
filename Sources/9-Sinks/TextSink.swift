/// Writes readings as text, for people.
public struct TextSink: ReadingSink {
  private let output: TextOutput
  private let isColored: Bool
  private let isTerminal: Bool
  private let hasHeadings: Bool
  private let namesSources: Bool
  private let skipsEmpty: Bool

  /// - Parameters:
  ///   - output: the output to write to.
  ///   - headings: whether a line before each text names the image; nil for only on terminals.
  ///   - namesSources: whether headings name the source too.
  ///   - skipsEmpty: whether readings without text write nothing instead of an empty line.
  public init(
    output: TextOutput = .standard, headings: Bool? = nil, namesSources: Bool = false,
    skipsEmpty: Bool = false
  ) {
    self.output = output
    isColored = Terminal.usesColor(output.descriptor)
    isTerminal = Terminal.isTerminal(output.descriptor)
    hasHeadings = headings ?? isTerminal
    self.namesSources = namesSources
    self.skipsEmpty = skipsEmpty
  }

  public func write(_ report: ImageReport) throws(SinkError) {
    if skipsEmpty, report.isEmpty { return }
    let heading = hasHeadings ? self.heading(report) + "\n" : ""
    try output.write(heading + report.plainText(isColored: isColored))
  }

  private func heading(_ report: ImageReport) -> String {
    var name =
      switch report.image {
      case .path(let path): Terminal.escaped(path)
      case .number(let number): "image \(number)"
      }
    if namesSources, let source = report.source { name = "\(Terminal.escaped(source))  \(name)" }
    var text = "\(name)  \(report.width)x\(report.height)"
    // In a file or pipe the same images are to give the same text.
    if isTerminal {
      text += "  \(JSONLine.decimal(report.milliseconds, places: 1) ?? "?") ms"
    }
    let missing = report.missingRows.reduce(0) { $0 + $1.count }
    if missing > 0 { text += "  \(missing) rows missing" }
    if report.isReadByBoard { text += "  read by the board" }
    return isColored ? Terminal.styled(text, .dim) : text
  }
}

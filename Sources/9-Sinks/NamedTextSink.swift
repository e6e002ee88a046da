/// Writes readings as lines of text that each begin with the time, where it is known, and the name
/// of their image: for grep, sort and the like.
///
///     photos/a.png: 00471
///     2026-09-21T14:13:20.123456789Z session.pcapng:7: 00471
public struct NamedTextSink: ReadingSink {
  private let output: TextOutput
  private let skipsEmpty: Bool

  /// - Parameters:
  ///   - output: the output to write to.
  ///   - skipsEmpty: whether readings without text write nothing, in place of the name alone.
  public init(output: TextOutput = .standard, skipsEmpty: Bool = false) {
    self.output = output
    self.skipsEmpty = skipsEmpty
  }

  public func write(_ report: ImageReport) throws(SinkError) {
    if skipsEmpty, report.isEmpty { return }
    let name = Terminal.escaped(report.qualifiedName)
    let start = (report.shownTime.map { "\($0) " } ?? "") + name + ":"
    let lines = report.plainText().split(separator: "\n")
    try output.write(
      lines.isEmpty ? start + "\n" : lines.map { "\(start) \($0)\n" }.joined())
  }
}

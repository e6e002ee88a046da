/// Writes readings for programs: one line of JSON per image.
public struct JSONLinesSink: ReadingSink {
  private let output: TextOutput

  public init(output: TextOutput = .standard) { self.output = output }

  public func write(_ report: ImageReport) throws(SinkError) {
    try output.write(report.json + "\n")
  }
}

import Text

/// The last stage: takes the reading of each image, in the order of the images.
public protocol ReadingSink: Sendable {
  /// - Throws: `SinkError` where nothing more can be written.
  func write(_ report: ImageReport) throws(SinkError)
}

/// Leaves out lines of too little confidence and passes the rest on.
public struct ConfidenceFilter<Sink: ReadingSink>: ReadingSink {
  private let sink: Sink
  private let leastConfidence: Double

  /// - Parameters:
  ///   - sink: gets the rest.
  ///   - leastConfidence: confidence of a line, 0...1, from which on it stays.
  public init(_ sink: Sink, leastConfidence: Double) {
    self.sink = sink
    self.leastConfidence = leastConfidence
  }

  public func write(_ report: ImageReport) throws(SinkError) {
    var report = report
    report.reading = report.reading.lines(asSureAs: leastConfidence)
    try sink.write(report)
  }
}

/// Gives each report to several sinks, in their order.
public struct FanOutSink: ReadingSink {
  private let sinks: [any ReadingSink]

  public init(_ sinks: [any ReadingSink]) { self.sinks = sinks }

  public func write(_ report: ImageReport) throws(SinkError) {
    for sink in sinks { try sink.write(report) }
  }
}

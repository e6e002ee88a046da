import ArgumentParser
import Sinks

/// Options for the output and its end.
struct OutputOptions: ParsableArguments {
  @Flag(help: "One line of JSON an image.")
  var json = false

  @Option(name: .customLong("as"), help: OutputFormat.help)
  var format: OutputFormat?

  @Option(help: ArgumentHelp("End after this many images of each source.", valueName: "count"))
  var images: Int?

  func validate() throws {
    if let images, images < 1 { throw ValidationError("--images is 1 or more.") }
  }

  /// The sink for readings; `isShared` where several cameras or recordings have their readings
  /// there.
  func sink(
    _ reading: ReaderOptions, _ fusing: FusionOptions, isShared: Bool
  ) -> any ReadingSink {
    format?.valueSink
      ?? reading.makeSink(
        json: json || format == .json, headings: isShared ? true : nil, namesSources: isShared,
        skipsEmpty: reading.skipsEmpty || fusing.stable)
  }
}

extension ReaderOptions {
  /// The sink for readings, without lines of too little confidence.
  ///
  /// - Parameters:
  ///   - json: lines of JSON in place of text.
  ///   - headings: as for `TextSink`.
  ///   - namesSources: as for `TextSink`.
  ///   - skipsEmpty: as for `TextSink`.
  /// - Returns: the sink, which writes to standard output.
  func makeSink(
    json: Bool, headings: Bool?, namesSources: Bool = false, skipsEmpty: Bool
  ) -> any ReadingSink {
    if json { return ConfidenceFilter(JSONLinesSink(), leastConfidence: minConfidence) }
    return ConfidenceFilter(
      TextSink(headings: headings, namesSources: namesSources, skipsEmpty: skipsEmpty),
      leastConfidence: minConfidence)
  }
}

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
    reading.makeSink(
      chosen, headings: isShared ? true : nil, namesSources: isShared,
      skipsEmpty: reading.skipsEmpty || fusing.stable)
  }

  /// Writes what stands behind all readings.
  func finish() throws(SinkError) { try chosen.finish() }

  private var chosen: OutputFormat { format ?? (json ? .json : .text) }
}

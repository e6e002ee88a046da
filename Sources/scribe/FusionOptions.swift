import ArgumentParser
import Sinks
import Synchronization
import Text

/// How readings of successive images are brought together.
struct FusionOptions: ParsableArguments {
  @Flag(help: "For each image print what it and the images before it show together.")
  var fuse = false

  @Flag(
    help: ArgumentHelp(
      "Print a text only once images agree on it, and again only when it changes."))
  var stable = false

  @Option(
    help: ArgumentHelp(
      "With --fuse and --stable: images in a row that make a new text. (default: 3)",
      valueName: "images"))
  var agree: Int?

  func validate() throws {
    if fuse, stable { throw ValidationError("Give --fuse or --stable, not both.") }
    if let agree {
      guard fuse || stable else { throw ValidationError("--agree needs --fuse or --stable.") }
      guard (2...100).contains(agree) else { throw ValidationError("--agree is 2 to 100 images.") }
    }
  }

  var isOn: Bool { fuse || stable }

  /// nil where each image is read for itself.
  ///
  /// - Throws: `PatternError`.
  func makeFuser(_ reading: ReaderOptions) throws -> SharedFuser? {
    guard isOn else { return nil }
    var fusion = Fusion(
      agreeing: agree ?? 3, alphabet: reading.alphabet ?? .all, pattern: try reading.makePattern())
    fusion.keepsOnlyMatching = reading.onlyMatching
    return SharedFuser(fusion, tellsOnlyChanges: stable)
  }
}

/// Fusion of a line's images, in the order in which they are read.
final class SharedFuser: Sendable {
  private struct State {
    var fusion: Fusion
    /// The image that settled the stable text.
    var since: UInt32?
  }

  private let state: Mutex<State>
  private let tellsOnlyChanges: Bool

  init(_ fusion: Fusion, tellsOnlyChanges: Bool) {
    state = Mutex(State(fusion: fusion))
    self.tellsOnlyChanges = tellsOnlyChanges
  }

  /// Puts what is known by now in place of what one image shows; nil where there is nothing to tell.
  func fuse(_ report: ImageReport, number: UInt32) -> ImageReport? {
    state.withLock { state in
      let result = state.fusion.add(report.reading)
      let text = result.stable.text
      if result.hasChanged { state.since = text.isEmpty ? nil : number }
      guard result.hasChanged || !tellsOnlyChanges else { return nil }
      var fused = report
      fused.reading = tellsOnlyChanges ? result.stable : result.reading
      fused.stable = ImageReport.Stable(text: text, since: state.since)
      return fused
    }
  }
}

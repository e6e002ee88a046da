import ArgumentParser
import Text

/// Options for fusing the readings of successive images.
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

  /// The fuser; nil where each image is read on its own.
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

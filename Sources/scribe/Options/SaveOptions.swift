import ArgumentParser
import Sinks

/// Options for images that are kept as pictures.
struct SaveOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Save images in this folder: JPEG as received, others as gray PNG, named by time and number as \
      20261129T121314.567Z-000042.png. To label them, write a truth.json beside them, \
      {"NAME.png": {"text": "00471"}, ...}; 'scribe evaluate' then reads the folder.
      """, valueName: "folder"), completion: .directory)
  var save: String?

  @Option(
    help: ArgumentHelp(
      """
      all that are read; those with text; those of doubtful text, as it is marked on a terminal; or \
      those whose text is a change from the one before. (default: all)
      """, valueName: "which"))
  var saveWhich: PictureSelection.Which?

  @Option(
    help: ArgumentHelp(
      "Save so many pictures and then no more; none is ever removed. (default: \(usual))",
      valueName: "count"))
  var saveMost: Int?

  private static let usual = 10_000

  func validate() throws {
    guard save != nil || saveWhich == nil && saveMost == nil else {
      throw ValidationError("--save-which and --save-most need --save.")
    }
    if save?.isEmpty == true { throw ValidationError("--save needs a folder.") }
    if let saveMost, saveMost < 1 { throw ValidationError("--save-most is 1 or more.") }
  }

  /// Nil where nothing is saved.
  func makeSaver(_ display: StatusDisplay) -> PictureSaver? {
    save.map { PictureSaver(path: $0, most: saveMost ?? Self.usual, display: display) }
  }

  /// The selection of one source's images that are saved.
  func selection(for saver: PictureSaver, _ reading: ReaderOptions) -> PictureSelection {
    PictureSelection(
      saver: saver, which: saveWhich ?? .all, leastConfidence: reading.minConfidence)
  }
}

extension PictureSelection.Which: ExpressibleByArgument {}

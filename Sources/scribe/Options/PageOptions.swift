import ArgumentParser
import Page

/// Options for the page that shows what cameras see.
struct PageOptions: ParsableArguments {
  @Option(
    defaultAsFlag: Self.usualPort,
    help: ArgumentHelp(
      """
      Serve a page of the cameras at this port: pictures, text, link, values, corrections, and the \
      same for programs (/openapi.json, /metrics). It is told where; 0 takes any port.
      """, valueName: "port"))
  var page: UInt16?

  @Option(
    help: ArgumentHelp(
      "Serve it at this address of this machine, as 0.0.0.0 for all; other machines need the token.",
      valueName: "address"))
  var pageAddress = "127.0.0.1"

  @Option(
    help: ArgumentHelp(
      "The file with the token that viewers need; made where it is missing. Without it, only this "
        + "machine is let in.", valueName: "file"))
  var pageToken: String?

  @Option(
    help: ArgumentHelp(
      "Keep what is corrected on the page in this folder, which 'scribe evaluate' reads. "
        + "(default: corrections)", valueName: "folder"))
  var corrections: String?

  @Option(
    help: ArgumentHelp(
      "Let recordings be begun and ended on the page; they are kept in this folder.",
      valueName: "folder"))
  var recordings: String?

  static let usualPort: UInt16 = 8765

  func validate() throws {
    guard page != nil || corrections == nil && recordings == nil && pageToken == nil else {
      throw ValidationError("--corrections, --recordings and --page-token need --page.")
    }
    if corrections?.isEmpty == true { throw ValidationError("--corrections needs a folder.") }
    if recordings?.isEmpty == true { throw ValidationError("--recordings needs a folder.") }
  }

  var correctionFolder: CorrectionFolder { CorrectionFolder(path: corrections ?? "corrections") }

  /// Where and to whom the page is served; nil for no page.
  ///
  /// - Throws: `PageError`.
  func place() throws(PageError) -> PageServer.Place? {
    guard let page else { return nil }
    let token = try pageToken.map { path throws(PageError) in try PageToken.load(path: path) }
    return PageServer.Place(address: pageAddress, port: page, token: token)
  }
}

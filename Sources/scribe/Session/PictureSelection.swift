import Sinks
import Synchronization
import Text

/// The selection of a session's images that are saved.
final class PictureSelection: Sendable {
  enum Which: String, CaseIterable, Sendable {
    /// Every image that is read.
    case all
    /// Those with text.
    case text
    /// Those with characters that may be others, as they are marked on a terminal.
    case doubtful
    /// Those with another text than the one before.
    case change
  }

  let saver: PictureSaver
  private let which: Which
  private let leastConfidence: Double
  private let lastText = Mutex("")

  init(saver: PictureSaver, which: Which, leastConfidence: Double) {
    self.saver = saver
    self.which = which
    self.leastConfidence = leastConfidence
  }

  /// Whether an image is to be saved; to be asked about each, in their order.
  ///
  /// - Parameters:
  ///   - report: the reading of this image alone.
  ///   - shown: the report as it is shown, with images before it; nil where nothing is shown.
  /// - Returns: true where it is wanted.
  func selects(_ report: ImageReport, shown: ImageReport?) -> Bool {
    let lines = report.reading.lines(asSureAs: leastConfidence).lines
    switch which {
    case .all: return true
    case .text: return !lines.isEmpty
    case .doubtful:
      return lines.contains { line in
        line.characters.contains { $0.confidence < ImageReport.doubtful }
      }
    case .change:
      guard let shown else { return false }
      let text =
        shown.stable?.text ?? report.reading.lines(asSureAs: leastConfidence).text
      return lastText.withLock { last in
        defer { last = text }
        return text != last
      }
    }
  }
}

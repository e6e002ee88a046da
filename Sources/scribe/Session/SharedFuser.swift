import Sinks
import Synchronization
import Text

/// Fusion of a session's images, in the order in which they are read.
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

  /// Replaces the reading of one image by the fused result; nil where there is nothing new to show.
  func fuse(_ report: ImageReport) -> ImageReport? {
    guard case .number(let number) = report.image else { return report }
    return state.withLock { state in
      // Lines follow each other in the upright picture.
      let mount = report.reading.mount
      let result = state.fusion.add(report.reading.uprighted())
      let text = result.stable.text
      if result.hasChanged { state.since = text.isEmpty ? nil : number }
      guard result.hasChanged || !tellsOnlyChanges else { return nil }
      var fused = report
      fused.reading = (tellsOnlyChanges ? result.stable : result.reading).mounted(mount)
      fused.stable = ImageReport.Stable(text: text, since: state.since)
      return fused
    }
  }
}

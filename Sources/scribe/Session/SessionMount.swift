import Images
import Sinks
import Synchronization
import Text

/// The mount of a session's camera, as far as its images tell it.
final class SessionMount: Sendable {
  private struct State {
    /// The mount that the camera's file or the user told, before or while the session ran.
    var told: Mount?
    /// The mount found in the last images, and the number of images that agree on it.
    var found: Mount?
    var agreeing = 0
    /// Images in a row in which mounts were tried in vain, and images in which none is tried now.
    var vain = 0
    var untried = 0
  }

  private let state: Mutex<State>

  init(told mount: Mount? = nil) { state = Mutex(State(told: mount)) }

  /// The number of images that settle a mount.
  private static let enough = 2
  /// After vain tries, mounts are tried ever more seldom, down to one image in so many.
  private static let rarest = 64

  /// The mount that was told; it is taken before any other.
  var told: Mount? {
    get { state.withLock { $0.told } }
    set { state.withLock { $0.told = newValue } }
  }

  /// The mount that images agree on.
  var found: Mount? { state.withLock { $0.agreeing >= Self.enough ? $0.found : nil } }

  /// The mount to assume for the next image of a camera, which stays as it is mounted.
  func next() -> MountKnowledge {
    state.withLock { state in
      if let told = state.told { return .known(told) }
      if let found = state.found, state.agreeing >= Self.enough { return .known(found) }
      guard state.untried == 0 else {
        state.untried -= 1
        return .known(.upright)
      }
      return .unknown
    }
  }

  /// Takes the result of an image.
  ///
  /// - Returns: the advice to show; nil where there is none.
  func note(_ read: SharedReader.Timed) -> Message? {
    state.withLock { state in
      guard read.hasFoundMount else {
        if read.hasSearchedMount {
          state.vain = min(state.vain + 1, Self.rarest.trailingZeroBitCount)
          state.untried = 1 << state.vain - 1
        }
        return nil
      }
      let mount = read.reading.mount
      state.agreeing = state.found == mount ? state.agreeing + 1 : 1
      state.found = mount
      (state.vain, state.untried) = (0, 0)
      return Message(mount.advice, .yellow)
    }
  }
}

extension Mount {
  /// Advice for a user whose pictures read better with this mount.
  var advice: String {
    let how =
      switch (turn, isMirrored) {
      case (.upsideDown, false): "upside down"
      case (.upright, true): "mirrored"
      case (_, false): "turned a quarter"
      case (_, true): "turned and mirrored"
      }
    return "reads better \(how): --mount \(self)"
  }
}

import Images
import Sinks
import Synchronization
import Text

/// What a session finds of how its camera is mounted.
final class SessionMount: Sendable {
  private struct State {
    /// Found in the last images, and in how many.
    var found: Mount?
    var agreeing = 0
    /// Images in a row in which mounts were tried in vain, and how many are now left untried.
    var vain = 0
    var untried = 0
  }

  private let state = Mutex(State())

  /// So many images settle a mount.
  private static let enough = 2
  /// After tries in vain at most every so manieth image is tried.
  private static let rarest = 64

  /// What to take for granted of the next image of a camera, which stays as it is mounted.
  func next() -> MountKnowledge {
    state.withLock { state in
      if let found = state.found, state.agreeing >= Self.enough { return .known(found) }
      guard state.untried == 0 else {
        state.untried -= 1
        return .known(.upright)
      }
      return .unknown
    }
  }

  /// Takes what became of an image.
  ///
  /// - Returns: what to tell of it.
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
  /// What to tell a user whose pictures are better read so.
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

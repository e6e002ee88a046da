import Control
import Gray
import Images
import Sinks
import Synchronization
import Values

/// Has the board send the part of the picture that holds the fields, and no more.
///
/// The fields' places are found in a whole picture; what is sent from then on is followed by itself.
/// Where that fails, the whole picture is asked for again.
final class FieldRegion: Sendable {
  private struct State {
    /// The part that was asked for, upright; nil for the whole picture.
    var asked: PixelBox?
    /// Images that came whole although a part was asked for, and images of a part in a row in which
    /// the camera's movement isn't clear.
    var whole = 0
    var unclear = 0
    var isReleased = false
  }

  /// Whole images after which a part is asked for again: those that were on their way, and more.
  private static let patience = 30
  /// Unclear images of a part after which the whole picture is asked for.
  private static let mostUnclear = 3

  private let values: SharedValues
  private let mount: SessionMount
  private let wishes: BoardWishes
  private let state = Mutex(State())

  init(_ values: SharedValues, mount: SessionMount, wishes: BoardWishes) {
    (self.values, self.mount, self.wishes) = (values, mount, wishes)
  }

  /// Leaves the region to the user.
  func release() { state.withLock { $0.isReleased = true } }

  /// Takes an image that was read.
  ///
  /// - Parameters:
  ///   - image: the image.
  ///   - motion: the movement of the camera; nil where it was moved too far, or isn't clear.
  func follow(_ image: CapturedImage, motion: PictureMotion?) {
    let isPart = image.region != nil
    let isDue = state.withLock { state -> Bool in
      guard !state.isReleased else { return false }
      guard isPart else {
        state.whole += 1
        return state.asked == nil || state.whole > Self.patience
      }
      state.whole = 0
      state.unclear = motion == nil ? state.unclear + 1 : 0
      guard state.unclear >= Self.mostUnclear else { return false }
      state.asked = nil
      state.unclear = 0
      wishes.add(.region(nil))
      return false
    }
    guard isDue, let motion else { return }
    ask(image, motion)
  }

  /// Asks for the part of a whole image that holds the fields.
  private func ask(_ image: CapturedImage, _ motion: PictureMotion) {
    let mount = mount.told ?? mount.found ?? .upright
    guard image.isIntact, !values.focus.isEmpty, let decoded = try? DecodedImage(image) else {
      return
    }
    let picture = decoded.gray.uprighted(from: mount)
    let moved = values.focus.moved(by: motion, to: picture)
    let size = PictureSize(width: picture.width, height: picture.height)
    guard let part = moved.part(of: size) else { return }
    values.move(to: moved)
    wishes.add(.region(mount.sent(part, width: image.width, height: image.height)))
    state.withLock { ($0.asked, $0.whole) = (part, 0) }
  }
}

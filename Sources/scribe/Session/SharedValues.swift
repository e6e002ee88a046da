import Images
import Sinks
import Synchronization
import Values

/// The named values of a session's images, in the order in which they are read.
final class SharedValues: Sendable {
  private struct State {
    var focus: FieldFocus
    var reader: ValueReader
    /// The fields as they lay in the last whole picture; nil where they lie as in the reference.
    var moved: FieldFocus?
    /// The fields in the part of the picture that came last.
    var part: (place: PixelBox, of: PictureSize, focus: FieldFocus)?
  }

  /// The camera's name; nil for one without a file.
  private let camera: String?
  private let keepsHistory: Bool
  private let state: Mutex<State>

  init(_ focus: FieldFocus = .none, camera: String? = nil, keepsHistory: Bool = true) {
    (self.camera, self.keepsHistory) = (camera, keepsHistory)
    state = Mutex(
      State(focus: focus, reader: ValueReader(focus, keepsHistory: keepsHistory)))
  }

  /// What whole images are to be read for.
  var focus: FieldFocus { state.withLock { $0.focus } }

  /// What an image is to be read for, which may show a part of the picture.
  func focus(of image: CapturedImage, _ mount: Mount) -> FieldFocus {
    guard let (place, size) = image.uprightPart(mount) else { return focus }
    return state.withLock { state in
      if let part = state.part, part.place == place, part.of == size { return part.focus }
      let focus = (state.moved ?? state.focus).cut(to: place, of: size)
      state.part = (place, size, focus)
      return focus
    }
  }

  /// Takes the fields as they lie in a whole picture, for the parts of it that follow.
  func move(to focus: FieldFocus) {
    state.withLock { ($0.moved, $0.part) = (focus, nil) }
  }

  /// Takes other fields; what is known of those before is forgotten.
  func replace(_ focus: FieldFocus) {
    state.withLock { state in
      state = State(focus: focus, reader: ValueReader(focus, keepsHistory: keepsHistory))
    }
  }

  /// Adds the values to the report of an image.
  ///
  /// - Parameters:
  ///   - report: gets the camera's name and the values.
  ///   - motion: the movement of the camera; nil where it was moved too far.
  ///   - focus: what it was read for; nil for what whole images are read for.
  /// - Returns: messages about values that were given up.
  func add(
    to report: inout ImageReport, motion: PictureMotion?, in focus: FieldFocus? = nil
  ) -> [Message] {
    let time: UInt64? = if case .at(let time) = report.arrival { time.nanoseconds } else { nil }
    report.camera = camera
    return state.withLock { state in
      report.values = state.reader.values(of: report.reading, motion: motion, in: focus, at: time)
      return state.reader.losses.map { loss in
        let value = loss.value.number.map { "\($0)" } ?? loss.value.text
        return Message(
          "\(loss.field): the good value \(value) is given up, since \(loss.pictures) images in a "
            + "row contradict it; it starts anew", .yellow)
      }
    }
  }

  /// Forgets the values of a field, as after a meter was exchanged; of all without a name.
  func reset(_ field: String? = nil) { state.withLock { $0.reader.reset(field) } }
}

extension CapturedImage {
  /// The part of the camera's picture that the image shows, and the size of that picture, both
  /// upright; nil where it shows all.
  func uprightPart(_ mount: Mount) -> (place: PixelBox, of: PictureSize)? {
    guard let region else { return nil }
    var size = PictureSize(width: region.fullWidth, height: region.fullHeight)
    if mount.isSideways { size = PictureSize(width: size.height, height: size.width) }
    let place = PixelBox(x: region.x, y: region.y, width: width, height: height)
    return (mount.inverse.sent(place, width: size.width, height: size.height), size)
  }
}

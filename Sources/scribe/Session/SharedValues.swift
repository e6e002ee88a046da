import Images
import Sinks
import Synchronization
import Values

/// The named values of a session's images, in the order in which they are read.
final class SharedValues: Sendable {
  /// What the images are to be read for.
  let focus: FieldFocus
  private let camera: String
  private let reader: Mutex<ValueReader>

  init(_ focus: FieldFocus, camera: String, keepsHistory: Bool) {
    (self.focus, self.camera) = (focus, camera)
    reader = Mutex(ValueReader(focus, keepsHistory: keepsHistory))
  }

  /// Adds the values to the report of an image.
  ///
  /// - Parameters:
  ///   - report: gets the camera's name and the values.
  ///   - motion: the movement of the camera; nil where it was moved too far.
  /// - Returns: messages about values that were given up.
  func add(to report: inout ImageReport, motion: PictureMotion?) -> [Message] {
    let time: UInt64? = if case .at(let time) = report.arrival { time.nanoseconds } else { nil }
    report.camera = camera
    return reader.withLock { reader in
      report.values = reader.values(of: report.reading, motion: motion, at: time)
      return reader.losses.map { loss in
        let value = loss.value.number.map { "\($0)" } ?? loss.value.text
        return Message(
          "\(loss.field): the good value \(value) is given up, since \(loss.pictures) images in a "
            + "row contradict it; it starts anew", .yellow)
      }
    }
  }

  /// Forgets the values of a field, as after a meter was exchanged; of all without a name.
  func reset(_ field: String? = nil) { reader.withLock { $0.reset(field) } }
}

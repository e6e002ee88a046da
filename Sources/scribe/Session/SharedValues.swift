import Images
import Sinks
import Synchronization
import Values

/// The named values of a session's images, in the order in which they are read.
final class SharedValues: Sendable {
  private struct State {
    var focus: FieldFocus
    var reader: ValueReader
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

  /// What images are to be read for.
  var focus: FieldFocus { state.withLock { $0.focus } }

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
  /// - Returns: messages about values that were given up.
  func add(to report: inout ImageReport, motion: PictureMotion?) -> [Message] {
    let time: UInt64? = if case .at(let time) = report.arrival { time.nanoseconds } else { nil }
    report.camera = camera
    return state.withLock { state in
      report.values = state.reader.values(of: report.reading, motion: motion, at: time)
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

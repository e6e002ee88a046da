import Images
import OnBoard
import Sinks
import Text
import Values

/// The outcome of an image.
enum Outcome: Sendable {
  /// `shape` is the image's size and pixel format, for people; `image` is nil where the board sent
  /// text.
  case read(ImageReport, shape: String, image: CapturedImage?, Notes)
  case unreadable(number: UInt32, reason: String)

  /// Notes for people beside the reading.
  struct Notes: Sendable {
    /// Advice on the camera's mount.
    var advice: Message?
    /// Damage that decoding found.
    var damage: Damage?
    /// The movement of a camera with fields; nil where it was moved too far.
    var motion: PictureMotion? = PictureMotion.none
    /// What the image was read for; nil for what whole images are read for.
    var focus: FieldFocus?
  }

  /// Damage that decoding found and of which the link knew nothing.
  struct Damage: Sendable {
    var rows: Int
    /// Whether the link knew at least that something is wrong.
    var isKnown: Bool
  }

  /// The outcome of an image that the board read by itself.
  init(_ text: BoardText, source: String, _ arrival: ImageReport.Arrival) {
    self = .read(
      ImageReport(
        image: .number(text.number), source: source, arrival: arrival, width: text.width,
        height: text.height, reading: Reading(text), milliseconds: Double(text.milliseconds),
        isReadByBoard: true), shape: "\(text.width)x\(text.height) text", image: nil, Notes())
  }

  /// The outcome of an image that the host reads. Where the camera `goesOn`, the mount found in its
  /// images before is taken for this one too.
  init(
    _ image: CapturedImage, source: String, _ arrival: ImageReport.Arrival,
    by reader: SharedReader, _ mount: SessionMount, for focus: FieldFocus?, goesOn: Bool
  ) async {
    do {
      let read = try await reader.read(
        image, mount: goesOn ? mount.next() : mount.told.map { .known($0) } ?? .unknown, for: focus)
      let reading = read.reading
      let rows = image.isIntact ? reading.missingRows.reduce(0) { $0 + $1.count } : 0
      self = .read(
        ImageReport(
          image: .number(image.number), source: source, arrival: arrival, width: reading.width,
          height: reading.height, reading: reading, milliseconds: read.milliseconds,
          missingRows: reading.missingRows),
        shape: "\(reading.width)x\(reading.height) \(image.format.rawValue)", image: image,
        Notes(
          advice: mount.note(read),
          damage: rows == 0
            ? nil : Damage(rows: rows, isKnown: image.payload.suffix(2) != [0xFF, 0xD9]),
          motion: read.motion, focus: focus))
    } catch {
      self = .unreadable(number: image.number, reason: "\(error)")
    }
  }
}

import Images
import OnBoard
import Sinks
import Text

/// The outcome of an image.
enum Outcome: Sendable {
  /// `shape` is its size and pixel format, for people; there is no image where the board sent text.
  /// `advice` is what to tell of how the camera is mounted.
  case read(ImageReport, shape: String, image: CapturedImage?, advice: Message? = nil)
  case unreadable(number: UInt32, reason: String)

  /// What the board read by itself.
  init(_ text: BoardText, source: String, _ arrival: ImageReport.Arrival) {
    self = .read(
      ImageReport(
        image: .number(text.number), source: source, arrival: arrival, width: text.width,
        height: text.height, reading: Reading(text), milliseconds: Double(text.milliseconds),
        isReadByBoard: true), shape: "\(text.width)x\(text.height) text", image: nil)
  }

  /// What the host reads of an image. The mount that was found in images before is that of this one
  /// where the camera `goesOn`.
  init(
    _ image: CapturedImage, source: String, _ arrival: ImageReport.Arrival,
    by reader: SharedReader, _ mount: SessionMount, goesOn: Bool
  ) async {
    do {
      let read = try await reader.read(image, mount: goesOn ? mount.next() : .unknown)
      let reading = read.reading
      self = .read(
        ImageReport(
          image: .number(image.number), source: source, arrival: arrival, width: reading.width,
          height: reading.height, reading: reading, milliseconds: read.milliseconds,
          missingRows: image.missingRows),
        shape: "\(reading.width)x\(reading.height) \(image.format.rawValue)", image: image,
        advice: mount.note(read))
    } catch {
      self = .unreadable(number: image.number, reason: "\(error)")
    }
  }
}

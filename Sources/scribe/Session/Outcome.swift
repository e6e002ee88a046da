import Images
import OnBoard
import Sinks
import Text

/// The outcome of an image.
enum Outcome: Sendable {
  /// `shape` is the image's size and pixel format, for people; `image` is nil where the board sent
  /// text. `advice` is the advice on the camera's mount.
  case read(ImageReport, shape: String, image: CapturedImage?, advice: Message? = nil)
  case unreadable(number: UInt32, reason: String)

  /// The outcome of an image that the board read by itself.
  init(_ text: BoardText, source: String, _ arrival: ImageReport.Arrival) {
    self = .read(
      ImageReport(
        image: .number(text.number), source: source, arrival: arrival, width: text.width,
        height: text.height, reading: Reading(text), milliseconds: Double(text.milliseconds),
        isReadByBoard: true), shape: "\(text.width)x\(text.height) text", image: nil)
  }

  /// The outcome of an image that the host reads. Where the camera `goesOn`, the mount found in its
  /// images before is taken for this one too.
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

import Images
import OnBoard
import Sinks
import Text

/// The outcome of an image.
enum Outcome: Sendable {
  /// `shape` is the image's size and pixel format, for people.
  case read(ImageReport, shape: String)
  case unreadable(number: UInt32, reason: String)

  /// The outcome of an image that the board read by itself.
  init(_ text: BoardText, source: String?) {
    self = .read(
      ImageReport(
        image: .number(text.number), source: source, width: text.width, height: text.height,
        reading: Reading(text), milliseconds: Double(text.milliseconds), isReadByBoard: true),
      shape: "\(text.width)x\(text.height) text")
  }

  /// The outcome of an image that the host reads.
  init(_ image: CapturedImage, source: String?, by reader: SharedReader) async {
    do {
      let read = try await reader.read(image)
      let reading = read.reading
      self = .read(
        ImageReport(
          image: .number(image.number), source: source, width: reading.width,
          height: reading.height, reading: reading, milliseconds: read.milliseconds,
          missingRows: image.missingRows),
        shape: "\(reading.width)x\(reading.height) \(image.format.rawValue)")
    } catch {
      self = .unreadable(number: image.number, reason: "\(error)")
    }
  }
}

import Images
import OnBoard
import Sinks
import Text

/// What came of an image.
enum Outcome: Sendable {
  /// `shape` is its size and pixel format, for people.
  /// `advice` is what to tell of how the camera is mounted.
  case read(ImageReport, shape: String, advice: Message? = nil)
  case unreadable(number: UInt32, reason: String)

  /// What the board read by itself.
  init(_ text: BoardText, source: String?) {
    self = .read(
      ImageReport(
        image: .number(text.number), source: source, width: text.width, height: text.height,
        reading: Reading(text), milliseconds: Double(text.milliseconds), isReadByBoard: true),
      shape: "\(text.width)x\(text.height) text")
  }

  /// What the host reads of an image. The mount that was found in images before is that of this one
  /// where the camera `goesOn`.
  init(
    _ image: CapturedImage, source: String?, by reader: SharedReader, _ mount: SessionMount,
    goesOn: Bool
  ) async {
    do {
      let read = try await reader.read(image, mount: goesOn ? mount.next() : .unknown)
      let reading = read.reading
      self = .read(
        ImageReport(
          image: .number(image.number), source: source, width: reading.width,
          height: reading.height, reading: reading, milliseconds: read.milliseconds,
          missingRows: image.missingRows),
        shape: "\(reading.width)x\(reading.height) \(image.format.rawValue)",
        advice: mount.note(read))
    } catch {
      self = .unreadable(number: image.number, reason: "\(error)")
    }
  }
}

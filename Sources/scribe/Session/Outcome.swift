import Images
import OnBoard
import Sinks
import Text

/// What came of an image.
enum Outcome: Sendable {
  /// `shape` is its size and pixel format, for people.
  case read(ImageReport, shape: String, Damage?)
  case unreadable(number: UInt32, reason: String)

  /// What decoding found of which the link knew nothing.
  struct Damage: Sendable {
    var rows: Int
    /// The link knew at least that something is wrong.
    var isKnown: Bool
  }

  /// What the board read by itself.
  init(_ text: BoardText, source: String?) {
    self = .read(
      ImageReport(
        image: .number(text.number), source: source, width: text.width, height: text.height,
        reading: Reading(text), milliseconds: Double(text.milliseconds), isReadByBoard: true),
      shape: "\(text.width)x\(text.height) text", nil)
  }

  /// What the host reads of an image.
  init(_ image: CapturedImage, source: String?, by reader: SharedReader) async {
    do {
      let read = try await reader.read(image)
      let reading = read.reading
      let rows = image.isIntact ? reading.missingRows.reduce(0) { $0 + $1.count } : 0
      self = .read(
        ImageReport(
          image: .number(image.number), source: source, width: reading.width,
          height: reading.height, reading: reading, milliseconds: read.milliseconds,
          missingRows: reading.missingRows),
        shape: "\(reading.width)x\(reading.height) \(image.format.rawValue)",
        rows == 0 ? nil : Damage(rows: rows, isKnown: image.payload.suffix(2) != [0xFF, 0xD9]))
    } catch {
      self = .unreadable(number: image.number, reason: "\(error)")
    }
  }
}

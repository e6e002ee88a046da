import Gray
import Images
import Sinks

/// An image on its way to a file.
struct SavedPicture: Sendable {
  let image: CapturedImage
  let arrival: ImageReport.Arrival?
  /// The port or recording, where there are several.
  let source: String?

  /// The file's name without its ending: time, number, source. Of all that a board sends, only the
  /// number is part of it.
  var name: String {
    let digits = "\(image.number)"
    let number = String(repeating: "0", count: max(6 - digits.count, 0)) + digits
    let time: String? = if case .at(let time) = arrival { time.compact } else { nil }
    return [time, number, source.map(Self.plain)].compactMap { $0 }.joined(separator: "-")
  }

  /// The last part of a path in characters that every file system takes.
  static func plain(_ path: String) -> String {
    let last = path.split(separator: "/").last ?? "source"
    return String(
      last.prefix(40).map { character in
        character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
          ? character : "_"
      })
  }

  /// The file's ending and content: a JPEG as it was received, else a gray PNG, which is read as
  /// the image is.
  ///
  /// - Throws: `GrayError` where it can't be decoded.
  func file() throws(GrayError) -> (ending: String, bytes: [UInt8]) {
    switch image.format {
    case .jpeg: ("jpg", image.payload)
    case .png: ("png", image.payload)
    default: ("png", try GrayImage(image).encodedAsPNG())
    }
  }
}

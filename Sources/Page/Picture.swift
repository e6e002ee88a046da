import FoundationEssentials
package import Gray
package import Images
package import Sinks
import Synchronization
import Text

/// A picture as it came, encoded for viewers once, and only if one wants it.
package final class Picture: Sendable {
  /// Its number on this page: boards count anew when they start.
  package let id: Int
  package let image: CapturedImage
  /// Nanoseconds since 1970 when its last byte came; 0 where that isn't known.
  let time: UInt64

  package struct File: Sendable {
    /// The media type.
    package let type: String
    package let ending: String
    package let bytes: [UInt8]
  }

  /// Nil until somebody wants it.
  private let encoded = Mutex<Result<File, GrayError>?>(nil)

  package init(id: Int, image: CapturedImage, time: UInt64) {
    self.id = id
    self.image = image
    self.time = time
  }

  /// Bytes that it takes, without what was encoded.
  package var size: Int { image.byteCount }

  /// The picture as a file: a JPEG or PNG as it came, else a PNG, compressed little.
  ///
  /// - Throws: `GrayError` where it can't be decoded.
  package func file() throws(GrayError) -> File {
    try encoded.withLock { encoded in
      let file = encoded ?? Result { () throws(GrayError) in try Self.encode(image) }
      encoded = file
      return file
    }.get()
  }

  /// A new event that shows the picture to viewers; `CameraFeed` keeps it for all of them.
  func event(camera: Int) -> [UInt8] {
    let file = try? file()
    var line = JSONLine()
    line.object { line in
      line.member("camera", camera)
      line.member("picture", id)
      line.member("image", Int(image.number))
      line.member("time", UTCTime(time).precise)
      line.member("type", file?.type ?? "")
    }
    // The picture stands on a line of its own, so that nobody parses it as JSON.
    var bytes = Array("event: picture\ndata: \(line.text)\ndata: ".utf8)
    if let file { bytes += Data(file.bytes).base64EncodedData() }
    bytes += Array("\n\n".utf8)
    return bytes
  }

  private static func encode(_ image: CapturedImage) throws(GrayError) -> File {
    switch image.format {
    case .jpeg: return File(type: "image/jpeg", ending: "jpg", bytes: image.payload)
    case .png: return File(type: "image/png", ending: "png", bytes: image.payload)
    default:
      let png = try GrayImage(image).encodedAsPNG(isFast: true)
      return File(type: "image/png", ending: "png", bytes: png)
    }
  }
}

/// A picture and what was read in it.
package struct ReadPicture: Sendable {
  /// Nil where the board sent text alone.
  package let picture: Picture?
  let id: Int
  package let report: ImageReport
  /// The report with the picture's number, as JSON.
  let json: String

  init(picture: Picture?, id: Int, camera: Int, report: ImageReport) {
    self.picture = picture
    self.id = id
    self.report = report
    var line = JSONLine()
    line.object { line in
      line.member("camera", camera)
      line.key("picture")
      if let picture { line.value(picture.id) } else { line.null() }
      line.member("least", Self.leastConfidence(report), places: 4)
    }
    // The report's own members follow: one object, with the keys that JSON lines have.
    json = line.text.dropLast() + "," + report.json.dropFirst()
  }

  /// The confidence of the least sure line; 1 where there is none.
  package var leastConfidence: Double { Self.leastConfidence(report) }

  private static func leastConfidence(_ report: ImageReport) -> Double {
    report.reading.lines.map(\.confidence).min() ?? 1
  }
}

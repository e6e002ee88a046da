import Board
import FoundationEssentials
import Gray
import Images

/// Images to measure with.
struct Pages {
  /// Sizes by their names in the data sheets of cameras.
  static let sizes = [
    (name: "QQVGA", size: ImageSize(width: 160, height: 120)),
    (name: "QVGA", size: ImageSize(width: 320, height: 240)),
    (name: "VGA", size: ImageSize(width: 640, height: 480)),
  ]

  private static let texts = ["SN 4711", "LOT B-27", "12.5 kW", "2026-11"]

  /// A printed label of four lines, photographed: the capitals are as tall as the size leaves room
  /// for, so a larger image has no more characters.
  static func label(_ size: ImageSize, lines: Int = 4) throws -> SimulatedBoard {
    try board(text: texts.prefix(lines).joined(separator: "\n"), size)
  }

  static func board(
    text: String, _ size: ImageSize, textHeight: Double? = nil,
    configuration: SimulatedBoard.Configuration = SimulatedBoard.Configuration()
  ) throws -> SimulatedBoard {
    let setter = Typesetter(font: try OutlineFont(), imageSize: size)
    let scene = Scene(sheet: try setter.set(text, textHeight: textHeight))
    return try SimulatedBoard(pictures: [Picture(scene)], configuration: configuration)
  }

  /// A photographed page of six lines.
  static func page(_ size: ImageSize) throws -> GrayImage {
    let text = """
      Type: RM-4310/B  230 V~
      SN: 8840-17-002931
      Made 2026-11-21, lot 7C
      P max 12.5 kW  IP65
      Do not open: 400 V inside
      www.example.org/rm4310
      """
    let sheet = try Typesetter(font: try OutlineFont(), imageSize: size).set(text)
    return CameraModel().shoot(Scene(sheet: sheet), number: 0, seed: 1)
  }

  /// The bytes that a board sends for the label.
  static func bytes(
    _ size: ImageSize, _ configuration: SimulatedBoard.Configuration
  ) throws -> [UInt8] {
    let text = texts.joined(separator: "\n")
    var board = try board(text: text, size, configuration: configuration)
    return try board.nextImageBytes()
  }

  /// The PNG and JPEG files of a folder as gray pixels, by size.
  static func folder(_ path: String) throws -> [(name: String, images: [CapturedImage])] {
    var groups: [String: [CapturedImage]] = [:]
    let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
      .filter { name in
        [".png", ".jpg", ".jpeg"].contains { name.lowercased().hasSuffix($0) }
      }
    for name in names {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
      let gray = try GrayImage(try CapturedImage(file: bytes))
      let known = sizes.first { $0.size.width == gray.width && $0.size.height == gray.height }
      groups[known?.name ?? "\(gray.width)x\(gray.height)", default: []].append(
        CapturedImage(
          number: 0, width: gray.width, height: gray.height, format: .gray8,
          payload: gray.pixels))
    }
    func pixels(_ group: (key: String, value: [CapturedImage])) -> Int {
      group.value.first?.payload.count ?? 0
    }
    return groups.sorted { (pixels($0), $0.key) < (pixels($1), $1.key) }
      .map { (name: $0.key, images: $0.value) }
  }
}

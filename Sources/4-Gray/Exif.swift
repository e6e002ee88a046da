import Images

/// EXIF data: how the camera was held, and when it took the picture.
struct Exif {
  private let data: ArraySlice<UInt8>
  private let isLittleEndian: Bool

  /// - Parameter data: a TIFF header and its directories, as JPEG, PNG and WebP carry them.
  init?(_ data: ArraySlice<UInt8>) {
    var data = data
    // This mark is JPEG's; some writers put it into WebP, too.
    if data.starts(with: Array("Exif\0\0".utf8)) { data = data.dropFirst(6) }
    if data.starts(with: [0x49, 0x49, 0x2A, 0]) {
      isLittleEndian = true
    } else if data.starts(with: [0x4D, 0x4D, 0, 0x2A]) {
      isLittleEndian = false
    } else {
      return nil
    }
    self.data = data
  }

  /// The way the camera was held; nil where the data tell no valid orientation.
  var mount: Mount? {
    // A short fills the first two of its field's four bytes.
    field(Self.orientation, in: number(at: 4, bytes: 4))
      .flatMap { number(at: $0 + 8, bytes: 2) }.flatMap(Mount.init(exif:))
  }

  /// The time when the picture was taken, as `2026-11-30T07:15:00`, with the clock's distance from
  /// UTC behind it where that is told, else by the camera's own clock; nil where there is none.
  var taken: String? {
    let details = field(Self.details, in: number(at: 4, bytes: 4))
      .flatMap { number(at: $0 + 8, bytes: 4) }
    let times = [(Self.original, Self.originalOffset), (Self.digitized, Self.digitizedOffset)]
    for (time, offset) in times {
      guard let shown = text(time, in: details, as: "0000:00:00 00:00:00") else { continue }
      let parts = shown.split(separator: " ")
      let zone = text(offset, in: details, as: "+00:00") ?? ""
      return parts[0].replacing(":", with: "-") + "T" + parts[1] + zone
    }
    return nil
  }

  private func number(at offset: Int, bytes: Int) -> Int? {
    guard offset >= 0, offset <= data.count - bytes else { return nil }
    let first = data.startIndex + offset
    let part = data[first..<first + bytes]
    return isLittleEndian
      ? part.reversed().reduce(0) { $0 << 8 | Int($1) } : part.reduce(0) { $0 << 8 | Int($1) }
  }

  /// The place of a field's entry in a directory.
  private func field(_ tag: Int, in directory: Int?) -> Int? {
    guard let directory, let count = number(at: directory, bytes: 2) else { return nil }
    return (0..<count).lazy.map { directory + 2 + 12 * $0 }
      .first { number(at: $0, bytes: 2).map { $0 == tag } ?? true }
      .flatMap { number(at: $0, bytes: 2) == tag ? $0 : nil }
  }

  /// A field's text where it has the form of `form`: digits for its zeros, `+` or `-` for its `+`,
  /// else the same characters. Clocks that were never set have blanks in place of digits.
  private func text(_ tag: Int, in directory: Int?, as form: String) -> String? {
    let form = Array(form.utf8)
    guard let entry = field(tag, in: directory), let count = number(at: entry + 4, bytes: 4),
      form.count...form.count + 1 ~= count, let place = number(at: entry + 8, bytes: 4),
      place >= 0, place <= data.count - form.count
    else { return nil }
    let text = data.dropFirst(place).prefix(form.count)
    let fits = zip(text, form).allSatisfy { code, wanted in
      switch wanted {
      case UInt8(ascii: "0"): (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(code)
      case UInt8(ascii: "+"): code == wanted || code == UInt8(ascii: "-")
      default: code == wanted
      }
    }
    let isSet = text.contains { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) }
    // An offset of nothing but zeros is one; a date isn't.
    return fits && (isSet || form.count < 10) ? String(decoding: text, as: UTF8.self) : nil
  }

  // Tags of EXIF 2.32.
  private static let orientation = 0x0112
  private static let details = 0x8769
  private static let original = 0x9003
  private static let digitized = 0x9004
  private static let originalOffset = 0x9011
  private static let digitizedOffset = 0x9012
}

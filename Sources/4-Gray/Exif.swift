import Images

/// The way the camera was held, as EXIF data tell it.
enum Exif {
  /// - Parameter data: a TIFF header and its first directory, as JPEG, PNG and WebP carry them.
  /// - Returns: nil where the data tell no valid orientation.
  static func mount(_ data: ArraySlice<UInt8>) -> Mount? {
    var data = data
    // This mark is JPEG's; some writers put it into WebP, too.
    if data.starts(with: Array("Exif\0\0".utf8)) { data = data.dropFirst(6) }
    let isLittleEndian: Bool
    if data.starts(with: [0x49, 0x49, 0x2A, 0]) {
      isLittleEndian = true
    } else if data.starts(with: [0x4D, 0x4D, 0, 0x2A]) {
      isLittleEndian = false
    } else {
      return nil
    }
    func number(at offset: Int, bytes: Int) -> Int? {
      let first = data.startIndex + offset
      guard offset >= 0, offset <= data.count - bytes else { return nil }
      let part = data[first..<first + bytes]
      return isLittleEndian
        ? part.reversed().reduce(0) { $0 << 8 | Int($1) } : part.reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(at: 4, bytes: 4), let count = number(at: directory, bytes: 2)
    else { return nil }
    for entry in (0..<count).lazy.map({ directory + 2 + 12 * $0 }) {
      guard let tag = number(at: entry, bytes: 2) else { return nil }
      guard tag == orientation else { continue }
      // A short fills the first two of its field's four bytes.
      return number(at: entry + 8, bytes: 2).flatMap(Mount.init(exif:))
    }
    return nil
  }

  private static let orientation = 0x0112
}

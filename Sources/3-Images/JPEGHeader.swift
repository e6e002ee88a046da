/// The facts of a JPEG's header before its compressed data (ITU-T T.81, B.2).
struct JPEGHeader {
  private(set) var width = 0
  private(set) var height = 0
  /// Nothing but FF D9 may follow the compressed data.
  private(set) var isOneScan = false
  private var components = 0
  private var isSequential = false

  /// Takes the segment whose marker is at `offset`. `.no` where it can't be: a size of nothing, or
  /// compressed data of unknown size.
  mutating func take(
    _ code: UInt8, length: Int, in buffer: [UInt8], at offset: Int
  ) -> JPEGStart.Verdict {
    switch code {
    case 0xC4, 0xC8, 0xCC: return .yes
    case 0xC0...0xCF:
      guard offset + 9 < buffer.count else { return .open }
      height = Int(buffer[offset + 5]) << 8 | Int(buffer[offset + 6])
      width = Int(buffer[offset + 7]) << 8 | Int(buffer[offset + 8])
      components = Int(buffer[offset + 9])
      isSequential = code <= 0xC1
      return width > 0 && height > 0 && components > 0 && length == 8 + 3 * components
        ? .yes : .no
    case 0xDA:
      guard offset + 4 < buffer.count else { return .open }
      let count = Int(buffer[offset + 4])
      isOneScan = isSequential && count == components
      return components > 0 && 1...4 ~= count && length == 6 + 2 * count ? .yes : .no
    default: return .yes
    }
  }

  /// Whether bytes start as a JPEG does, up to compressed data of a size that can be.
  static func leadsToData(_ file: [UInt8]) -> Bool {
    guard file.count > 2, file[0] == 0xFF, file[1] == 0xD8 else { return false }
    var header = JPEGHeader()
    var at = 2
    while at + 3 < file.count, file[at] == 0xFF {
      let code = file[at + 1]
      if code == 0xFF {
        at += 1
        continue
      }
      let length = Int(file[at + 2]) << 8 | Int(file[at + 3])
      guard 0xC0...0xCF ~= code || 0xDA...0xFE ~= code, length >= 2,
        header.take(code, length: length, in: file, at: at) == .yes
      else { return false }
      if code == 0xDA { return true }
      at += 2 + length
    }
    return false
  }
}

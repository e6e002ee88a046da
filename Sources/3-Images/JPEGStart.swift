/// The start of JPEG files, also where the first bytes were lost or changed on the way.
enum JPEGStart {
  enum Verdict {
    case yes, no
    /// More bytes tell.
    case open
  }

  /// The bytes behind FF D8 in most files, never within compressed data by chance: JFIF's or
  /// EXIF's segment, or where `afterStart`, a table for quantization of a usual size.
  static func header(in buffer: [UInt8], at offset: Int, afterStart: Bool) -> Verdict {
    var verdict = Verdict.no
    for pattern in afterStart ? named + tables : named {
      switch match(pattern, in: buffer, at: offset) {
      case .yes: return .yes
      case .open: verdict = .open
      case .no: break
      }
    }
    return verdict
  }

  /// Nil for any byte.
  private static let named: [[UInt8?]] = [
    [0xFF, 0xE0, nil, nil, 0x4A, 0x46, 0x49, 0x46, 0],
    [0xFF, 0xE1, nil, nil, 0x45, 0x78, 0x69, 0x66, 0, 0],
  ]
  private static let tables: [[UInt8?]] = [
    [0xFF, 0xDB, 0, 0x43, 0], [0xFF, 0xDB, 0, 0x43, 1], [0xFF, 0xDB, 0, 0x84, 0],
    [0xFF, 0xDB, 0, 0xC5, 0],
  ]

  /// Whether such a header may have this marker; the others may begin a start themselves.
  static func mayBeHeader(_ code: UInt8) -> Bool { code == 0xE0 || code == 0xE1 || code == 0xDB }

  private static func match(_ pattern: [UInt8?], in buffer: [UInt8], at offset: Int) -> Verdict {
    for (index, byte) in pattern.enumerated() {
      guard offset + index < buffer.count else { return .open }
      if let byte, byte != buffer[offset + index] { return .no }
    }
    return .yes
  }

  /// Whether a byte is another with one bit changed.
  static func isNearly(_ byte: UInt8, _ other: UInt8) -> Bool {
    (byte ^ other).nonzeroBitCount == 1
  }

  /// The number of bytes before `offset`, not before `first`, that are left of FF D8: D8 whose FF was
  /// lost or has a bit changed.
  static func remainder(in buffer: [UInt8], before offset: Int, from first: Int) -> Int {
    guard offset > first, buffer[offset - 1] == 0xD8 else { return 0 }
    return offset - 1 > first && isNearly(buffer[offset - 2], 0xFF) ? 2 : 1
  }

  /// The number of bytes at the end that may be the first of a start, so that more bytes decide.
  static func heldBack(in buffer: [UInt8], from first: Int) -> Int {
    let remainder = remainder(in: buffer, before: buffer.count, from: first)
    guard remainder == 0, let last = buffer.last, buffer.count > first else { return remainder }
    return isNearly(last, 0xFF) ? 1 : 0
  }
}

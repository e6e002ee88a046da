/// Decodes the first picture of a PBM, PGM or PPM file, in digits or bytes.
func decodePNM(_ file: [UInt8]) throws(GrayError) -> PictureRows {
  var header = try PNMHeader(file)
  var rows = try PictureRows(width: header.width, height: header.height, hasAlpha: false)
  var row = [UInt8](repeating: 0, count: header.width)
  for y in 0..<header.height {
    guard header.readRow(of: file, into: &row) else {
      throw .file(.pnm, "it ends in row \(y) of \(header.height)")
    }
    row.withUnsafeBufferPointer { rows.add($0, row: y) }
  }
  return rows
}

/// The header of a PNM file, and the place up to which the file is read.
struct PNMHeader {
  let width: Int
  let height: Int
  /// The number of the kind, 1...6 for P1 to P6.
  private let kind: UInt8
  /// The value that is white.
  private let largest: Int
  private var at: Int

  private var isBits: Bool { kind == 1 || kind == 4 }
  private var isColored: Bool { kind == 3 || kind == 6 }
  private var isDigits: Bool { kind <= 3 }

  init(_ file: [UInt8]) throws(GrayError) {
    kind = file[1] - 0x30
    at = 2
    func next(_ at: inout Int) throws(GrayError) -> Int {
      guard let number = Self.number(in: file, at: &at) else {
        throw .file(.pnm, "its header is cut off or none")
      }
      return number
    }
    width = try next(&at)
    height = try next(&at)
    largest = kind == 1 || kind == 4 ? 1 : try next(&at)
    guard (1...65535).contains(largest) else {
      throw .file(.pnm, "its largest value is \(largest), not 1 to 65535")
    }
    // A single white space stands before bytes.
    if kind > 3 { at += 1 }
  }

  /// The next number, after white space and comments.
  private static func number(in file: [UInt8], at: inout Int) -> Int? {
    while at < file.count {
      if file[at] == 0x23 {
        while at < file.count, file[at] != 0x0A, file[at] != 0x0D { at += 1 }
      } else if isSpace(file[at]) {
        at += 1
      } else {
        break
      }
    }
    var value: Int?
    while at < file.count, (0x30...0x39).contains(file[at]) {
      value = min(1 << 40, 10 * (value ?? 0) + Int(file[at] - 0x30))
      at += 1
    }
    return value
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  /// - Returns: whether the whole row is there.
  mutating func readRow(of file: [UInt8], into row: inout [UInt8]) -> Bool {
    if kind == 4 {
      let bytes = (width + 7) / 8
      guard bytes <= file.count - at else { return false }
      for x in 0..<width { row[x] = file[at + x >> 3] >> UInt8(7 - x & 7) & 1 == 1 ? 0 : 255 }
      at += bytes
      return true
    }
    if !isDigits {
      let bytes = width * (isColored ? 3 : 1) * (largest > 255 ? 2 : 1)
      guard bytes <= file.count - at else { return false }
    }
    for x in 0..<width {
      guard let first = sample(file) else { return false }
      if isColored {
        guard let green = sample(file), let blue = sample(file) else { return false }
        row[x] = luma(red: first, green: green, blue: blue)
      } else {
        row[x] = isBits ? 255 - first : first
      }
    }
    return true
  }

  /// One value, spread over 0...255.
  private mutating func sample(_ file: [UInt8]) -> UInt8? {
    let value: Int
    if kind == 1 {
      // Digits of bits may stand without space between them.
      while at < file.count, Self.isSpace(file[at]) { at += 1 }
      guard at < file.count, file[at] == 0x30 || file[at] == 0x31 else { return nil }
      value = Int(file[at] - 0x30)
      at += 1
    } else if isDigits {
      guard let number = Self.number(in: file, at: &at) else { return nil }
      value = number
    } else if largest > 255 {
      value = Int(file[at]) << 8 | Int(file[at + 1])
      at += 2
    } else {
      value = Int(file[at])
      at += 1
    }
    return UInt8((min(value, largest) * 255 + largest / 2) / largest)
  }
}

import Foundation

/// Image files made byte by byte, for what no writer at hand makes.
enum MadeFile {
  /// A PNG of any kind, without compression: `pixel` gives the bytes of a pixel as the color type has
  /// them, `chunks` stand before the pixels.
  static func png(
    width: Int, height: Int, depth: UInt8, colorType: UInt8, isInterlaced: Bool = false,
    chunks: [(name: String, body: [UInt8])] = [], pixel: (_ x: Int, _ y: Int) -> [UInt8]
  ) -> [UInt8] {
    // Adam7: first column and row, and steps, of each pass.
    let passes =
      isInterlaced
      ? [
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
        (0, 1, 1, 2),
      ] : [(0, 0, 1, 1)]
    var rows: [UInt8] = []
    for (left, top, right, down) in passes where left < width {
      for y in stride(from: top, to: height, by: down) {
        rows.append(0)
        for x in stride(from: left, to: width, by: right) { rows += pixel(x, y) }
      }
    }
    let header = word(width) + word(height) + [depth, colorType, 0, 0, isInterlaced ? 1 : 0]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
      + chunks.flatMap { chunk($0.name, $0.body) } + chunk("IDAT", stored(rows))
      + chunk("IEND", [])
  }

  private static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
    let covered = Array(name.utf8) + body
    var crc = UInt32.max
    for byte in covered {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return word(body.count) + covered + word(Int(~crc))
  }

  /// zlib's format without compression.
  private static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var (a, b) = (1, 0)
    for byte in bytes {
      a = (a + Int(byte)) % 65521
      b = (b + a) % 65521
    }
    var out: [UInt8] = [0x78, 0x01]
    let size = 65535
    for start in stride(from: 0, to: bytes.count, by: size) {
      let part = bytes[start..<min(start + size, bytes.count)]
      out.append(start + size >= bytes.count ? 1 : 0)
      out += little(part.count, 2) + little(~part.count & 0xFFFF, 2) + part
    }
    return out + word(b << 16 | a)
  }

  /// A BMP with a header of 40 bytes; a negative height stands for rows from the top down.
  static func bmp(
    width: Int, height: Int, bits: Int, coding: Int = 0, masks: [UInt32] = [],
    palette: [UInt8] = [], body: [UInt8]
  ) -> [UInt8] {
    let start = 54 + 4 * masks.count + 4 * palette.count
    var file = Array("BM".utf8) + little(start + body.count, 4) + little(0, 4)
    file += little(start, 4) + little(40, 4) + little(width, 4) + little(height, 4)
    file += little(1, 2) + little(bits, 2) + little(coding, 4) + little(body.count, 4)
    file += little(0, 8) + little(palette.count, 4) + little(0, 4)
    file += masks.flatMap { little(Int($0), 4) } + palette.flatMap { [$0, $0, $0, 0] }
    return file + body
  }

  /// A gray TIFF without compression, in tiles of 16x16 or in one strip.
  static func tiff(
    width: Int, height: Int, isTiled: Bool = false, orientation: Int = 1, isBigEndian: Bool = false,
    gray: (_ x: Int, _ y: Int) -> UInt8
  ) -> [UInt8] {
    var tiles: [[UInt8]] = []
    let side = isTiled ? 16 : max(width, height)
    for top in stride(from: 0, to: height, by: side) {
      for left in stride(from: 0, to: width, by: side) {
        let right = isTiled ? left + side : width
        let bottom = isTiled ? top + side : height
        tiles.append(
          (top..<bottom).flatMap { y in
            (left..<right).map { x in x < width && y < height ? gray(x, y) : 77 }
          })
      }
    }
    func number(_ value: Int, _ bytes: Int) -> [UInt8] {
      isBigEndian ? little(value, bytes).reversed() : little(value, bytes)
    }
    // Tag and type: 3 for two bytes, 4 for four.
    var entries: [(Int, Int, [Int])] = [
      (256, 4, [width]), (257, 4, [height]), (258, 3, [8]), (259, 3, [1]), (262, 3, [1]),
      (274, 3, [orientation]), (277, 3, [1]),
    ]
    let count = entries.count + (isTiled ? 4 : 3)
    let lists = 8 + 2 + 12 * count + 4
    let first = lists + 8 * tiles.count
    let offsets = tiles.indices.map { i in first + tiles[..<i].reduce(0) { $0 + $1.count } }
    let sizes = tiles.map(\.count)
    if isTiled {
      entries += [(322, 3, [16]), (323, 3, [16]), (324, 4, offsets), (325, 4, sizes)]
    } else {
      entries += [(273, 4, offsets), (278, 4, [height]), (279, 4, sizes)]
      entries.sort { $0.0 < $1.0 }
    }
    var file = (isBigEndian ? [0x4D, 0x4D] : [0x49, 0x49]) + number(42, 2) + number(8, 4)
    file += number(count, 2)
    var behind: [UInt8] = []
    for (tag, type, values) in entries {
      file += number(tag, 2) + number(type, 2) + number(values.count, 4)
      if values.count == 1 {
        let value = number(values[0], type == 3 ? 2 : 4)
        file += value + [UInt8](repeating: 0, count: 4 - value.count)
      } else {
        file += number(lists + behind.count, 4)
        behind += values.flatMap { number($0, 4) }
      }
    }
    file += number(0, 4) + behind
    file += [UInt8](repeating: 0, count: first - file.count)
    return file + tiles.joined()
  }

  /// EXIF data that tell an orientation, as they stand in PNG and, behind six bytes, in JPEG.
  static func exif(orientation: Int, isBigEndian: Bool = false) -> [UInt8] {
    isBigEndian
      ? [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation)]
        + [0, 0, 0, 0, 0, 0]
      : [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, UInt8(orientation), 0]
        + [0, 0, 0, 0, 0, 0]
  }

  /// The four bytes of a number, the highest first.
  private static func word(_ value: Int) -> [UInt8] { little(value, 4).reversed() }

  static func little(_ value: Int, _ bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// A file of `Files`.
  static func kept(_ name: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Files")
    return try [UInt8](Data(contentsOf: folder.appending(path: name)))
  }
}

import CJPEGRows
import Images

/// The rest of a JPEG that can't be decoded to its end.
struct JPEGSalvage {
  private let gray: GrayImage
  private let exif: Mount?
  private let damage: scribe_jpeg_damage
  /// For each row of MCUs whether decoding said that it can't be right.
  private let warned: [Bool]
  private let hasEnd: Bool

  /// Nil where there is nothing to show.
  init?(_ file: [UInt8], _ exif: Mount?, width: Int, height: Int) {
    var pixels = [UInt8](repeating: 128, count: width * height)
    var warned = [UInt8](repeating: 0, count: (height + 7) / 8)
    var damage = scribe_jpeg_damage()
    guard
      scribe_jpeg_salvage(
        file, file.count, &pixels, UInt32(width), UInt32(height), &warned, &damage) != 0
    else { return nil }
    gray = GrayImage(width: width, height: height, pixels: pixels)
    self.exif = exif
    self.damage = damage
    let rows = (height + Int(damage.mcu_height) - 1) / Int(damage.mcu_height)
    self.warned = warned.prefix(rows).map { $0 != 0 }
    hasEnd = Self.hasEnd(file)
  }

  /// The picture with its damaged rows marked; nil where none is left.
  var image: DecodedImage? {
    let rows = damagedRows
    guard rows != [0..<gray.height] else { return nil }
    return DecodedImage(
      gray,
      missing: rows.isEmpty
        ? nil : MissingPixels(width: gray.width, height: gray.height, rows: rows), exif: exif)
  }

  /// The first row that can't be right.
  var firstDamagedRow: Int? { damagedRows.first?.lowerBound }

  /// Rows of pixels that can't be right, ascending and disjoint.
  private var damagedRows: [Range<Int>] {
    let side = Int(damage.mcu_height)
    var damaged = damage.restart_interval > 0 ? tornIntervals : tornRows
    // Rows that were never decoded.
    for row in damaged.indices where (row + 1) * side > Int(damage.rows_decoded) {
      if min((row + 1) * side, gray.height) > Int(damage.rows_decoded) { damaged[row] = true }
    }
    var ranges: [Range<Int>] = []
    for row in damaged.indices where damaged[row] {
      let end = min((row + 1) * side, gray.height)
      if let last = ranges.last, last.upperBound == row * side {
        ranges[ranges.count - 1] = last.lowerBound..<end
      } else {
        ranges.append(row * side..<end)
      }
    }
    return ranges
  }

  /// From the start of each interval with a warning to the warning: behind the next restart marker all
  /// is right again.
  private var tornIntervals: [Bool] {
    var damaged = warned
    let interval = Int(damage.restart_interval)
    for row in warned.indices where warned[row] {
      let first = row * columns / interval * interval / columns
      for torn in first..<row { damaged[torn] = true }
    }
    return damaged
  }

  /// All from where the picture breaks, or else from where decoding failed.
  private var tornRows: [Bool] {
    let first = warned.firstIndex(of: true)
    // Bytes in place of a lost end do no harm; before an end they were taken for pixels.
    guard first != nil || (hasEnd && damage.extraneous_bytes > 0) else { return warned }
    // A file that is but cut is right up to where it ends.
    let isCut = damage.is_short != 0 && !hasEnd
    let broken = isCut ? nil : breakRow(before: first ?? warned.count)
    let step =
      isCut
      ? nil
      : JPEGBreak(
        gray, width: Int(damage.mcu_width), height: Int(damage.mcu_height))?.row
    let torn = [first, broken, step].compactMap(\.self).min()
    guard let torn else { return warned }
    return warned.indices.map { $0 >= torn }
  }

  /// MCUs in a row of them.
  private var columns: Int {
    (gray.width + Int(damage.mcu_width) - 1) / Int(damage.mcu_width)
  }

  /// Differences at the borders of MCUs, in gray levels, that are a break at least.
  ///
  /// After lost bytes the rest of the picture lies elsewhere and in another light, so that a row's
  /// width of MCUs doesn't fit to those above. Of 182 pictures with bytes lost or added 111 were found
  /// to break in the very row, 8 above it; the others break where little is to be seen of it.
  private static let leastBreak = 3.0

  /// The row of MCUs, from the second to `end`, where the picture fits least to what is above.
  private func breakRow(before end: Int) -> Int? {
    let (wide, high) = (Int(damage.mcu_width), Int(damage.mcu_height))
    let columns = gray.width / wide
    let rows = min(end, gray.height / high - 1)
    guard columns > 0, rows > 0, high > 2 else { return nil }
    var fits: [Double] = []
    for row in 1..<rows + 1 {
      for column in 0..<columns { fits.append(misfit(column * wide, row * high, wide)) }
    }
    var sum = fits.prefix(columns).reduce(0, +)
    var worst = (sum: 0.0, at: 0)
    for at in 0...fits.count - columns {
      if sum > worst.sum { worst = (sum, at) }
      guard at + columns < fits.count else { break }
      sum += fits[at + columns] - fits[at]
    }
    return worst.sum / Double(columns) > Self.leastBreak ? 1 + worst.at / columns : nil
  }

  /// The amount by which a border's two sides differ more than rows beside it do.
  private func misfit(_ x: Int, _ y: Int, _ count: Int) -> Double {
    var sum = 0
    for column in x..<x + count {
      func level(_ row: Int) -> Int { Int(gray.pixels[row * gray.width + column]) }
      let inside = max(abs(level(y - 1) - level(y - 2)), abs(level(y + 1) - level(y)))
      sum += max(0, abs(level(y) - level(y - 1)) - inside)
    }
    return Double(sum) / Double(count)
  }
}

// MARK: - Files

extension JPEGSalvage {
  /// Whether FF D9 is at the end, but for padding.
  private static func hasEnd(_ file: [UInt8]) -> Bool {
    guard let end = file.lastIndex(where: { $0 != 0 && $0 != 0xFF }) else { return false }
    return end > 0 && file[end] == 0xD9 && file[end - 1] == 0xFF
  }

  /// Whether the last `count` bytes before FF D9 are but padding.
  static func isPadding(_ count: Int, beforeEndOf file: [UInt8]) -> Bool {
    guard let end = file.lastIndex(of: 0xD9), end > count else { return false }
    let padding = file[end - 1 - count..<end - 1]
    return padding.allSatisfy { $0 == 0 || $0 == 0xFF }
  }

  /// Printed characters in a row that are a line of text among compressed data: by chance once in
  /// 10^8 files.
  private static let leastLine = 20
  /// Bytes of the data before a line that may be printed characters by chance, at most.
  static let mostCharactersOfData = 8

  /// The start of the first line of text, as boards log them, in the compressed data; a few bytes
  /// before it may belong to it, too.
  static func firstLine(in file: [UInt8]) -> Int? { lines(in: file).first?.lowerBound }

  /// The file without lines of text in its compressed data; nil where there are none. `kept` is how
  /// many bytes of the first run of characters are data before it.
  static func withoutLines(_ file: [UInt8], keeping kept: Int) -> [UInt8]? {
    let lines = lines(in: file)
    guard let first = lines.first else { return nil }
    var rest = Array(file[..<(first.lowerBound + kept)])
    for (line, next) in zip(lines, lines.dropFirst()) {
      rest += file[line.upperBound..<next.lowerBound]
    }
    return rest + file[lines[lines.count - 1].upperBound...]
  }

  /// Runs of printed characters up to their line feed.
  private static func lines(in file: [UInt8]) -> [Range<Int>] {
    guard let start = dataStart(file) else { return [] }
    var lines: [Range<Int>] = []
    var run = start
    for at in start..<max(start, file.count - 1) where !(0x20...0x7E ~= file[at]) {
      let isReturn = file[at] == 0x0D && file[at + 1] == 0x0A
      if at - run >= leastLine, isReturn || file[at] == 0x0A {
        lines.append(run..<at + (isReturn ? 2 : 1))
      }
      run = at + 1
    }
    return lines
  }

  /// The misfit of the blocks of a picture to those above, over all of it: least where nothing is lost.
  static func roughness(_ gray: GrayImage) -> Int {
    var sum = 0
    for row in stride(from: 8, to: gray.height, by: 8) {
      for at in row * gray.width..<(row + 1) * gray.width {
        sum += abs(Int(gray.pixels[at]) - Int(gray.pixels[at - gray.width]))
      }
    }
    return sum
  }

  /// Behind the header of the first scan.
  private static func dataStart(_ file: [UInt8]) -> Int? {
    var at = 2
    while at + 3 < file.count, file[at] == 0xFF {
      let length = Int(file[at + 2]) << 8 | Int(file[at + 3])
      if file[at + 1] == 0xDA { return min(at + 2 + length, file.count) }
      at += 2 + max(2, length)
    }
    return nil
  }
}

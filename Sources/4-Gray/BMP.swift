/// Decodes a BMP file: 1, 4, 8, 16, 24 and 32 bits a pixel, runs of 4 and 8 bits, either way up.
func decodeBMP(_ file: [UInt8]) throws(GrayError) -> PictureRows {
  let header = try BMPHeader(file)
  guard header.coding.isRuns else { return try bareRows(header, file) }
  var rows = try PictureRows(width: header.width, height: header.height, hasAlpha: false)
  // A jump fills rows without a byte of their own, so a large picture needs a file of some size.
  guard rows.halvings == 0 || header.width * header.height / 512 <= file.count else {
    throw .file(.bmp, "its runs can't fill \(header.width)x\(header.height) pixels")
  }
  try readRuns(header, file, into: &rows)
  return rows
}

/// Rows of pixels without runs.
private func bareRows(_ header: BMPHeader, _ file: [UInt8]) throws(GrayError) -> PictureRows {
  let bytesPerRow = (header.width * header.bits + 31) / 32 * 4
  let (there, torn) = max(0, file.count - header.start).quotientAndRemainder(
    dividingBy: bytesPerRow)
  // Some writers leave out the padding of the last row.
  let lastRow = (header.width * header.bits + 7) / 8
  guard there + (torn >= lastRow ? 1 : 0) >= header.height else {
    throw .file(.bmp, "it ends in row \(there) of \(header.height)")
  }
  let body = file[header.start..<min(file.count, header.start + bytesPerRow * header.height)]
  let hasAlpha = header.hasAlpha(in: body)
  var rows = try PictureRows(width: header.width, height: header.height, hasAlpha: hasAlpha)
  var row = [UInt8](repeating: 0, count: header.width * (hasAlpha ? 2 : 1))
  for i in 0..<header.height {
    let first = header.start + i * bytesPerRow
    let bytes = file[first..<min(file.count, first + bytesPerRow)]
    header.unpack(bytes, hasAlpha: hasAlpha, into: &row)
    let y = header.isTopDown ? i : header.height - 1 - i
    row.withUnsafeBufferPointer { rows.add($0, row: y) }
  }
  return rows
}

/// Reads runs of one value, pieces of bare values, and jumps, which leave colour 0 behind.
private func readRuns(
  _ header: BMPHeader, _ file: [UInt8], into rows: inout PictureRows
) throws(GrayError) {
  let isNibbles = header.bits == 4
  let empty = [UInt8](repeating: header.grays[0], count: header.width)
  var row = empty
  var (x, y, at) = (0, 0, header.start)
  func end() {
    row.withUnsafeBufferPointer { rows.add($0, row: header.height - 1 - y) }
    row = empty
    y += 1
  }
  func put(_ value: UInt8) {
    if x < header.width { row[x] = header.grays[Int(value)] }
    x += 1
  }
  func nibble(_ byte: UInt8, _ i: Int) -> UInt8 { i & 1 == 0 ? byte >> 4 : byte & 15 }
  while y < header.height {
    guard at + 2 <= file.count else {
      throw .file(.bmp, "it ends in row \(y) of \(header.height)")
    }
    let (count, value) = (Int(file[at]), file[at + 1])
    at += 2
    switch (count, value) {
    case (0, 0):
      end()
      x = 0
    case (0, 1): while y < header.height { end() }
    case (0, 2):
      guard at + 2 <= file.count else { throw .file(.bmp, "it ends within a jump") }
      x += Int(file[at])
      for _ in 0..<min(Int(file[at + 1]), header.height - y) { end() }
      at += 2
    case (0, let bare):
      let size = isNibbles ? (Int(bare) + 1) / 2 : Int(bare)
      guard at + size <= file.count else {
        throw .file(.bmp, "it ends in row \(y) of \(header.height)")
      }
      for i in 0..<Int(bare) { put(isNibbles ? nibble(file[at + i / 2], i) : file[at + i]) }
      at += size + size % 2
    default: for i in 0..<count { put(isNibbles ? nibble(value, i) : value) }
    }
  }
}

import Foundation
import Gray
import Images
import Testing

/// Image files of every kind that people have.
@Suite struct ImageFileTests {
  private func decode(_ file: [UInt8]) throws -> GrayImage {
    try GrayImage(CapturedImage(file: file))
  }

  // MARK: By other programs

  @Test(arguments: [
    "lossless.webp", "animated.webp", "lzw.tif", "deflate.tif", "packbits.tif", "gray16.tif",
    "palette.tif", "picture.gif", "interlaced.gif", "animated.gif", "inks.tif",
  ])
  func kindsWithoutLossAreEqual(name: String) throws {
    let expected = try decode(MadeFile.kept("picture.pgm"))
    #expect(try decode(MadeFile.kept(name)) == expected)
  }

  @Test(arguments: [
    "plain.jpg", "lossy.webp", "jpeg.tif", "cmyk-inverted.jpg", "cmyk-straight.jpg",
    "ycck-straight.jpg", "ycck-inverted.jpg", "ycck-colors.jpg",
  ])
  func kindsWithLossAreNear(name: String) throws {
    let expected = try decode(MadeFile.kept("picture.pgm"))
    let image = try decode(MadeFile.kept(name))
    #expect(image.width == expected.width)
    #expect(image.height == expected.height)
    let errors = zip(image.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
    #expect(errors.reduce(0, +) < 6 * errors.count)
  }

  /// Without Adobe's marker inks are straight, unless that makes all of the page black.
  @Test(arguments: ["cmyk-inverted.jpg", "cmyk-straight.jpg"])
  func inksWithoutAdobesMarker(name: String) throws {
    let file = try MadeFile.kept(name)
    let marker = try #require(file.firstRange(of: [0xFF, 0xEE]))
    let length = Int(file[marker.upperBound]) << 8 | Int(file[marker.upperBound + 1])
    let bare = file[..<marker.lowerBound] + file[(marker.upperBound + length)...]
    #expect(try decode(Array(bare)) == decode(file))
  }

  @Test func bilevelTIFF() throws {
    let picture = try decode(MadeFile.kept("picture.pgm"))
    let image = try decode(MadeFile.kept("group4.tif"))
    #expect(image.pixels == picture.pixels.map { $0 >= 128 ? 255 : 0 })
  }

  // MARK: PNG

  /// Interlaced files equal their plain twins, also those of 16 bits.
  @Test(arguments: [0, 2, 4, 6], [1, 3, 8, 13])
  func interlacedPNGsEqualPlainOnes(colorType: UInt8, width: Int) throws {
    func sample(_ x: Int, _ y: Int, _ channel: Int) -> UInt8 {
      UInt8(truncatingIfNeeded: 37 * x + 11 * y + 90 * channel)
    }
    let channels = [0: 1, 2: 3, 4: 2, 6: 4][colorType] ?? 1
    func file(depth: UInt8, isInterlaced: Bool) -> [UInt8] {
      MadeFile.png(
        width: width, height: 11, depth: depth, colorType: colorType, isInterlaced: isInterlaced
      ) { x, y in
        (0..<channels).flatMap { channel in
          [UInt8](repeating: sample(x, y, channel), count: Int(depth) / 8)
        }
      }
    }
    let plain = try decode(file(depth: 16, isInterlaced: false))
    #expect(try decode(file(depth: 16, isInterlaced: true)) == plain)
    let bytes = try decode(file(depth: 8, isInterlaced: false))
    #expect(try decode(file(depth: 8, isInterlaced: true)) == bytes)
    // With 16 bits, the gray of colours is computed more exactly.
    if colorType & 2 == 0 { #expect(bytes == plain) }
    if colorType == 0 {
      #expect(plain.pixels == (0..<11).flatMap { y in (0..<width).map { sample($0, y, 0) } })
    }
  }

  // MARK: Transparency

  /// Print of one gray on nothing: each tenth pixel, or all but each tenth.
  private func transparent(_ gray: UInt8, covers: (Int) -> Bool) throws -> GrayImage {
    try decode(
      MadeFile.png(width: 40, height: 10, depth: 8, colorType: 4) { x, y in
        [gray, covers(40 * y + x) ? 255 : 0]
      })
  }

  @Test(arguments: [0, 60, 120, 160, 200, 255])
  func transparentPicturesShowTheirPrint(gray: UInt8) throws {
    let image = try transparent(gray) { $0 % 10 == 0 }
    let ground: UInt8 = gray < 128 ? 255 : 0
    for (i, pixel) in image.pixels.enumerated() {
      #expect(pixel == (i % 10 == 0 ? gray : ground))
    }
  }

  /// A light label with transparent corners is paper, and so is what is around it.
  @Test func lightPaperStaysOnWhite() throws {
    let image = try transparent(230) { $0 % 10 != 0 }
    #expect(Set(image.pixels) == [230, 255])
  }

  // MARK: BMP

  private let palette = (0..<16).map { UInt8(17 * $0) }
  private let indices: [[UInt8]] = [
    [0, 15, 3, 3, 3, 8, 1], [7, 7, 7, 7, 7, 7, 7], [9, 2, 4, 0, 15, 6, 5],
  ]
  private var indexed: GrayImage {
    GrayImage(width: 7, height: 3, pixels: indices.joined().map { 17 * $0 })
  }

  @Test(arguments: [1, -1]) func bitmapsOfFewColours(direction: Int) throws {
    let rows: [[UInt8]] = direction < 0 ? indices : Array(indices.reversed())
    let eight: [UInt8] = rows.flatMap { row -> [UInt8] in row + [0] }
    #expect(
      try decode(
        MadeFile.bmp(width: 7, height: 3 * direction, bits: 8, palette: palette, body: eight))
        == indexed)
    let four: [UInt8] = rows.flatMap { row -> [UInt8] in
      let filled: [UInt8] = row + [0]
      return (0..<4).map { filled[2 * $0] << 4 | filled[2 * $0 + 1] }
    }
    #expect(
      try decode(
        MadeFile.bmp(width: 7, height: 3 * direction, bits: 4, palette: palette, body: four))
        == indexed)
    let one: [UInt8] = [0b1010_0110, 0, 0, 0]
    #expect(
      try decode(
        MadeFile.bmp(width: 7, height: direction, bits: 1, palette: [10, 250], body: one)
      ).pixels == [250, 10, 250, 10, 10, 250, 250])
  }

  @Test func bitmapsOfManyColours() throws {
    // Black, white, and a gray; red, green and blue by BT.601.
    let blueFirst: [[UInt8]] = [
      [0, 0, 0], [255, 255, 255], [99, 99, 99], [0, 0, 255], [0, 255, 0], [255, 0, 0],
    ]
    let expected: [UInt8] = [0, 255, 99, 77, 149, 29]
    let padded = blueFirst.joined() + [0, 0]
    #expect(
      try decode(MadeFile.bmp(width: 6, height: -1, bits: 24, body: Array(padded))).pixels
        == expected)
    // The fourth byte means nothing without a mask.
    let four: [UInt8] = blueFirst.flatMap { color -> [UInt8] in color + [0] }
    #expect(
      try decode(MadeFile.bmp(width: 6, height: 1, bits: 32, body: four)).pixels == expected)
    let words: [UInt16] = [0x0000, 0xFFFF, 0xF800, 0x07E0, 0x001F, 0]
    let masked = MadeFile.bmp(
      width: 6, height: 1, bits: 16, coding: 3, masks: [0xF800, 0x07E0, 0x001F],
      body: words.flatMap { MadeFile.little(Int($0), 2) })
    #expect(try decode(masked).pixels == [0, 255, 77, 149, 29, 0])
    let fives: [UInt16] = [0x0000, 0x7FFF, 0x7C00, 0x03E0, 0x001F, 0]
    let plain = MadeFile.bmp(
      width: 6, height: 1, bits: 16, body: fives.flatMap { MadeFile.little(Int($0), 2) })
    #expect(try decode(plain).pixels == [0, 255, 77, 149, 29, 0])
  }

  @Test func bitmapsInRuns() throws {
    // Bare values, runs, an end of each row; the last of a file may lack its end.
    let eight: [UInt8] =
      [0, 7, 9, 2, 4, 0, 15, 6, 5, 0, 0, 0] + [7, 7, 0, 0]
      + [1, 0, 1, 15, 3, 3, 1, 8, 1, 1, 0, 1]
    #expect(
      try decode(
        MadeFile.bmp(width: 7, height: 3, bits: 8, coding: 1, palette: palette, body: eight))
        == indexed)
    let four: [UInt8] =
      [0, 7, 0x92, 0x40, 0xF6, 0x50, 0, 0] + [7, 0x77, 0, 0]
      + [2, 0x0F, 3, 0x33, 2, 0x81, 0, 1]
    #expect(
      try decode(
        MadeFile.bmp(width: 7, height: 3, bits: 4, coding: 2, palette: palette, body: four))
        == indexed)
    // A jump two to the right and one up leaves colour 0.
    let jump: [UInt8] = [2, 5, 0, 2, 2, 1, 3, 9, 0, 1]
    #expect(
      try decode(
        MadeFile.bmp(width: 7, height: 2, bits: 8, coding: 1, palette: palette, body: jump)
      ).pixels == [0, 0, 0, 0, 153, 153, 153, 85, 85, 0, 0, 0, 0, 0])
  }

  // MARK: PNM

  @Test(arguments: [
    ("P1\n# made by hand\n3 2\n1 0 1\n010", [0, 255, 0, 255, 0, 255]),
    ("P2 3 2 10\n0 5 10\n10 5 0\n", [0, 128, 255, 255, 128, 0]),
    ("P3\n1 2\n255\n255 0 0  9 9 9\n", [77, 9]),
    ("P4 3 2\n\u{60}\u{20}", [255, 0, 0, 255, 255, 0]),
    ("P5\n2 1 #wide\n127\n\u{00}\u{7F}", [0, 255]),
    ("P5\n2 1\n256\n\u{01}\u{00}\u{00}\u{40}", [255, 64]),
    ("P6 1 1 255\n\u{07}\u{07}\u{07}", [7]),
  ]) func anymaps(file: String, expected: [UInt8]) throws {
    #expect(try decode(Array(file.utf8)).pixels == expected)
  }

  // MARK: TIFF

  @Test(arguments: [false, true], [false, true])
  func tilesAndStrips(isTiled: Bool, isBigEndian: Bool) throws {
    let file = MadeFile.tiff(
      width: 37, height: 21, isTiled: isTiled, isBigEndian: isBigEndian
    ) { x, y in UInt8(truncatingIfNeeded: 5 * x + 9 * y) }
    let expected = (0..<21).flatMap { y in
      (0..<37).map { UInt8(truncatingIfNeeded: 5 * $0 + 9 * y) }
    }
    #expect(try decode(file).pixels == expected)
  }

  // MARK: Damage

  @Test(arguments: [
    "lossless.webp", "lossy.webp", "lzw.tif", "deflate.tif", "picture.gif", "interlaced.gif",
    "picture.pgm", "cmyk-inverted.jpg",
  ]) func tornFilesAreRefused(name: String) throws {
    let file = try MadeFile.kept(name)
    for count in 12..<file.count * 3 / 4 {
      let error = #expect(throws: GrayError.self) { try decode(Array(file[..<count])) }
      // Every error says what it is about.
      #expect(error.map { "\($0)".count > 12 } ?? false)
    }
  }

  @Test func reasonsAreTold() {
    func reason(_ file: [UInt8]) -> String {
      do {
        _ = try decode(file)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(reason(Array("P5 3 2 255\nabcd".utf8)) == "damaged PNM: it ends in row 1 of 2")
    #expect(reason(Array("P5 3 2 70000\nabcd".utf8)).contains("largest value is 70000"))
    #expect(
      reason(MadeFile.bmp(width: 4, height: 2, bits: 24, body: [1, 2, 3]))
        == "damaged BMP: it ends in row 0 of 2")
    #expect(reason(Array("\0\0\0\u{18}ftypheic\0\0\0\0".utf8)).contains("HEIC"))
    #expect(reason(Array("%PDF-1.4 ".utf8)).contains("PDF, which isn't read"))
    #expect(reason(Array("GIF89a".utf8)).hasPrefix("damaged GIF: "))
  }
}

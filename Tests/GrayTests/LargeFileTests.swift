import Gray
import Images
import Testing

/// Files of more than 16 million pixels: read at a half or a quarter, in bounded memory.
@Suite struct LargeFileTests {
  /// Squares of 100 pixels in two grays.
  private func gray(_ x: Int, _ y: Int) -> UInt8 { (x / 100 + y / 100) % 2 == 0 ? 40 : 200 }

  private func row(_ y: Int, width: Int) -> [UInt8] { (0..<width).map { gray($0, y) } }

  private func check(_ file: [UInt8], width: Int, height: Int, halvings: Int) throws {
    let image = try DecodedImage(CapturedImage(file: file))
    #expect(image.width == width)
    #expect(image.height == height)
    #expect(image.halvings == halvings)
    #expect(image.gray.width == width >> halvings)
    #expect(image.gray.height == height >> halvings)
    for y in stride(from: 12, to: image.gray.height, by: 97) {
      for x in stride(from: 12, to: image.gray.width, by: 101) {
        let (fullX, fullY) = (x << halvings, y << halvings)
        guard fullX % 100 < 96, fullY % 100 < 96 else { continue }
        #expect(image.gray.pixels[y * image.gray.width + x] == gray(fullX, fullY))
      }
    }
  }

  @Test func anymapsAreHalved() throws {
    let (width, height) = (5001, 4003)
    let pixels = (0..<height).flatMap { row($0, width: width) }
    try check(
      Array("P5 \(width) \(height) 255\n".utf8) + pixels, width: width, height: height, halvings: 1)
  }

  @Test func interlacedPNGsAreHalved() throws {
    let (width, height) = (4300, 4000)
    let file = MadeFile.png(
      width: width, height: height, depth: 8, colorType: 0, isInterlaced: true
    ) { x, y in [gray(x, y)] }
    try check(file, width: width, height: height, halvings: 1)
  }

  @Test func bitmapsAreQuartered() throws {
    // A bit a pixel; the squares' grays from a palette.
    let (width, height) = (9600, 8000)
    let rows = [0, 1].map { parity -> [UInt8] in
      (0..<width / 8).map { byte in
        (0..<8).reduce(UInt8(0)) { bits, i in
          let isLight = ((8 * byte + i) / 100 + parity) % 2 == 1
          return bits << 1 | (isLight ? 1 : 0)
        }
      }
    }
    let body = (0..<height).flatMap { y in rows[y / 100 % 2] }
    let file = MadeFile.bmp(width: width, height: -height, bits: 1, palette: [40, 200], body: body)
    try check(file, width: width, height: height, halvings: 2)
  }

  @Test func tiledTIFFsAreHalved() throws {
    let file = MadeFile.tiff(width: 4800, height: 3600, isTiled: true) { gray($0, $1) }
    try check(file, width: 4800, height: 3600, halvings: 1)
  }

  /// A strip of more bytes than libtiff may hold is refused before memory is allocated.
  @Test func aStripOfTooMuchIsRefused() throws {
    let file = MadeFile.tiff(width: 2, height: 2) { _, _ in 9 }
    var large = file
    // Width and height stand behind the first two tags.
    for entry in [10, 22] {
      large.replaceSubrange(entry + 8..<entry + 12, with: MadeFile.little(16000, 4))
    }
    // The strip must be coded: libtiff cuts a bare one into small ones.
    let coding = try #require((0..<10).map { 10 + 12 * $0 }.first { large[$0..<$0 + 2] == [3, 1] })
    large[coding + 8] = 8
    let entries = (0..<10).map { 10 + 12 * $0 }
    let strip = try #require(entries.first { large[$0] == 22 && large[$0 + 1] == 1 })
    large.replaceSubrange(strip + 8..<strip + 12, with: MadeFile.little(16000, 4))
    let error = #expect(throws: GrayError.self) { try DecodedImage(CapturedImage(file: large)) }
    #expect(error.map { "\($0)".contains("takes too much memory") } ?? false)
  }
}

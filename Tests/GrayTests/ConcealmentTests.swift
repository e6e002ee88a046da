import Gray
import Images
import Testing

@Suite struct ConcealmentTests {
  /// Slanted strokes on uneven paper.
  private static let picture = CapturedImage(
    width: 64, height: 48, format: .gray8,
    payload: (0..<64 * 48).map { index in
      let (y, x) = index.quotientAndRemainder(dividingBy: 64)
      let paper = 180 + x / 2 + y / 4
      return UInt8((x + y / 6) % 12 < 3 ? paper - 120 : paper)
    })

  private func with(missing: [Range<Int>], fill: UInt8 = 0x80) -> CapturedImage {
    var image = Self.picture
    image.missing = missing
    for range in missing { for index in range { image.payload[index] = fill } }
    return image
  }

  private func error(_ gray: GrayImage, _ range: Range<Int>) -> Double {
    let errors = range.map { abs(Int(gray.pixels[$0]) - Int(Self.picture.payload[$0])) }
    return Double(errors.reduce(0, +)) / Double(errors.count)
  }

  @Test func aNarrowGapIsBridged() throws {
    let gap = 20 * 64 + 10..<22 * 64 + 30
    let gray = try GrayImage(with(missing: [gap]))
    let whole = try GrayImage(Self.picture)
    #expect(error(gray, gap) < 12)
    #expect(gray.pixels[..<gap.lowerBound] == whole.pixels[..<gap.lowerBound])
    #expect(gray.pixels[gap.upperBound...] == whole.pixels[gap.upperBound...])
    // The values in place of missing bytes don't matter.
    #expect(try GrayImage(with(missing: [gap], fill: 7)) == gray)
  }

  /// Strokes continued through many rows would look like letters.
  @Test func aWideGapIsPaper() throws {
    let gap = 10 * 64..<34 * 64
    let gray = try GrayImage(with(missing: [gap]))
    for row in 16..<28 {
      let pixels = gray.pixels[row * 64..<(row + 1) * 64]
      let steps = zip(pixels, pixels.dropFirst()).map { abs(Int($0) - Int($1)) }
      #expect((steps.max() ?? 0) < 12)
    }
  }

  @Test func theEdgesAndWholeImagesAreFilled() throws {
    let last = 64 * 48
    for missing in [[0..<130], [last - 130..<last], [0..<last], [0..<64, last - 64..<last]] {
      let gray = try GrayImage(with(missing: missing))
      #expect(gray.width == 64 && gray.height == 48)
    }
  }

  @Test func sharesAreOfPixels() throws {
    let missing = try #require(MissingPixels(of: with(missing: [64..<128])))
    #expect(missing.share(of: PixelBox(x: 0, y: 0, width: 64, height: 2)) == 0.5)
    #expect(missing.share(of: PixelBox(x: 3, y: 1, width: 5, height: 1)) == 1)
    #expect(missing.share(of: PixelBox(x: 3, y: 2, width: 5, height: 9)) == 0)
    #expect(missing.share(of: PixelBox(x: -5, y: -5, width: 3, height: 3)) == 0)
    #expect(MissingPixels(of: Self.picture) == nil)
    // Bytes that hold several pixels, and bytes that are half a pixel.
    for (format, pixels) in [
      (PixelFormat.bilevel, 8), (.gray4, 2), (.rgb565LittleEndian, 1), (.yuyv, 1),
    ] {
      let rowBytes = try #require(format.bytesPerRow(width: 16))
      let image = CapturedImage(
        width: 16, height: 2, format: format, payload: [UInt8](repeating: 0, count: 2 * rowBytes),
        missing: [rowBytes..<rowBytes + 1])
      let missing = try #require(MissingPixels(of: image))
      #expect(missing.share(of: PixelBox(x: 0, y: 1, width: pixels, height: 1)) == 1)
      #expect(missing.share(of: PixelBox(x: pixels, y: 1, width: 16 - pixels, height: 1)) == 0)
    }
  }
}

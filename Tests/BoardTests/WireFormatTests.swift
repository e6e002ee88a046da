import Board
import Gray
import Images
import Testing

@Suite struct WireFormatTests {
  static let sizes = [(1, 1), (3, 2), (7, 5), (33, 17), (64, 48), (320, 240)]

  private func worstDifference(_ a: GrayImage, _ b: GrayImage) -> Int {
    zip(a.pixels, b.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
  }

  @Test(
    arguments: [PixelFormat.gray8, .rgb565LittleEndian, .rgb565BigEndian, .yuyv], Self.sizes)
  func pixelsComeBack(format: PixelFormat, size: (Int, Int)) throws {
    let gray = patternImage(width: size.0, height: size.1)
    let image = try CapturedImage(gray, as: format, number: 9)
    #expect(image.number == 9)
    #expect(image.payload.count == (format.bytesPerRow(width: size.0) ?? 0) * size.1)
    let back = try GrayImage(image)
    #expect(back.width == size.0)
    #expect(back.height == size.1)
    let tolerance = format == .gray8 || format == .yuyv ? 0 : 3
    #expect(worstDifference(gray, back) <= tolerance)
  }

  /// Black stays black and white white, and no two levels change places.
  @Test func rgb565KeepsTheOrderOfGrays() throws {
    let ramp = GrayImage(width: 256, height: 1, pixels: (0...255).map { UInt8($0) })
    let back = try GrayImage(try CapturedImage(ramp, as: .rgb565BigEndian)).pixels
    #expect(back.first == 0)
    #expect(back.last == 255)
    #expect(zip(back, back.dropFirst()).allSatisfy { $0 <= $1 })
    let little = try CapturedImage(ramp, as: .rgb565LittleEndian).payload
    let big = try CapturedImage(ramp, as: .rgb565BigEndian).payload
    let swapped = stride(from: 0, to: big.count, by: 2).flatMap { [big[$0 + 1], big[$0]] }
    #expect(little == swapped)
  }

  @Test(arguments: Self.sizes) func bilevelIsInkAndPaper(size: (Int, Int)) throws {
    var gray = GrayImage(width: size.0, height: size.1, filledWith: 180)
    for i in stride(from: 0, to: gray.pixels.count, by: 3) { gray.pixels[i] = 60 }
    let image = try CapturedImage(gray, as: .bilevel)
    let back = try GrayImage(image)
    // A single pixel has no two classes.
    if gray.pixels.count > 1 {
      #expect(back.pixels == gray.pixels.map { $0 == 60 ? 0 : 255 })
    }
    // Bits beyond the edge are paper.
    let stride = (size.0 + 7) / 8
    if size.0 % 8 != 0 {
      let beyond = UInt8(0xFF) >> UInt8(size.0 % 8)
      #expect((0..<size.1).allSatisfy { image.payload[($0 + 1) * stride - 1] & beyond == 0 })
    }
  }

  @Test func oneLevelIsPaperOrInk() throws {
    let white = GrayImage(width: 8, height: 2, filledWith: 220)
    #expect(try CapturedImage(white, as: .bilevel).payload == [0, 0])
    let black = GrayImage(width: 8, height: 2, filledWith: 20)
    #expect(try CapturedImage(black, as: .bilevel).payload == [0xFF, 0xFF])
  }

  @Test(arguments: [(1, 1), (7, 5), (33, 17), (320, 240)])
  func jpegComesBackNearly(size: (Int, Int)) throws {
    let gray = CameraModel().shoot(Scene(sheet: try sheet("JPEG 75")), number: 0, seed: 1)
    var part = GrayImage(width: size.0, height: size.1)
    for y in 0..<size.1 {
      for x in 0..<size.0 { part.pixels[y * size.0 + x] = gray.pixels[y * 320 + x] }
    }
    let image = try CapturedImage(part, as: .jpeg, quality: 95)
    #expect(image.payload.starts(with: [0xFF, 0xD8]))
    #expect(image.payload.suffix(2) == [0xFF, 0xD9])
    let back = try GrayImage(image)
    #expect(back.width == size.0)
    #expect(back.height == size.1)
    #expect(worstDifference(part, back) <= 16)
    let coarse = try CapturedImage(part, as: .jpeg, quality: 20)
    #expect(coarse.payload.count <= image.payload.count)
  }

  @Test func noBoardSendsPNG() {
    let gray = GrayImage(width: 2, height: 2)
    #expect(throws: BoardError.formatNotSendable(.png)) { try CapturedImage(gray, as: .png) }
  }
}

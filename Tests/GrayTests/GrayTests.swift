import Gray
import Images
import Testing

@Suite struct PixelFormatTests {
  @Test func gray8IsKeptByteForByte() throws {
    let pixels = (0..<12).map { UInt8($0 * 20) }
    let gray = try GrayImage(
      CapturedImage(width: 4, height: 3, format: .gray8, payload: pixels))
    #expect(gray.pixels == pixels)
  }

  /// Red, green and blue in each order of bytes.
  @Test(arguments: [
    (PixelFormat.rgb888, [255, 0, 0, 0, 255, 0, 0, 0, 255] as [UInt8]),
    (.bgr888, [0, 0, 255, 0, 255, 0, 255, 0, 0]),
    (.rgb565LittleEndian, [0x00, 0xF8, 0xE0, 0x07, 0x1F, 0x00]),
    (.rgb565BigEndian, [0xF8, 0x00, 0x07, 0xE0, 0x00, 0x1F]),
    (.bgr565LittleEndian, [0x1F, 0x00, 0xE0, 0x07, 0x00, 0xF8]),
    (.bgr565BigEndian, [0x00, 0x1F, 0x07, 0xE0, 0xF8, 0x00]),
  ])
  func coloursAreWeighted(format: PixelFormat, payload: [UInt8]) throws {
    let gray = try GrayImage(CapturedImage(width: 3, height: 1, format: format, payload: payload))
    #expect(gray.pixels == [77, 149, 29])
  }

  @Test(arguments: [
    (PixelFormat.yuyv, [10, 1, 20, 2] as [UInt8]), (.yvyu, [10, 2, 20, 1]),
    (.uyvy, [1, 10, 2, 20]), (.vyuy, [2, 10, 1, 20]),
  ])
  func lightIsKept(format: PixelFormat, payload: [UInt8]) throws {
    let gray = try GrayImage(CapturedImage(width: 2, height: 1, format: format, payload: payload))
    #expect(gray.pixels == [10, 20])
  }

  @Test(arguments: [PixelFormat.rgb565LittleEndian, .rgb565BigEndian])
  func rgb565IsWeighted(format: PixelFormat) throws {
    // Black, white, pure red, green and blue; luma by BT.601.
    let words: [UInt16] = [0x0000, 0xFFFF, 0xF800, 0x07E0, 0x001F]
    let payload = words.flatMap { word -> [UInt8] in
      let low = UInt8(word & 255)
      let high = UInt8(word >> 8)
      return format == .rgb565LittleEndian ? [low, high] : [high, low]
    }
    let gray = try GrayImage(
      CapturedImage(width: 5, height: 1, format: format, payload: payload))
    #expect(gray.pixels == [0, 255, 77, 149, 29])
  }

  @Test func yuyvKeepsY() throws {
    // Three pixels: the second pair has one Y too many.
    let gray = try GrayImage(
      CapturedImage(
        width: 3, height: 1, format: .yuyv, payload: [10, 128, 20, 128, 30, 128, 99, 128]))
    #expect(gray.pixels == [10, 20, 30])
  }

  @Test func bilevelInkIsBlack() throws {
    let gray = try GrayImage(
      CapturedImage(width: 9, height: 1, format: .bilevel, payload: [0b1000_0001, 0b1000_0000]))
    #expect(gray.pixels == [0, 255, 255, 255, 255, 255, 255, 0, 0])
  }

  @Test(arguments: [
    PixelFormat.gray8, .rgb565LittleEndian, .rgb565BigEndian, .yuyv, .bilevel, .uyvy, .rgb888,
  ])
  func wrongPayloadIsRefused(format: PixelFormat) throws {
    let expected = try #require(format.bytesPerRow(width: 5)) * 4
    for found in [0, expected - 1, expected + 1] {
      let image = CapturedImage(
        width: 5, height: 4, format: format, payload: [UInt8](repeating: 0, count: found))
      #expect(throws: GrayError.payload(format: format, expected: expected, found: found)) {
        try GrayImage(image)
      }
    }
  }

  @Test(arguments: [(0, 4), (4, 0), (-1, 4), (1 << 40, 1 << 40), (.max, 2)])
  func impossibleSizesAreRefused(width: Int, height: Int) {
    #expect(throws: GrayError.size(width: width, height: height)) {
      try GrayImage(CapturedImage(width: width, height: height, format: .gray8, payload: []))
    }
  }
}

@Suite struct FileTests {
  /// A picture with varied pixels.
  private let picture = GrayImage(
    width: 37, height: 23, pixels: (0..<(37 * 23)).map { UInt8(truncatingIfNeeded: $0 * 7) })

  @Test func pngRoundTripsByteForByte() throws {
    let file = try picture.encodedAsPNG()
    let image = try CapturedImage(file: file)
    #expect(image.format == .png)
    #expect(try GrayImage(image) == picture)
  }

  @Test func everyTruncatedPNGIsRefused() throws {
    let file = try picture.encodedAsPNG()
    for count in 8..<(file.count - 12) {
      #expect(throws: GrayError.self) {
        try GrayImage(CapturedImage(file: Array(file[..<count])))
      }
    }
  }

  @Test func damagedFilesNeverCrash() throws {
    let file = try picture.encodedAsPNG()
    var generator = SplitMix(seed: 1)
    for _ in 0..<2000 {
      var damaged = file
      for _ in 0..<4 {
        damaged[8 + Int(generator.next() % UInt64(file.count - 8))] = UInt8(
          truncatingIfNeeded: generator.next())
      }
      // Either outcome is right; a chunk that libpng may skip can be damaged without harm.
      if let gray = try? GrayImage(CapturedImage(file: damaged)) {
        #expect(gray.pixels.count == gray.width * gray.height)
      }
    }
  }

  @Test func otherFilesAreNamedByTheirFirstBytes() {
    #expect(throws: GrayError.unknownFile(firstBytes: [])) { try CapturedImage(file: []) }
    #expect(throws: GrayError.unknownFile(firstBytes: Array("GIF90a".utf8))) {
      try CapturedImage(file: Array("GIF90a".utf8))
    }
    #expect("\(GrayError.unknownFile(firstBytes: []))" == "the file is empty")
  }

  @Test func garbageAfterAJPEGHeaderIsRefused() {
    #expect(throws: GrayError.self) {
      try GrayImage(
        CapturedImage(width: 0, height: 0, format: .jpeg, payload: [0xFF, 0xD8, 0xFF, 0xE0, 0, 4]))
    }
  }
}

/// Sebastiano Vigna's SplitMix64: small, seeded, the same everywhere.
private struct SplitMix {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

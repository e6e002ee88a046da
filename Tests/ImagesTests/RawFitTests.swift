import Images
import LinkTestSupport
import Testing

/// Hints at bytes that are told wrong, and none where they are told right.
@Suite struct RawFitTests {
  /// Pictures of several kinds, 160x120, as R, G and B of each pixel, in uneven light and with noise.
  static func picture(_ kind: String, seed: UInt64 = 1) -> [[Int]] {
    var generator = SeededGenerator(seed: seed)
    let (width, height) = (160, 120)
    return (0..<width * height).map { index in
      let (x, y) = (index % width, index / width)
      let light = 215 - x / 3 - y / 5
      var value = [light, light - 10, light - 20]
      switch kind {
      case "page": if isInk(x, y) { value = [40, 40, 50] }
      case "slanted":
        if isInk((x * 97 + y * 26) / 100, (y * 97 - x * 26) / 100 + 60) { value = [40, 40, 50] }
      case "bars": if (x * 5 + y) / 7 % 2 == 0 { value = [30, 30, 30] }
      case "stripes": if (x * 2 + y * 3) / 11 % 2 == 0 { value = [220, 40, 40] }
      case "rows": if y % 2 == 0 { value = [60, 60, 60] }
      case "light": value = [x + y / 2, x + y / 2, x]
      case "flat": break
      case "noise": value = value.map { _ in Int(generator.next() >> 56) }
      default: if (x / 20 + y / 20) % 2 == 0 { value = [200, 30, 200] }
      }
      return value.map { min(max($0 + Int.random(in: -3...3, using: &generator), 0), 255) }
    }
  }

  /// Strokes in cells of letters' size, of which two in three are empty.
  private static func isInk(_ x: Int, _ y: Int) -> Bool {
    let (column, row) = (x % 9, y % 14)
    guard column < 7, row > 3 else { return false }
    var cell = SeededGenerator(seed: UInt64(x / 9 * 1000 + y / 14))
    let strokes = Int(cell.next() >> 40)
    guard strokes / 64 % 3 == 0 else { return false }
    return strokes & 1 != 0 && column < 2 || strokes & 2 != 0 && column >= 5
      || strokes & 4 != 0 && row < 6 || strokes & 8 != 0 && 8..<10 ~= row
      || strokes & 16 != 0 && row >= 12 || strokes & 32 != 0 && column == (row - 4) / 2
  }

  static func pack(_ picture: [[Int]], _ format: PixelFormat) -> [UInt8] {
    func light(_ pixel: [Int]) -> Int { (77 * pixel[0] + 150 * pixel[1] + 29 * pixel[2]) >> 8 }
    func byte(_ value: Int) -> UInt8 { UInt8(min(max(value, 0), 255)) }
    switch format {
    case .gray8: return picture.map { byte(light($0)) }
    case .rgb888: return picture.flatMap { $0.map(byte) }
    case .rgb565BigEndian, .rgb565LittleEndian:
      return picture.flatMap { pixel -> [UInt8] in
        let value = (pixel[0] >> 3) << 11 | (pixel[1] >> 2) << 5 | pixel[2] >> 3
        let bytes = [UInt8(value >> 8), UInt8(value & 255)]
        return format == .rgb565BigEndian ? bytes : bytes.reversed()
      }
    default:
      return stride(from: 0, to: picture.count, by: 2).flatMap { at -> [UInt8] in
        let (one, two) = (picture[at], picture[at + 1])
        let colour = [
          byte(128 + (one[2] - light(one)) * 144 / 256),
          byte(128 + (one[0] - light(one)) * 182 / 256),
        ]
        let lights = [byte(light(one)), byte(light(two))]
        return format == .yuyv
          ? [lights[0], colour[0], lights[1], colour[1]]
          : [colour[0], lights[0], colour[1], lights[1]]
      }
    }
  }

  private static func advice(_ bytes: [UInt8], _ name: String) throws -> [LinkAdvice] {
    var decoder = try LinkProtocol(parsing: name).makeDecoder()
    return decoder.events(of: [bytes]).compactMap {
      if case .advice(let advice) = $0 { advice } else { nil }
    }
  }

  @Test(
    arguments: [
      "page", "slanted", "bars", "stripes", "rows", "light", "flat", "noise", "checks",
    ],
    [PixelFormat.gray8, .rgb888, .rgb565BigEndian, .rgb565LittleEndian, .yuyv, .uyvy])
  func whatIsToldRightIsNotDoubted(kind: String, format: PixelFormat) throws {
    for seed in 1...3 as ClosedRange<UInt64> {
      let bytes = Self.pack(Self.picture(kind, seed: seed), format)
      #expect(try Self.advice(bytes + bytes, "raw:160x120:\(format.rawValue)") == [])
    }
  }

  @Test(arguments: [
    (PixelFormat.rgb565BigEndian, PixelFormat.rgb565LittleEndian),
    (.rgb565LittleEndian, .rgb565BigEndian), (.yuyv, .uyvy), (.uyvy, .yuyv),
  ])
  func swappedBytesAreNamedOnce(sent: PixelFormat, told: PixelFormat) throws {
    for kind in ["page", "slanted"] {
      let bytes = Self.pack(Self.picture(kind), sent)
      #expect(
        try Self.advice(bytes + bytes, "raw:160x120:\(told.rawValue)")
          == [.pixelsFit(sent, told: told)])
    }
  }

  @Test(arguments: [164, 156, 150, 80, 200])
  func anotherRowLengthIsNamedOnce(told: Int) throws {
    let bytes = Self.pack(Self.picture("page"), .gray8)
    let height = bytes.count / told
    let found = try Self.advice(bytes, "raw:\(told)x\(height):gray8")
    let layout = try RawLayout(width: told, height: height, format: .gray8)
    #expect(found == [.rowsFit(layout, bytesApart: 160)])
    #expect(found.first?.words.contains("160 wide") == true)
  }

  /// Five bytes behind each row of two bytes a pixel are no width.
  @Test func bytesBehindRowsAreNamed() throws {
    let bytes = Self.pack(Self.picture("page"), .rgb565BigEndian)
    let marked = (0..<120).flatMap { row -> [UInt8] in
      Array(bytes[row * 320..<(row + 1) * 320]) + [0, 1, 1, 254, 254]
    }
    let found = try Self.advice(marked, "raw:160x120:rgb565be")
    #expect(found.first?.words.contains("row+5") == true)
  }
}

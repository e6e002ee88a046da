import Board
import Foundation
import Gray
import Images
import Testing

/// Damaged JPEGs show the rows that are there, and the rest is marked.
@Suite struct JPEGSalvageTests {
  /// Bars that step every so many rows, and each row of another light, so that rows can be told apart.
  private static func file(step: Int = 8) throws -> [UInt8] {
    let page = GrayImage(
      width: 160, height: 120,
      pixels: (0..<160 * 120).map { index in
        let (x, y) = (index % 160, index / 160)
        return (x / 5 + y / step) % 3 == 0 ? 30 : UInt8(120 + y)
      })
    return try CapturedImage(page, as: .jpeg).payload
  }

  private static func decode(_ file: [UInt8]) throws -> DecodedImage {
    try DecodedImage(CapturedImage(width: 0, height: 0, format: .jpeg, payload: file))
  }

  /// The start of the compressed data.
  private static func dataStart(_ file: [UInt8]) -> Int {
    (file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == 0xDA } ?? 0) + 10
  }

  @Test func withoutEndNothingIsMissing() throws {
    let file = try Self.file()
    let whole = try Self.decode(file)
    let cut = try Self.decode(Array(file.dropLast(2)))
    #expect(cut.missing == nil && cut == whole)
    // Padding in place of the end, and behind it.
    for padding in [[], [0, 0, 0], [0xFF, 0xFF, 0xFF]] as [[UInt8]] {
      #expect(try Self.decode(file.dropLast(2) + padding + [0xFF, 0xD9]).missing == nil)
      #expect(try Self.decode(file + padding) == whole)
    }
  }

  @Test(arguments: [0.9, 0.7, 0.5, 0.2]) func aCutFileKeepsItsRows(share: Double) throws {
    let file = try Self.file()
    let whole = try Self.decode(file)
    let start = Self.dataStart(file)
    let cut = try Self.decode(Array(file[..<(start + Int(Double(file.count - start) * share))]))
    let rows = try #require(cut.missing?.rows)
    #expect(rows.count == 1 && rows[0].upperBound == 120)
    let kept = rows[0].lowerBound
    #expect(abs(Double(kept) - 120 * share) <= 16 && kept > 0)
    #expect(cut.gray.pixels[..<(kept * 160)] == whole.gray.pixels[..<(kept * 160)])
    // Missing pixels are no gray block: they go on as the paper above.
    #expect(!cut.gray.pixels[119 * 160..<120 * 160].allSatisfy { $0 == 128 })
  }

  @Test(arguments: [5, 40, 200]) func lostBytesMarkTheRest(lost: Int) throws {
    let file = try Self.file()
    let whole = try Self.decode(file)
    let start = Self.dataStart(file)
    let at = start + (file.count - start) * 6 / 10
    let torn = try Self.decode(Array(file[..<at] + file[(at + lost)...]))
    let rows = try #require(torn.missing?.rows)
    #expect(rows.last?.upperBound == 120)
    let kept = rows[0].lowerBound
    #expect(30...104 ~= kept)
    let right = whole.gray.pixels[..<(min(kept, 56) * 160)]
    #expect(torn.gray.pixels[..<(min(kept, 56) * 160)] == right)
  }

  /// The line is taken out where it is clear what is line and what is data; else all is right up to
  /// it, and the rest is marked.
  @Test(arguments: [
    "I (7082) camera: Frame 0 done in 152 ms\r\n", "[00:00:01] image taken, 5 ms\n",
  ])
  func aLineOfLogIsTakenOut(line: String) throws {
    let file = try Self.file(step: 11)
    let whole = try Self.decode(file)
    for share in [0.2, 0.4, 0.6, 0.8] {
      let start = Self.dataStart(file)
      let at = start + Int(Double(file.count - start) * share)
      let logged = try Self.decode(file[..<at] + Array(line.utf8) + file[at...])
      guard let missing = logged.missing else {
        #expect(logged == whole, "at \(share)")
        continue
      }
      let kept = missing.rows[0].lowerBound
      #expect(missing.rows == [kept..<120] && abs(Double(kept) - 120 * share) <= 16)
      let isRight = logged.gray.pixels[..<(kept * 160)] == whole.gray.pixels[..<(kept * 160)]
      #expect(isRight, "at \(share)")
    }
  }

  /// As after lost bytes that happened to make sense: all is lighter from a block on.
  @Test(arguments: [-45, 0, 35], [0, 1, 5, 9]) func stepsOfLightAreMarked(
    step: Int, column: Int
  ) throws {
    let page = GrayImage(
      width: 160, height: 120,
      pixels: (0..<160 * 120).map { index in
        let (x, y) = (index % 160, index / 160)
        let isInk = x / 4 % 5 == 0 && 6..<18 ~= y % 24
        let isBehind = y / 8 * 10 + x / 16 >= 80 + column
        return UInt8((isInk ? 70 : 190) - x / 8 + (isBehind ? step : 0))
      })
    let file = try CapturedImage(page, as: .jpeg).payload
    let decoded = try Self.decode(file)
    // An edge of a picture begins at its side.
    #expect(decoded.missing?.rows == (step == 0 || column == 0 ? nil : [64..<120]))
    // Pixels stay as they are.
    #expect(abs(Int(decoded.gray.pixels[100 * 160 + 3]) - Int(page.pixels[100 * 160 + 3])) < 8)
  }

  /// MJPEG cameras leave the tables of T.81's annex K out.
  @Test func withoutHuffmanTablesTheUsualOnesAreTaken() throws {
    let file = try Self.file()
    var bare = Array(file.prefix(2))
    var at = 2
    while file[at + 1] != 0xDA {
      let end = at + 2 + Int(file[at + 2]) << 8 + Int(file[at + 3])
      if file[at + 1] != 0xC4 { bare += file[at..<end] }
      at = end
    }
    bare += file[at...]
    try #require(bare.count < file.count - 400)
    #expect(try Self.decode(bare) == Self.decode(file))
    let cut = try Self.decode(bare.dropLast(900))
    #expect(cut.missing != nil)
    #expect(try cut == Self.decode(file.dropLast(900)))
  }

  @Test func nothingButAHeaderIsRefused() throws {
    let file = try Self.file()
    for count in [4, Self.dataStart(file), Self.dataStart(file) + 1] {
      #expect(throws: GrayError.self) { try Self.decode(Array(file[..<count])) }
    }
  }

  /// Behind a restart marker all is right again.
  @Test func restartMarkersBoundTheDamage() throws {
    let file = try #require(
      Data(base64Encoded: Self.withRestarts, options: .ignoreUnknownCharacters).map { [UInt8]($0) })
    let whole = try Self.decode(file)
    #expect(whole.missing == nil)
    let marks = file.indices.dropLast().filter {
      $0 > 200 && file[$0] == 0xFF && 0xD0...0xD7 ~= file[$0 + 1]
    }
    try #require(marks.count == 7)
    let (from, to) = (marks[2] + 8, marks[3])
    let torn = try Self.decode(Array(file[..<from] + file[to...]))
    #expect(torn.missing?.rows == [24..<32])
    #expect(torn.gray.pixels[..<(24 * 64)] == whole.gray.pixels[..<(24 * 64)])
    #expect(torn.gray.pixels[(32 * 64)...] == whole.gray.pixels[(32 * 64)...])
  }

  /// 64x64 pixels, a restart marker behind each row of blocks.
  private static let withRestarts = """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNy
    wtQFdBRkxOUlNSMj5aYVpQYEpRUk//wAALCABAAEABAREA/8QAGQAAAwEBAQAAAAAAAAAAAAAAAAQFBgED/8QANBAA
    AAMFBAcIAQUAAAAAAAAAARESAAIDBAUGExQxFRYhMlGDsiIkJUFCQ4LCZAdhkZKh/90ABAAI/9oACAEBAAA/AIVigK
    1clzOh5rn6lgejeb9Gu2K2WUkuZ1vNhrFAVq5LmdDzXP1LA9G836NdsVsspJczrebDWKArVyXM6HmufqWB6N5v0b//
    0H6zR5ChUuNU6TL3E5ATdxFvPJN4HR2PCIZCPkyVnA1pxOnu94VNz7aVGrdI90M+DI1mrT9CqkamUmPcScBN3DQ68k
    3QeHa8AjmI+bW6zR5ChUuNU6TL3E5ATdxFvPJN4HR2PCIZCPkyVnA1pxOnu94VNz7aVGrdI90M+DI1mrT9CqkamUmP
    cScBN3DQ68k3QeHa8AjmI+bW6zR5ChUuNU6TL3E5ATdxFvPJN4HR2PCIZCPkyVnA1pxOnu94VNz7aVGrdI90M+Df/9
    H0Gva0eC4XC4n3rxaU9rdID3Sz82ADUf8AOxvKQj+xmv8AbJgbP60eNYrC4n2btaU9neMD3Ty82Br2tHguFwuJ968W
    lPa3SA90s/NgA1H/ADsbykI/sZr/AGyYGz+tHjWKwuJ9m7WlPZ3jA908vNga9rR4LhcLifevFpT2t0gPdLPzYANR/w
    A7G8pCP7Ga/wBsm//S8aPSZ2iVODUqnAuJWCpcRbrxG6LobHREcxBnbQhrNh9Cd5wyr30JURbxHujlwZyj1SSolMg0
    2pxriagqXDQ88RvC8G10BDIQaNR6TO0SpwalU4FxKwVLiLdeI3RdDY6IjmIM7aENZsPoTvOGVe+hKiLeI90cuDOUeq
    SVEpkGm1ONcTUFS4aHniN4Xg2ugIZCDRqPSZ2iVODUqnAuJWCpcRbrxG6LobHREcxBnbQhrNh9Cd5wyr30JURbxHuj
    lwb/09DazbZub+HW60ewIFj+X9mj2sA7STfw6HW2FrNtm5v4dbrR7AgWP5f2aPawDtJN/DodbYWs22bm/h1utHsCBY
    /l/Zv/1FLKgVopX59DzV7dgeB5n1atZXZZ2V+fW82SsqBWilfn0PNXt2B4HmfVq1ldlnZX59bzZKyoFaKV+fQ81e3Y
    HgeZ9W//1bFTpknSKfFn6dBuZmESH1C8RiADsERDIRZWiBrBf6Y7xh03foSoz3SPIGVqdRnKRUIshTo1zLQiQ4kHiM
    AEdogI5iLVKnTJOkU+LP06DczMIkPqF4jEAHYIiGQiytEDWC/0x3jDpu/QlRnukeQMrU6jOUioRZCnRrmWhEhxIPEY
    AI7RARzEWqVOmSdIp8Wfp0G5mYRIfULxGIAOwREMhFlaIGsF/pjvGHTd+hKjPdI8gb//1qI1fT3heHw9/wC4taU9rI
    g4cW4Aaqfl4rlpT/Jmr/GBo2nvFL/D3/toWlPZzMOHBujV9PeF4fD3/uLWlPayIOHFuAGqn5eK5aU/yZq/xgaNp7xS
    /wAPf+2haU9nMw4cG6NX094Xh8Pf+4taU9rIg4cW4Aaqfl4rlpT/ACZq/wAb/9k=
    """
}

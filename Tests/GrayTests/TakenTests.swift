import Gray
import Images
import Testing

/// The time in EXIF data.
@Suite struct TakenTests {
  /// EXIF data with a directory of details, which has texts by their tags.
  private func exif(_ texts: [(tag: Int, text: String)], isBig: Bool = false) -> [UInt8] {
    func number(_ value: Int, _ bytes: Int) -> [UInt8] {
      let little = MadeFile.little(value, bytes)
      return isBig ? little.reversed() : little
    }
    // A header, a directory of one entry, then the details and the texts behind them.
    let details = 8 + 2 + 12 + 4
    var place = details + 2 + 12 * texts.count + 4
    var entries: [UInt8] = []
    var behind: [UInt8] = []
    for (tag, text) in texts {
      let bytes = Array(text.utf8) + [0]
      entries += number(tag, 2) + number(2, 2) + number(bytes.count, 4) + number(place, 4)
      behind += bytes
      place += bytes.count
    }
    return (isBig ? Array("MM".utf8) : Array("II".utf8)) + number(42, 2) + number(8, 4)
      + number(1, 2) + number(0x8769, 2) + number(4, 2) + number(1, 4) + number(details, 4)
      + number(0, 4) + number(texts.count, 2) + entries + number(0, 4) + behind
  }

  private func png(_ exif: [UInt8]) throws -> CapturedImage {
    try CapturedImage(
      file: MadeFile.png(width: 2, height: 2, depth: 8, colorType: 0, chunks: [("eXIf", exif)]) {
        _, _ in [200]
      })
  }

  @Test(arguments: [false, true]) func everyKindOfFileTellsIt(isBig: Bool) throws {
    let data = exif([(0x9003, "2026:11:30 07:15:09")], isBig: isBig)
    let time = "2026-11-30T07:15:09"
    #expect(try png(data).taken == time)
    let plain = try MadeFile.kept("plain.jpg")
    let body = Array("Exif\0\0".utf8) + data
    let segment = [0xFF, 0xE1, 0, UInt8(body.count + 2)] + body
    #expect(try CapturedImage(file: plain[..<2] + segment + plain[2...]).taken == time)
    #expect(try CapturedImage(file: plain).taken == nil)
    let bare = try MadeFile.kept("lossless.webp")
    let odd = Array("ODD ".utf8) + MadeFile.little(3, 4) + [1, 2, 3, 0]
    let chunk = Array("EXIF".utf8) + MadeFile.little(data.count, 4) + data
    let chunks = Array("WEBP".utf8) + bare[12...] + odd + chunk
    let file = Array("RIFF".utf8) + MadeFile.little(chunks.count, 4) + chunks
    #expect(try CapturedImage(file: file).taken == time)
    #expect(try CapturedImage(file: bare).taken == nil)
    // TIFF has the same directories.
    #expect(try CapturedImage(file: data).taken == time)
  }

  @Test func theClocksZoneStandsBehindIt() throws {
    let zone = exif([(0x9003, "2026:11:30 07:15:09"), (0x9011, "-03:30")])
    #expect(try png(zone).taken == "2026-11-30T07:15:09-03:30")
    let universal = exif([(0x9004, "2026:11:30 07:15:09"), (0x9012, "+00:00")])
    #expect(try png(universal).taken == "2026-11-30T07:15:09+00:00")
    let blank = exif([(0x9003, "2026:11:30 07:15:09"), (0x9011, "   :  ")])
    #expect(try png(blank).taken == "2026-11-30T07:15:09")
  }

  /// Clocks that were never set, and what is no time.
  @Test(arguments: [
    "    :  :     :  :  ", "0000:00:00 00:00:00", "2026-11-30 07:15:09", "2026:11:30 07:15",
    "2026:11:3\u{1B} 07:15:09", "",
  ])
  func whatIsNoTimeIsLeftOut(text: String) throws {
    #expect(try png(exif([(0x9003, text)])).taken == nil)
    let other = exif([(0x9003, text), (0x9004, "2026:11:30 07:15:09")])
    #expect(try png(other).taken == "2026-11-30T07:15:09")
  }

  @Test func cutDataTellNoneAndHarmNothing() throws {
    let data = exif([(0x9003, "2026:11:30 07:15:09"), (0x9011, "+01:00")])
    for count in 0..<data.count { _ = try png(Array(data[..<count])).taken }
    #expect(try png(Array(data[..<60])).taken == nil)
    var loop = data
    loop[18...21] = [8, 0, 0, 0]
    #expect(try png(loop).taken == nil)
  }
}

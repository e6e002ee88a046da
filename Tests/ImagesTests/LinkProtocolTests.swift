import Images
import Testing

@Suite struct LinkProtocolTests {
  @Test(arguments: [
    "scribe", "jpeg-stream", "raw:320x240:gray8", "raw:1x65535:bilevel:sync=AA55",
    "raw:160x120:rgb565be:sync=00FFA55A", "raw:160x120:bgr565le:row+5:frame+2",
    "raw:160x120:uyvy:3+frame:1+row:row+65535:frame+2:sync=AA", "raw:8x8:rgb888:2+row",
  ])
  func namesRoundTrip(text: String) throws {
    #expect(try LinkProtocol(parsing: text).description == text)
  }

  @Test func lowercaseDigitsAreTaken() throws {
    let link = try LinkProtocol(parsing: "raw:2x2:yuyv:sync=aa5f")
    guard case .raw(let layout) = link else {
      Issue.record("not raw")
      return
    }
    #expect(layout.sync == [0xAA, 0x5F])
    #expect(layout.imageBytes == 8)
  }

  @Test func optionsStandInAnyOrder() throws {
    #expect(
      try LinkProtocol(parsing: "raw:4x2:gray8:sync=AA:frame+2:row+5")
        == LinkProtocol(parsing: "raw:4x2:gray8:row+5:frame+2:sync=AA"))
  }

  @Test(arguments: [
    ("", LinkProtocolError.unknownProtocol("")),
    ("scrobe", .unknownProtocol("scrobe")),
    ("scribe:x", .noOptionsExpected(protocol: "scribe", given: "x")),
    ("jpeg-stream:", .noOptionsExpected(protocol: "jpeg-stream", given: "")),
    ("raw", .sizeMissing),
    ("raw:", .sizeMissing),
    ("raw:320", .badSize("320")),
    ("raw:320x", .badSize("320x")),
    ("raw:0x240:gray8", .badSize("0x240")),
    ("raw:-3x240:gray8", .badSize("-3x240")),
    ("raw:+3x240:gray8", .badSize("+3x240")),
    ("raw:65536x1:gray8", .badSize("65536x1")),
    ("raw:99999999999999999999x1:gray8", .badSize("99999999999999999999x1")),
    ("raw:3x4x5:gray8", .badSize("3x4x5")),
    ("raw:320x240", .formatMissing),
    ("raw:320x240:", .formatMissing),
    ("raw:320x240:grey", .badFormat("grey")),
    ("raw:320x240:jpeg", .badFormat("jpeg")),
    ("raw:320x240:png", .badFormat("png")),
    ("raw:320x240:gray8:sync=", .badSync("")),
    ("raw:320x240:gray8:sync=ABC", .badSync("ABC")),
    ("raw:320x240:gray8:sync=XY", .badSync("XY")),
    (
      "raw:320x240:gray8:sync=0011223344556677889900112233445566",
      .badSync("0011223344556677889900112233445566")
    ),
    ("raw:320x240:gray8:baud=9", .unknownOption("baud=9")),
    ("raw:320x240:gray8:sync=AA:more", .unknownOption("more")),
    ("raw:320x240:gray8:sync=AA:sync=BB", .unknownOption("sync=BB")),
    ("raw:320x240:gray8:row+0", .badGap("row+0")),
    ("raw:320x240:gray8:row+-1", .badGap("row+-1")),
    ("raw:320x240:gray8:frame+65536", .badGap("frame+65536")),
    ("raw:320x240:gray8:x+row", .badGap("x+row")),
    ("raw:320x240:gray8:row+5:row+5", .unknownOption("row+5")),
    ("raw:320x240:gray8:line+5", .unknownOption("line+5")),
    ("raw:320x65535:gray8:row+65535", .imageTooLarge(bytes: 4_315_807_425, limit: 16 << 20)),
    ("raw:60000x60000:rgb565le", .imageTooLarge(bytes: 7_200_000_000, limit: 16 << 20)),
  ])
  func nonsenseIsNamed(text: String, expected: LinkProtocolError) {
    #expect(throws: expected) { try LinkProtocol(parsing: text) }
    #expect(!expected.description.isEmpty)
  }
}

import Gray
import Images
import OnBoard
import Testing

@Suite struct FirmwareRecognizerTests {
  private static func recognizer(
    alphabet: String? = nil, looks: Int? = nil
  ) throws -> FirmwareRecognizer {
    try FirmwareRecognizer(
      FirmwareRecognizer.Models(
        finder: Repository.model("finder"), aligner: Repository.model("aligner"),
        line: Repository.model("line-quick")), alphabet: alphabet, looks: looks)
  }

  @Test(arguments: ["clean_000.png", "clean_009.png"]) func textIsRead(name: String) throws {
    let truth = try #require(Fixtures.names("clean").first { $0.name == name })
    let text = try Self.recognizer().read(Fixtures.gray(name)).text
    #expect(text.filter { $0 != " " } == truth.text.filter { $0 != " " })
  }

  @Test func alphabetIsObeyed() throws {
    let text = try Self.recognizer(alphabet: "0123456789").read(Fixtures.gray("clean_000.png"))
    #expect(!text.lines.isEmpty)
    #expect(text.text.allSatisfy { $0.isNumber || $0.isWhitespace })
  }

  /// Sizes that no place has bits for are refused; slim ones are not.
  @Test(arguments: [(64, 40_000), (40_000, 64), (11, 100), (100, 11)])
  func impossibleSizesAreRefused(width: Int, height: Int) throws {
    let gray = GrayImage(
      width: width, height: height, pixels: [UInt8](repeating: 128, count: width * height))
    let recognizer = try Self.recognizer()
    #expect(throws: FirmwareReaderError.size(width: width, height: height)) {
      try recognizer.read(gray)
    }
  }

  @Test(arguments: [(12, 12), (24, 8160), (8160, 24), (640, 13)])
  func slimImagesAreRead(width: Int, height: Int) throws {
    let pixels = (0..<width * height).map { UInt8(truncatingIfNeeded: $0 / 3 * 89) }
    let gray = GrayImage(width: width, height: height, pixels: pixels)
    let text = try Self.recognizer().read(gray)
    for box in text.lines.flatMap(\.characters).map(\.box) {
      #expect(box.x >= 0 && box.y >= 0 && box.maxX <= width && box.maxY <= height)
    }
  }

  @Test func looksAreCounted() throws {
    #expect(throws: FirmwareReaderError.self) { try Self.recognizer(looks: 5) }
  }
}

import Board
import Gray
import Images
import OnBoard
import Testing
import Text

@Suite struct FirmwareRecognizerTests {
  private static func recognizer(
    alphabet: String? = nil, pattern: String? = nil, keepsOnlyMatching: Bool = false,
    looks: Int? = nil
  ) throws -> FirmwareRecognizer {
    try FirmwareRecognizer(
      FirmwareRecognizer.Models(
        finder: Repository.model("finder"), aligner: Repository.model("aligner"),
        line: Repository.model("line-quick")), alphabet: alphabet,
      pattern: pattern.map { try Pattern($0) }, keepsOnlyMatching: keepsOnlyMatching, looks: looks)
  }

  /// A camera's image of drawn text.
  private static func drawn(_ text: String, height: Double = 26) throws -> GrayImage {
    let typesetter = Typesetter(font: try OutlineFont(), imageSize: .qvga)
    let scene = Scene(sheet: try typesetter.set(text, textHeight: height))
    let camera = CameraModel(rotation: 0)
    return try GrayImage(SimulatedBoard(pictures: [Picture(scene, camera: camera)]).capture(0))
  }

  @Test func signsAreRead() throws {
    let gray = try Self.drawn("21.5°C 47µF\n±3 €12 10Ω")
    let text = try Self.recognizer().read(gray).text
    #expect(text.filter { $0 != " " } == "21.5°C47µF\n±3€1210Ω")
    let digits = try Self.recognizer(alphabet: "0123456789°").read(gray).text
    #expect(digits.contains("°") && digits.allSatisfy { "0123456789° \n".contains($0) })
  }

  /// A pattern settles characters of one shape, and where spaces stand.
  @Test(arguments: [
    ("[A-Z]{3}[0-9]{3}", "OIS 015", "OIS015"), ("[0-9]{3} [0-9]{3}", "015015", "015 015"),
    ("[A-Z]{2}[0-9]{2}", "OO00", "OO00"), ("[0-9]{2}[°][C]", "47°C", "47°C"),
  ])
  func patternSettles(pattern: String, drawn: String, text: String) throws {
    let read = try Self.recognizer(pattern: pattern).read(Self.drawn(drawn))
    #expect(read.text == text)
    #expect(read.lines.map(\.matchesPattern) == [true])
  }

  /// A line that doesn't match is read as without a pattern, and says so.
  @Test func otherLinesSayThatTheyDontMatch() throws {
    let gray = try Self.drawn("SN 4711\n0815")
    let read = try Self.recognizer(pattern: "[0-9]+").read(gray)
    #expect(read.text == "SN 4711\n0815")
    #expect(read.lines.map(\.matchesPattern) == [false, true])
    let matching = try Self.recognizer(pattern: "[0-9]+", keepsOnlyMatching: true).read(gray)
    #expect(matching.text == "0815")
    #expect(try Self.recognizer().read(gray).lines.map(\.matchesPattern) == [nil, nil])
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

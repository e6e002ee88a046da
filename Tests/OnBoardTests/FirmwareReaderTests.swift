import Board
import Evaluation
import Foundation
import Gray
import Images
import LinkTestSupport
import OnBoard
import Testing

/// The C reader, as the host runs it.
@Suite struct FirmwareReaderTests {
  private let reader: FirmwareReader

  init() throws { reader = try FirmwareReader(model: Repository.model("glyph")) }

  /// The reader's errors on the fixtures; on larger sets they are 2.0 and 3.9 %.
  @Test(arguments: [("clean", 0.06), ("typical", 0.1), ("hard", 0.25)])
  func camerasImages(tier: String, mostErrors: Double) throws {
    var errors = 0
    var characters = 0
    for (name, truth) in try Fixtures.names(tier) {
      let read = try reader.read(Fixtures.gray(name))
      let expected = ComparableText.spaced(truth)
      errors += editDistance(ComparableText.spaced(read.text), expected)
      characters += expected.count
    }
    #expect(characters > 100)
    #expect(Double(errors) <= mostErrors * Double(characters), "\(errors) of \(characters)")
  }

  /// The simulated camera's images, both polarities, every tilt that it makes.
  @Test(arguments: [false, true])
  func bothPolarities(lightOnDark: Bool) throws {
    let typesetter = Typesetter(font: try OutlineFont(), imageSize: .qvga)
    let sheet = try typesetter.set("SN 4711\nLOT B-27", textHeight: 26)
    let board = try SimulatedBoard(
      pictures: [
        Picture(Scene(sheet: sheet, lightOnDark: lightOnDark), camera: CameraModel(rotation: 4))
      ], configuration: SimulatedBoard.Configuration())
    for number in 0..<6 as Range<UInt64> {
      let text = try reader.read(GrayImage(board.capture(number)))
      #expect(text.text == "SN 4711\nLOT B-27")
      #expect(text.lines.allSatisfy { $0.isLightOnDark == lightOnDark })
      #expect(text.lines.allSatisfy { $0.confidence > 150 })
    }
  }

  /// Boxes lie on the characters: each row and column of a box's edge is near ink.
  @Test func boxes() throws {
    let typesetter = Typesetter(font: try OutlineFont(), imageSize: .qvga)
    let scene = Scene(sheet: try typesetter.set("HEX", textHeight: 40))
    let camera = CameraModel(rotation: 0)
    let board = try SimulatedBoard(pictures: [Picture(scene, camera: camera)])
    let gray = try GrayImage(board.capture(0))
    let line = try #require(reader.read(gray).lines.first)
    #expect(line.characters.count == 3)
    for character in line.characters {
      #expect(abs(character.box.height - 40) <= 3)
      var darkest: UInt8 = 255
      for x in character.box.x..<character.box.x + character.box.width {
        darkest = min(darkest, gray.pixels[(character.box.y + 3) * gray.width + x])
      }
      #expect(darkest < 128)
    }
    for (a, b) in zip(line.characters, line.characters.dropFirst()) {
      #expect(a.box.x + a.box.width <= b.box.x)
    }
  }

  @Test func imagesWithoutText() throws {
    for (width, height) in [(320, 240), (160, 120), (8, 8), (9, 200), (640, 480)] {
      var random = SeededGenerator(seed: 3)
      let flat = GrayImage(width: width, height: height, filledWith: 120)
      #expect(try reader.read(flat).lines.isEmpty)
      var ramp = flat
      var noise = flat
      var step = flat
      for i in ramp.pixels.indices {
        ramp.pixels[i] = UInt8(i % width * 255 / width)
        noise.pixels[i] = UInt8(110 + Int.random(in: 0...20, using: &random))
        step.pixels[i] = i % width < width / 2 ? 60 : 180
      }
      for image in [ramp, noise, step] { #expect(try reader.read(image).lines.isEmpty) }
    }
  }

  /// Full tables only count further entries: full-contrast noise, checkerboards and stripes end in
  /// order.
  @Test func imagesThatFillTheTables() throws {
    for (width, height) in [(320, 240), (640, 480), (160, 120), (31, 17)] {
      var random = SeededGenerator(seed: 5)
      var image = GrayImage(width: width, height: height)
      for kind in 0..<4 {
        for i in image.pixels.indices {
          let (x, y) = (i % width, i / width)
          image.pixels[i] =
            switch kind {
            case 0: UInt8.random(in: 0...255, using: &random)
            case 1: (x / 3 + y / 3) % 2 == 0 ? 0 : 255
            case 2: x % 4 < 2 ? 20 : 230
            default: x % 9 < 4 && y % 9 < 7 ? 30 : 210
            }
        }
        let text = try reader.read(image)
        #expect(text.lines.count <= 16)
        #expect(text.lines.reduce(0) { $0 + $1.characters.count } <= 160)
      }
    }
  }

  @Test func sameImageSameText() throws {
    let gray = try Fixtures.gray("typical_001.png")
    let first = try reader.read(gray)
    #expect(!first.lines.isEmpty)
    _ = try reader.read(Fixtures.gray("hard_002.png"))
    #expect(try reader.read(gray) == first)
    #expect(try FirmwareReader(model: Repository.model("glyph")).read(gray) == first)
  }

  @Test func whatCannotBeReadIsRefused() throws {
    for (width, height) in [(7, 100), (100, 7), (641, 100), (100, 481)] {
      let image = GrayImage(width: width, height: height)
      #expect(throws: FirmwareReaderError.size(width: width, height: height)) {
        try reader.read(image)
      }
    }
    for name in ["classic", "line"] {
      let model = try Repository.model(name)
      #expect {
        try FirmwareReader(model: model)
      } throws: { error in
        if case .model(name, _)? = error as? FirmwareReaderError { true } else { false }
      }
    }
  }

  /// A simulated board that reads by itself: the text that arrives is the one that the C code read.
  @Test func aBoardThatReads() throws {
    let names = ["clean_000.png", "typical_001.png", "clean_003.png"]
    let images = try names.map { try Fixtures.gray($0) }
    var board = try SimulatedBoard(
      pictures: images.map(Picture.init),
      configuration: SimulatedBoard.Configuration(reader: reader))
    var decoder = ScribeDecoder()
    var size = 0
    for image in images {
      let bytes = try board.nextImageBytes()
      size += bytes.count
      let texts = decoder.decode(bytes).texts
      let expected = try reader.read(image)
      #expect(texts.map(\.lines) == [expected.lines])
    }
    // The images alone are 76,800 bytes each.
    #expect(size < 1500)
    #expect(decoder.finish().lostCount() == 0)
  }
}

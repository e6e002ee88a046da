import Foundation
import Gray
import Images
import Inference
import OnBoard
import Testing
import Text

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appending(path: "Fixtures/board-images")

private struct TrueCharacter: Decodable {
  let text: String
  let box: [Double]
}

/// The candidates that boards cut out of images, from which their network learns.
@Suite struct FirmwareCutsTests {
  private func cuts(of name: String) throws -> [FirmwareReader.Cut] {
    let reader = try FirmwareReader(model: ModelStore.load("glyph"))
    let file = [UInt8](try Data(contentsOf: fixtures.appending(path: name)))
    return try reader.cuts(in: GrayImage(CapturedImage(file: file)))
  }

  /// The share of characters that at least one candidate frames well: no classifier can read the
  /// others.
  @Test(arguments: [("clean", 0.97), ("typical", 0.95), ("hard", 0.9)])
  func candidatesCoverTheCharacters(tier: String, floor: Double) throws {
    let truth = try JSONDecoder().decode(
      [String: [TrueCharacter]].self,
      from: Data(contentsOf: fixtures.appending(path: "boxes.json")))
    var found = 0
    var total = 0
    for (name, characters) in truth where name.hasPrefix(tier) {
      let boxes = try cuts(of: name).map(\.box)
      for character in characters {
        total += 1
        if boxes.contains(where: { frames($0, character.box) }) { found += 1 }
      }
    }
    #expect(total > 100)
    #expect(Double(found) >= floor * Double(total), "\(found) of \(total)")
  }

  private func frames(_ box: PixelBox, _ truth: [Double]) -> Bool {
    let edges = [box.x, box.y, box.x + box.width, box.y + box.height].map(Double.init)
    let width = min(edges[2], truth[2]) - max(edges[0], truth[0])
    let height = min(edges[3], truth[3]) - max(edges[1], truth[1])
    if zip(edges, truth).allSatisfy({ abs($0 - $1) <= 1.5 }) { return true }
    guard width > 0, height > 0 else { return false }
    let both = width * height
    let areas =
      (edges[2] - edges[0]) * (edges[3] - edges[1]) + (truth[2] - truth[0]) * (truth[3] - truth[1])
    return both / (areas - both) > 0.6
  }

  @Test func patchesShowInk() throws {
    let cuts = try cuts(of: "clean_000.png")
    #expect(cuts.count > 15 && Set(cuts.map(\.line)).count >= 3)
    for cut in cuts {
      #expect(cut.patch.count == FirmwareReader.patchBytes)
      #expect(cut.patch.contains { $0 > 128 })
      #expect((1...6).contains(cut.pieces))
    }
  }

  @Test func imagesThatBoardsDoNotTakeAreRefused() throws {
    let reader = try FirmwareReader(model: ModelStore.load("glyph"))
    #expect(throws: FirmwareReaderError.self) {
      try reader.cuts(in: GrayImage(width: 4, height: 4))
    }
  }

  /// An image is halved until it fits; boxes are those in the original image.
  @Test func largeImagesAreReadAtHalfTheirSize() throws {
    let file = [UInt8](try Data(contentsOf: fixtures.appending(path: "clean_000.png")))
    let small = try GrayImage(CapturedImage(file: file))
    var pixels: [UInt8] = []
    for y in 0..<4 * small.height {
      for x in 0..<4 * small.width { pixels.append(small.pixels[y / 4 * small.width + x / 4]) }
    }
    let image = CapturedImage(
      width: 4 * small.width, height: 4 * small.height, format: .gray8, payload: pixels)
    let model = try ModelStore.load("glyph")
    let reading = try FirmwareReader(model: model, halvesLargeImages: true).read(image)
    #expect(reading.text == "brown\neight\nFLOOR")
    #expect(reading.width == 4 * small.width)
    let whole = try #require(reading.lines.last).box
    #expect(whole.width > 4 * 150 && whole.maxY <= image.height)
    #expect(throws: FirmwareReaderError.self) { try FirmwareReader(model: model).read(image) }
  }
}

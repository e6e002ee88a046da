import Binary
import Foundation
import Glyphs
import Gray
import Images
import Testing

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appending(path: "Fixtures/board-images")

private struct TrueCharacter: Decodable {
  let text: String
  let box: [Double]
}

@Suite struct SegmenterTests {
  private func gray(of name: String) throws -> GrayImage {
    let file = try Data(contentsOf: fixtures.appending(path: name))
    return try GrayImage(CapturedImage(file: [UInt8](file)))
  }

  private func cuts(of name: String) throws -> [LineCuts] {
    Segmenter().lines(in: Binarizer().binarize(try gray(of: name))).map { $0.cuts() }
  }

  /// The share of characters that at least one candidate frames well: what it misses, no
  /// classifier can read.
  @Test(arguments: [("clean", 0.99), ("typical", 0.97), ("hard", 0.95)])
  func candidatesCoverTheCharacters(tier: String, floor: Double) throws {
    let truth = try JSONDecoder().decode(
      [String: [TrueCharacter]].self,
      from: Data(contentsOf: fixtures.appending(path: "boxes.json")))
    var found = 0
    var total = 0
    for (name, characters) in truth where name.hasPrefix(tier) {
      let boxes = try cuts(of: name).flatMap { $0.candidates.map(\.box) }
      for character in characters {
        total += 1
        if boxes.contains(where: { frames($0, character.box) }) { found += 1 }
      }
    }
    #expect(total > 100)
    #expect(Double(found) >= floor * Double(total), "\(found) of \(total)")
  }

  private func frames(_ box: PixelBox, _ truth: [Double]) -> Bool {
    let edges = [box.x, box.y, box.maxX, box.maxY].map(Double.init)
    let width = min(edges[2], truth[2]) - max(edges[0], truth[0])
    let height = min(edges[3], truth[3]) - max(edges[1], truth[1])
    if zip(edges, truth).allSatisfy({ abs($0 - $1) <= 1.5 }) { return true }
    guard width > 0, height > 0 else { return false }
    let both = width * height
    let areas =
      (edges[2] - edges[0]) * (edges[3] - edges[1]) + (truth[2] - truth[0]) * (truth[3] - truth[1])
    return both / (areas - both) > 0.6
  }

  @Test func patchesStandBesideTheirBoxes() throws {
    for line in try cuts(of: "clean_000.png") {
      #expect(line.patches().count == line.candidates.count * Patch.byteCount)
      var last = (first: -1, end: -1)
      for candidate in line.candidates {
        let pieces = candidate.pieces
        #expect(pieces.upperBound <= line.pieceCount)
        #expect((pieces.lowerBound, pieces.upperBound) > (last.first, last.end))
        last = (pieces.lowerBound, pieces.upperBound)
      }
      // Every piece alone is a candidate, or a path could get stuck.
      let single = Set(line.candidates.filter { $0.pieces.count == 1 }.map(\.pieces.lowerBound))
      #expect(single == Set(0..<line.pieceCount))
    }
  }

  @Test func patchesAreTheSameOneByOne() throws {
    for cuts in try cuts(of: "clean_000.png") {
      let all = cuts.patches()
      let order = cuts.candidates.indices.reversed()
      let backwards = cuts.patches(of: order)
      for (place, i) in order.enumerated() {
        let size = Patch.byteCount
        #expect(all[i * size..<(i + 1) * size] == backwards[place * size..<(place + 1) * size])
      }
    }
  }

  /// The line reader's image is the strip that is cut, in another size.
  @Test func linesAndCutsShowTheSameInk() throws {
    for line in Segmenter().lines(in: Binarizer().binarize(try gray(of: "clean_000.png"))) {
      let image = line.image
      for candidate in line.cuts().candidates where candidate.pieces.count == 1 {
        let box = candidate.stripBox
        guard box.height > 14, box.width > 3 else { continue }
        let columns = box.x * 2 / 3..<min(image.width, (box.maxX * 2 + 2) / 3)
        let rows = box.y * 2 / 3..<min(LineImage.height, (box.maxY * 2 + 2) / 3)
        let darkest = rows.map { row in
          columns.map { image.coverage[row * image.width + $0] }.max() ?? 0
        }
        // Every row of the box has ink, but perhaps its edges.
        #expect(darkest.dropFirst().dropLast().allSatisfy { $0 > 60 })
      }
    }
  }

  @Test func shapesFillTheirPatch() throws {
    for line in Segmenter().lines(in: Binarizer().binarize(try gray(of: "clean_000.png")))
    where line.polarity == .darkOnLight {
      let cuts = line.cuts()
      guard cuts.pieceCount > 4 else { continue }
      for (i, candidate) in cuts.candidates.enumerated() where candidate.stripBox.height > 14 {
        let patch = cuts.patches(of: [i])
        #expect(patch.count == Patch.byteCount)
        let shape = stride(from: 0, to: patch.count, by: 2).map { patch[$0] }
        let rows = (0..<32).filter { row in shape[row * 32..<(row + 1) * 32].contains { $0 > 80 } }
        let columns = (0..<32).filter { x in (0..<32).contains { shape[$0 * 32 + x] > 80 } }
        let extents = [rows, columns].map { ($0.last ?? 0) - ($0.first ?? 0) + 1 }
        #expect(extents.contains { $0 >= 24 })
      }
    }
  }

  @Test func lightOnDarkGivesThePatchesOfDarkOnLight() throws {
    var gray = try gray(of: "clean_000.png")
    let dark = Segmenter().lines(in: Binarizer().binarize(gray))
      .filter { $0.polarity == .darkOnLight }.map { $0.cuts() }
    for i in gray.pixels.indices { gray.pixels[i] = 255 - gray.pixels[i] }
    let light = Segmenter().lines(in: Binarizer().binarize(gray))
      .filter { $0.polarity == .lightOnDark }.map { $0.cuts() }
    #expect(!dark.isEmpty)
    // The paper of one is the ink of the other: the light differs, the places do not.
    for line in dark where line.pieceCount >= 4 {
      #expect(
        light.contains {
          abs($0.box.y - line.box.y) <= 2 && abs($0.box.x - line.box.x) <= 3
            && abs($0.box.maxX - line.box.maxX) <= 3
        })
    }
  }

  @Test func imagesOfAnySizeAreCut() {
    for (width, height) in [(1, 1), (3, 200), (200, 3), (16, 16), (201, 7)] {
      var state: UInt32 = 9
      let pixels = (0..<(width * height)).map { _ -> UInt8 in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(state >> 24)
      }
      let gray = GrayImage(width: width, height: height, pixels: pixels)
      for line in Segmenter().lines(in: Binarizer().binarize(gray)) {
        let cuts = line.cuts()
        #expect(cuts.patches().count == cuts.candidates.count * Patch.byteCount)
      }
    }
  }
}

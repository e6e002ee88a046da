import Foundation
import Testing

/// A line of `scribe evaluate --json`: for an image or for a tier.
private struct EvaluateLine: Decodable {
  let tier: String
  let image: String?
  let size: String?
  let truth: String?
  let images: Int?
  let imagesRight: Double?
  let imagesContained: Double?
  let linesRight: Double?

  var isTier: Bool { images != nil && image == nil && size == nil }
}

/// The number of right ones, and of all.
private typealias Count = [Int]

@Suite(.startsPrograms) struct AccuracyTests {
  /// Right readings must stay right: `scripts/update-floors` raises the counts.
  @Test(arguments: [
    ("board-images", "lines"), ("board-images", "quick"), ("board-images", "glyphs"),
    ("photographs", "lines"), ("photographs", "quick"),
  ]) func imagesAreReadAsWellAsBefore(folder: String, reader: String) async throws {
    let file = try #require(
      Bundle.module.url(forResource: "floors", withExtension: "json", subdirectory: "Fixtures"))
    let floors = try #require(
      try JSONDecoder().decode(
        [String: [String: [String: Count]]].self, from: Data(contentsOf: file))[
          "\(folder), \(reader)"])
    let result = try await ScribeProcess.run([
      "evaluate", "--json", "--reader", reader,
      BoardImages.folder.deletingLastPathComponent().appending(path: folder).path,
    ])
    #expect(result.status == 0, "\(result.errors)")
    let rows = try result.lines.map {
      try JSONDecoder().decode(EvaluateLine.self, from: Data($0.utf8))
    }
    for (tier, floor) in floors {
      let row = try #require(rows.first { $0.isTier && $0.tier == tier })
      let images = try #require(row.images)
      let lines = rows.filter { $0.image != nil && $0.tier == tier }
        .reduce(0) { $0 + ($1.truth ?? "").split(separator: "\n").count }
      for (kind, share, count) in [
        ("images", row.imagesRight, images), ("imagesContained", row.imagesContained, images),
        ("lines", row.linesRight, lines),
      ] {
        let right = Int((Double(count) * (share ?? 0)).rounded())
        let least = try #require(floor[kind])
        #expect(count == least[1], "\(tier): \(kind)")
        #expect(right >= least[0], "\(tier): \(kind) right, of \(count)")
      }
    }
  }

  /// Without the finder and the boxes laid over small images, fewer of the lines are read.
  @Test func looksCanBeLeftOut() async throws {
    let folder = BoardImages.folder.deletingLastPathComponent().appending(path: "photographs")
    let result = try await ScribeProcess.run(
      ["evaluate", "--json", "--looks", "drum", folder.path])
    let all = try #require(
      try result.lines.map { try JSONDecoder().decode(EvaluateLine.self, from: Data($0.utf8)) }
        .first { $0.tier == "ALL" && $0.isTier })
    #expect(try #require(all.imagesContained) <= 3.0 / 16)
    let wrong = try await ScribeProcess.run(["evaluate", "--looks", "nowhere", folder.path])
    #expect(wrong.status == 64)
    #expect(wrong.errors.contains("There is no look 'nowhere'"))
  }
}

import Foundation
import Testing

private struct TierLine: Decodable {
  let tier: String
  let cerCapped: Double?
  let images: Int?
  let imagesRight: Double?
  let imagesContained: Double?

  /// Images of which the text was read without a mistake.
  var right: Int { Int((Double(images ?? 0) * (imagesRight ?? 0)).rounded()) }
  /// Images in which it was read, maybe among other.
  var contained: Int { Int((Double(images ?? 0) * (imagesContained ?? 0)).rounded()) }
}

@Suite(.startsPrograms) struct AccuracyTests {
  /// Floors for the labelled fixtures: a change that reads worse must not pass unseen.
  @Test func fixturesAreReadAsWellAsBefore() async throws {
    let result = try await ScribeProcess.run(["evaluate", "--json", BoardImages.folder.path])
    #expect(result.status == 0, "\(result.errors)")
    let tiers = try result.lines.map {
      try JSONDecoder().decode(TierLine.self, from: Data($0.utf8))
    }
    for (tier, limit, right) in [("clean", 0.05, 8), ("typical", 0.05, 9), ("hard", 0.03, 6)] {
      let line = try #require(tiers.first { $0.tier == tier && $0.images != nil })
      #expect(line.images == 10)
      #expect(try #require(line.cerCapped) <= limit, "\(tier)")
      #expect(line.right >= right, "\(tier)")
    }
  }

  /// Of what cameras see as little may be lost.
  @Test func photographsAreReadAsWellAsBefore() async throws {
    let folder = BoardImages.folder.deletingLastPathComponent().appending(path: "photographs")
    let result = try await ScribeProcess.run(["evaluate", "--json", folder.path])
    #expect(result.status == 0, "\(result.errors)")
    let all = try #require(
      try result.lines.map { try JSONDecoder().decode(TierLine.self, from: Data($0.utf8)) }
        .first { $0.tier == "ALL" && $0.images != nil })
    #expect(all.images == 16)
    #expect(all.right >= 13)
    #expect(all.contained >= 14)
  }

  /// Without the finder and the boxes laid over small images fewer of them are read.
  @Test func looksCanBeLeftOut() async throws {
    let folder = BoardImages.folder.deletingLastPathComponent().appending(path: "photographs")
    let result = try await ScribeProcess.run(
      ["evaluate", "--json", "--looks", "drum", folder.path])
    let all = try #require(
      try result.lines.map { try JSONDecoder().decode(TierLine.self, from: Data($0.utf8)) }
        .first { $0.tier == "ALL" && $0.images != nil })
    #expect(all.contained <= 3)
    let wrong = try await ScribeProcess.run(["evaluate", "--looks", "nowhere", folder.path])
    #expect(wrong.status == 64)
    #expect(wrong.errors.contains("There is no look 'nowhere'"))
  }
}

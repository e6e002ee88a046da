import Foundation
import Testing

private struct TierLine: Decodable {
  let tier: String
  let cerCapped: Double?
  let images: Int?
}

@Suite(.startsPrograms) struct AccuracyTests {
  /// Floors for the labelled fixtures: a change that reads worse must not pass unseen.
  @Test func fixturesAreReadAsWellAsBefore() async throws {
    let result = try await ScribeProcess.run(["evaluate", "--json", BoardImages.folder.path])
    #expect(result.status == 0, "\(result.errors)")
    let tiers = try result.lines.map {
      try JSONDecoder().decode(TierLine.self, from: Data($0.utf8))
    }
    for (tier, limit) in [("clean", 0.05), ("typical", 0.06), ("hard", 0.07)] {
      let line = try #require(tiers.first { $0.tier == tier && $0.images != nil })
      #expect(line.images == 10)
      #expect(try #require(line.cerCapped) <= limit, "\(tier)")
    }
  }
}

import Foundation
import Testing
import ValuesTrial

/// A part of the day that `scripts/measure/values/day` draws.
@Suite("A meter's day") struct MeterDayTests {
  private static let models =
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "models")

  @Test(.timeLimit(.minutes(20))) func nothingWrongIsGood() throws {
    let rows = try MeterDay(hours: 1, interval: 15, seed: 2).run(models: Self.models)
    let all = try #require(rows.first { $0.way == .all }?.outcome)
    #expect(all.images == 240)
    #expect(all.wrongAndGood == 0, "\(all.wrong.joined(separator: "\n"))")
    #expect(all.rightAndGood >= 120)
    let whole = try #require(rows.first { $0.way == .whole }?.outcome)
    #expect(whole.rightAndGood < all.rightAndGood)
  }
}

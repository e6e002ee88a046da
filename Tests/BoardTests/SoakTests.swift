import Board
import Images
import LinkSoak
import Testing

/// Minutes of the soak that `scripts/link/soak` runs for a day.
@Suite("Link faults for a while") struct SoakTests {
  @Test func nothingIsLostUnaccountedFor() async throws {
    // Every kind of board, and every kind of hang-up.
    let report = try await Soak.run(SoakPlan(hours: 0.25, hangUps: 13))
    #expect(report.failures.isEmpty, "\(report)")
    // And the wire was bad indeed.
    #expect(report.hangUps == 13)
    #expect(report.stalls > 0 && report.idles > 0)
    #expect(report.channel.lost > 0 && report.channel.corrupted > 0 && report.channel.inserted > 0)
    #expect(report.statistics.imagesIntact > 100 && report.statistics.imagesDamaged > 0)
    #expect(report.imagesCut > 0 && report.imagesSkipped > 0)
    #expect(report.bytesRecorded == report.bytesReceived && report.bytesReceived > 10_000_000)
  }
}

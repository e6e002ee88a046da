import Board
import Foundation
import Images
import LinkSoak
import Testing

/// Minutes of the soak that `scripts/link/soak` runs for a day.
@Suite("Link faults for a while") struct SoakTests {
  @Test func nothingIsLostUnaccountedFor() async throws {
    // Every kind of board, and every kind of hang-up.
    let report = try await Soak.run(SoakPlan(hours: 0.25, hangUps: 13))
    // Other tests use memory of this process.
    #expect(report.failures.allSatisfy { $0 == SoakReport.memoryGrew }, "\(report)")
    // And the wire was bad indeed.
    #expect(report.hangUps == 13)
    #expect(report.stalls > 0 && report.idles > 0)
    #expect(report.channel.lost > 0 && report.channel.corrupted > 0 && report.channel.inserted > 0)
    #expect(report.statistics.imagesIntact > 100 && report.statistics.imagesDamaged > 0)
    #expect(report.imagesCut > 0 && report.imagesSkipped > 0)
    #expect(report.bytesRecorded == report.bytesReceived && report.bytesReceived > 10_000_000)
  }

  /// The soak in a process of its own, whose memory must not grow.
  @Test func memoryStaysFlat() async throws {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let program = URL(filePath: tests).deletingLastPathComponent().appending(path: "link-soak")
    let (status, report) = try await inThread {
      let soak = Process()
      soak.executableURL = program
      soak.arguments = ["0.25", "3"]
      let output = Pipe()
      soak.standardOutput = output
      try soak.run()
      let report = try output.fileHandleForReading.readToEnd() ?? Data()
      soak.waitUntilExit()
      return (soak.terminationStatus, report)
    }
    #expect(status == 0, "\(String(decoding: report, as: UTF8.self))")
  }
}

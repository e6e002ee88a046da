import Foundation
import Testing

/// The program's geometry, as scripts know it.
@Suite("Geometry", .startsPrograms) struct GeometryTests {
  /// `scribe cut --describe > scripts/dataset/geometry.json` writes it anew.
  @Test func scriptsHaveTheProgramsGeometry() async throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let kept = try String(
      contentsOf: root.appending(path: "scripts/dataset/geometry.json"), encoding: .utf8)
    let result = try await ScribeProcess.run(["cut", "--describe"])
    #expect(result.status == 0)
    #expect(result.output == kept)
  }
}

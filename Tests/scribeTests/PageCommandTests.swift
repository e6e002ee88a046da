import Foundation
import Glibc
import PortTestSupport
import Testing

/// `live --page`: where a page is served, and where it is not.
@Suite("Page of live cameras", .startsPrograms) struct PageCommandTests {
  private func live(_ scratch: Scratch, _ options: [String]) async throws -> ScribeProcess.Result {
    try Data([1, 2, 3]).write(to: URL(filePath: scratch.path("bytes")))
    let model = try BlankModel.write(in: scratch)
    return try await ScribeProcess.run(
      ["live", "--port", scratch.path("bytes"), "--model", model, "--reader", "glyphs"] + options)
  }

  @Test func otherMachinesAreOnlyLetInWithAToken() async throws {
    let scratch = try Scratch()
    let refused = try await live(scratch, ["--page", "0", "--page-address", "0.0.0.0"])
    #expect(refused.status == 64 && refused.errors.contains("--page-token FILE"))
    let token = scratch.path("token")
    let served = try await live(
      scratch, ["--page", "0", "--page-address", "0.0.0.0", "--page-token", token])
    #expect(served.status == 0 && served.errors.contains("the token in \(token)"))
    var status = stat()
    #expect(stat(token, &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(!served.errors.contains(try String(contentsOfFile: token, encoding: .utf8).prefix(43)))
    // One that others may read is no secret.
    chmod(token, 0o644)
    let open = try await live(scratch, ["--page", "0", "--page-token", token])
    #expect(open.status == 73 && open.errors.contains("others may read it"))
  }

  @Test func thePageIsToldAndEndsWithTheProgram() async throws {
    let scratch = try Scratch()
    let result = try await live(scratch, ["--page", "0"])
    #expect(result.status == 0)
    #expect(
      try Regex("page: http://127\\.0\\.0\\.1:[1-9][0-9]+/\n").firstMatch(in: result.errors) != nil)
    // Nothing was corrected, so there is no folder.
    #expect(!FileManager.default.fileExists(atPath: scratch.path("corrections")))
  }

  @Test(arguments: [
    ["--corrections", "x"], ["--recordings", "x"], ["--page-token", "x"],
    ["--page", "99999"], ["--page", "0", "--corrections", ""],
    ["--page", "0", "--page-address", "localhost"],
  ])
  func wrongOptionsAreToldSo(options: [String]) async throws {
    #expect(try await live(try Scratch(), options).status == 64)
  }
}

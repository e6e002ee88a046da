import Foundation
import FuzzTargets
import Testing

/// The inputs kept for each target.
enum Corpus {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

  static func files(_ target: FuzzTarget) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(
      at: folder.appending(path: target.rawValue), includingPropertiesForKeys: nil
    ).sorted { $0.lastPathComponent < $1.lastPathComponent }
  }
}

/// Seeds, inputs that the fuzzer found worth keeping, and every input that ever failed.
@Suite struct ReplayTests {
  @Test(arguments: FuzzTarget.allCases) func everyInputPasses(target: FuzzTarget) throws {
    let files = try Corpus.files(target)
    #expect(files.count >= 2, "no seeds: scripts/fuzz --seeds makes them")
    for file in files {
      let bytes = try [UInt8](Data(contentsOf: file))
      #expect(throws: Never.self, "\(file.lastPathComponent)") { try target.run(bytes) }
    }
  }

  /// No input and the shortest ones, which aren't among the seeds.
  @Test(arguments: FuzzTarget.allCases) func shortInputsPass(target: FuzzTarget) throws {
    try target.run([])
    for byte in UInt8.min...UInt8.max where target != .reading || byte.isMultiple(of: 16) {
      try target.run([byte])
      try target.run([byte, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
    }
  }

  @Test func theCorpusStaysSmall() throws {
    var size = 0
    for target in FuzzTarget.allCases {
      for file in try Corpus.files(target) { size += try Data(contentsOf: file).count }
    }
    #expect(size < 400_000)
  }
}

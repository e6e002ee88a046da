import Foundation
import Inference
import Testing

/// Files of a model that are damaged, cut, missing or something else.
@Suite struct DamagedModelTests {
  @Test func changedWeights() throws {
    var model = smallModel()
    model.weights[3] ^= 1
    guard case .wrongHash(let file, _, _)? = try loadingFailure(model) else {
      Issue.record("loaded")
      return
    }
    #expect(file.hasSuffix("/weights.bin"))
  }

  @Test(arguments: [-1, 1, -1000]) func weightsOfAnotherSize(change: Int) throws {
    var model = smallModel()
    let size = model.weights.count
    if change > 0 {
      model.weights.append(0)
    } else {
      model.weights.removeLast(min(-change, size))
    }
    guard case .wrongSize(let file, size, let found)? = try loadingFailure(model) else {
      Issue.record("loaded")
      return
    }
    #expect(found == model.weights.count)
    #expect(file.hasSuffix("/weights.bin"))
  }

  /// A manifest cut anywhere is an error and no crash.
  @Test func cutManifest() throws {
    let folder = try TemporaryFolder()
    let model = smallModel()
    try model.write(to: folder)
    let json = try JSONSerialization.data(withJSONObject: model.manifest)
    for count in stride(from: 0, to: json.count, by: 37) {
      try folder.write(Array(json.prefix(count)), to: "model.json")
      guard case .malformedManifest(let file, _)? = loadingFailure(folder) else {
        Issue.record(
          "\(count) of \(json.count) bytes: \(String(describing: loadingFailure(folder)))")
        continue
      }
      #expect(file.hasSuffix("/model.json"))
    }
  }

  /// Any byte changed gives an error or a model that still runs, never a crash.
  @Test func changedManifest() throws {
    let folder = try TemporaryFolder()
    let model = smallModel()
    try model.write(to: folder)
    let json = Array(try JSONSerialization.data(withJSONObject: model.manifest))
    var random = Seeded(3)
    var refused = 0
    for _ in 0..<400 {
      var spoilt = json
      let at = Int.random(in: 0..<json.count, using: &random)
      spoilt[at] = "0123456789-,\"[]{}ex".utf8.randomElement(using: &random) ?? 0
      try folder.write(spoilt, to: "model.json")
      do {
        let model = try Model(directory: folder.path)
        var workspace = Workspace()
        let patches = randomPatches(2, size: model.patchSize, seed: 4)
        let logits = model.logits(of: patches, count: 2, workspace: &workspace)
        #expect(logits.count == 2 * model.labels.count)
      } catch {
        refused += 1
      }
    }
    #expect(refused > 100)
  }

  @Test func missingFiles() throws {
    let folder = try TemporaryFolder()
    guard case .unreadable(let file, _)? = loadingFailure(folder) else {
      Issue.record("loaded")
      return
    }
    #expect(file.hasSuffix("/model.json"))
    try smallModel().write(to: folder)
    try FileManager.default.removeItem(atPath: folder.path + "/weights.bin")
    guard case .unreadable(let other, _)? = loadingFailure(folder) else {
      Issue.record("loaded")
      return
    }
    #expect(other.hasSuffix("/weights.bin"))
  }

  @Test func hugeManifestIsNotRead() throws {
    let folder = try TemporaryFolder()
    try folder.write([], to: "model.json")
    let handle = try #require(FileHandle(forWritingAtPath: folder.path + "/model.json"))
    try handle.truncate(atOffset: 1 << 40)
    guard case .tooLarge(_, 1 << 40, _)? = loadingFailure(folder) else {
      Issue.record("\(String(describing: loadingFailure(folder)))")
      return
    }
  }

  @Test func folderInsteadOfFile() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.path + "/model.json", withIntermediateDirectories: false)
    guard case .unreadable(_, "not a regular file")? = loadingFailure(folder) else {
      Issue.record("loaded")
      return
    }
  }
}

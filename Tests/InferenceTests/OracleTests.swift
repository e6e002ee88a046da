import Foundation
import Inference
import Testing

/// Outputs that TensorFlow Lite Micro computed (`scripts/training/oracle.py`).
@Suite struct OracleTests {
  /// Models of random layers, scales and zero points: each kind of layer and padding occurs.
  @Test(arguments: 1...50) func randomModels(seed: Int) throws {
    let folder = try #require(Bundle.module.resourceURL)
    let model = try Model(directory: folder.path + "/Vectors/random-\(seed)")
    #expect(try model.selfTest() == 4)
    let vectors = try model.testVectors()
    for kernels in Kernels.available {
      var workspace = Workspace(kernels: kernels)
      let found = model.logits(
        of: vectors.flatMap(\.patch), count: vectors.count, workspace: &workspace)
      #expect(found == vectors.flatMap(\.logits), "\(kernels)")
    }
  }

  /// The models that ship.
  @Test func shippedModels() throws {
    let models = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("models").path
    var count = 0
    for name in try FileManager.default.contentsOfDirectory(atPath: models) {
      let folder = "\(models)/\(name)"
      guard FileManager.default.fileExists(atPath: "\(folder)/model.json") else { continue }
      let model = try Model(directory: folder)
      #expect(model.name == name)
      #expect(try model.selfTest() >= 10)
      count += 1
    }
    #expect(count > 0)
  }

  @Test func vectorsAreChecked() throws {
    let source = try #require(Bundle.module.resourceURL).path + "/Vectors/random-1"
    let folder = try TemporaryFolder()
    let names = ["model.json", "weights.bin", "vectors.bin"]
    var files: [String: [UInt8]] = [:]
    for name in names {
      files[name] = Array(try Data(contentsOf: URL(fileURLWithPath: "\(source)/\(name)")))
      try folder.write(files[name] ?? [], to: name)
    }
    let vectors = try #require(files["vectors.bin"])
    let json = String(decoding: try #require(files["model.json"]), as: UTF8.self)
    func failure() throws -> ModelError? {
      let model = try Model(directory: folder.path)
      do throws(ModelError) {
        try model.selfTest()
        return nil
      } catch {
        return error
      }
    }
    /// Writes vectors and a manifest that matches them.
    func write(_ bytes: [UInt8]) throws {
      try folder.write(bytes, to: "vectors.bin")
      let changed =
        json
        .replacing(SHA256.hexDigest(of: vectors), with: SHA256.hexDigest(of: bytes))
        .replacing("\"bytes\": \(vectors.count)", with: "\"bytes\": \(bytes.count)")
      try folder.write(Array(changed.utf8), to: "model.json")
    }
    #expect(try failure() == nil)

    let model = try Model(directory: folder.path)
    let header = 24
    let size = model.patchSize + 4 * model.layers.count + model.labels.count

    // A logit of the second vector.
    var spoilt = vectors
    spoilt[header + 2 * size - 1] ^= 1
    try folder.write(spoilt, to: "vectors.bin")
    guard case .wrongHash? = try failure() else {
      Issue.record("passed")
      return
    }
    try write(spoilt)
    guard case .failedSelfTest(_, 1, _)? = try failure() else {
      Issue.record("passed")
      return
    }

    // The first layer's checksum in the third vector.
    spoilt = vectors
    spoilt[header + 2 * size + model.patchSize] ^= 0x80
    try write(spoilt)
    guard case .failedSelfTest(_, 2, "the output of layer 0 differs")? = try failure() else {
      Issue.record("passed")
      return
    }

    // Each number of the header.
    for at in stride(from: 0, to: header, by: 4) {
      spoilt = vectors
      spoilt[at] ^= 0x40
      try write(spoilt)
      guard case .invalidField(let file, _, _, _)? = try failure() else {
        Issue.record("passed")
        return
      }
      #expect(file.hasSuffix("/vectors.bin"))
    }

    // Cut: detected by the manifest's size, or, if that agrees, by the number of vectors.
    try folder.write(Array(vectors.dropLast()), to: "vectors.bin")
    try folder.write(Array(json.utf8), to: "model.json")
    guard case .wrongSize(_, vectors.count, vectors.count - 1)? = try failure() else {
      Issue.record("passed")
      return
    }
    try write(Array(vectors.dropLast()))
    guard case .invalidField(_, "vectors.count", _, _)? = try failure() else {
      Issue.record("passed")
      return
    }
  }
}

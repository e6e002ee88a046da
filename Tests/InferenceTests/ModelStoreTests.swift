import Foundation
import Inference
import Testing

@Suite struct ModelStoreTests {
  @Test func findsByPath() throws {
    let folder = try TemporaryFolder()
    let name = "store-test"
    let inner = folder.path + "/" + name
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
    var model = RandomModel(input: [3, 3, 1], seed: 1)
    model.add("dense", channels: 2, activation: "none")
    model.finish()
    let json = try JSONSerialization.data(withJSONObject: model.manifest)
    try folder.write(Array(json), to: name + "/model.json")
    try folder.write(model.weights, to: name + "/weights.bin")

    #expect(try ModelStore.directory(of: inner) == inner)
    #expect(try ModelStore.load(inner).labels.count == 2)
  }

  @Test(arguments: ["no such model", "", "..", "no/such"])
  func saysWhereItLooked(name: String) throws {
    do throws(ModelError) {
      _ = try ModelStore.load(name)
      Issue.record("found")
    } catch {
      guard case .notFound(name, let searched) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(!searched.isEmpty)
      for place in searched { #expect("\(error)".contains(place)) }
      if !name.contains("/") {
        #expect(searched.contains("/usr/local/share/serialscribe/models/\(name)"))
        #expect(searched.contains { $0.hasSuffix("/../share/serialscribe/models/\(name)") })
        #expect(searched.contains(FileManager.default.currentDirectoryPath + "/models/\(name)"))
      }
    }
  }
}

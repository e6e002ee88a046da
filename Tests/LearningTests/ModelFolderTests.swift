import Foundation
import Inference
import Learning
import Testing

@Suite struct ModelFolderTests {
  /// Values of a layer, quantized again, are the layer: the format's rules take nothing away.
  @Test(arguments: ["line", "line-quick", "glyph", "classic"])
  func quantizedAgainIsTheSame(name: String) throws {
    var folder = try Repository.folder(name)
    let before = folder.model
    let last = before.layers.count - 1
    try folder.replace(layer: last, by: #require(folder.values(ofLayer: last)))
    let after = folder.model.layers[last]
    #expect(after.weights == before.layers[last].weights)
    #expect(after.biases == before.layers[last].biases)
    #expect(after.requantizers == before.layers[last].requantizers)
  }

  /// Weights that were changed run alike on all kernels and in the reference.
  @Test func changedLayersEqualTheReference() throws {
    var folder = try Repository.folder("line-quick")
    let last = folder.model.layers.count - 1
    var values = try #require(folder.values(ofLayer: last))
    for i in values.weights.indices { values.weights[i] *= 1 + 0.3 * Float(i % 5) / 5 }
    for i in values.biases.indices { values.biases[i] += Float(i % 3) - 1 }
    try folder.replace(layer: last, by: values, output: -90...25)
    let model = folder.model
    #expect(abs(model.output.scale - 115.0 / 255) < 1e-6)
    for vector in try Repository.model("line-quick").testVectors().suffix(3) {
      let reference = try #require(model.referenceOutputs(of: vector.patch).last)
      for kernels in Kernels.available {
        var workspace = Workspace(kernels: kernels)
        #expect(model.logits(of: vector.patch, count: 1, workspace: &workspace) == reference)
      }
    }
  }

  @Test func quantizationCoversZero() {
    let range = Quantization(covering: 2...10)
    #expect(range.zeroPoint == -128 && abs(range.scale - 10.0 / 255) < 1e-7)
    #expect(Quantization(covering: -10 ... -1).zeroPoint == 127)
    #expect(Quantization(covering: 0...0).scale > 0)
  }

  @Test func replayedLinesAreComplete() throws {
    let replay = try Repository.replay()
    let lines = replay.replayed + replay.checked
    #expect(Set(lines.map(\.kind)) == ["print", "segments", "meters", "small", "faint"])
    #expect(replay.checked.reduce(0) { $0 + $1.text.count } > 1000)
    for line in lines { #expect(line.columns.count == line.text.filter { $0 != " " }.count) }
  }

  @Test func damagedReplayIsToldByName() throws {
    let folder = try Folder()
    let path = folder.url.path
    #expect(throws: LearningError.replay(path: path + "/replay.json", reason: "can't be read")) {
      try ReplaySet(folder: path) { _ in throw LearningError.onePicture }
    }
    try Data("[1]".utf8).write(to: folder.url.appending(path: "replay.json"))
    #expect(throws: LearningError.self) {
      try ReplaySet(folder: path) { _ in throw LearningError.onePicture }
    }
    try Data(#"{"../x": [{"width": 8, "text": "1"}]}"#.utf8)
      .write(to: folder.url.appending(path: "replay.json"))
    #expect(throws: LearningError.self) {
      try ReplaySet(folder: path) { _ in throw LearningError.onePicture }
    }
  }
}

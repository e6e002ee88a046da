import Export
import FirmwareProto
import Inference
import OnBoard

/// A manifest, a zero, and weights.
func fuzzModel(_ bytes: [UInt8]) throws(FuzzFailure) {
  let end = bytes.firstIndex(of: 0) ?? bytes.count
  let weights = Array(bytes.dropFirst(end + 1))
  guard let model = try? Model(manifest: Array(bytes[..<end]), weights: weights, file: "model.json")
  else { return }
  try require(
    model.patchSize > 0 && model.positions > 0 && model.labels.count >= 2, "an empty model")
  // A model that loads must compute: with the fast kernels, the portable ones, the reference and
  // the board's.
  guard model.macs <= 1 << 18, model.patchSize <= 1 << 14 else { return }
  var numbers = FuzzNumbers(seed: bytes.count)
  let patch = (0..<model.patchSize).map { _ in UInt8(numbers.below(256)) }
  var workspace = Workspace()
  let logits = model.logits(of: patch, count: 1, workspace: &workspace)
  var portable = Workspace.portable
  try require(
    model.logits(of: patch, count: 1, workspace: &portable) == logits, "portable kernels differ")
  try require(model.referenceOutputs(of: patch).last == logits, "the reference differs")
  guard let firmware = try? FirmwareModel(model, vectors: 0) else { return }
  try require(
    boardLogits(of: patch, FlashModel(firmware), count: logits.count) == logits,
    "the board's kernels differ")
}

private func boardLogits(of patch: [UInt8], _ flash: FlashModel, count: Int) -> [Int8] {
  var model = flash.model
  let arena = UnsafeMutablePointer<UInt32>.allocate(capacity: max(1, Int(model.arena_words)))
  defer { arena.deallocate() }
  var logits = [Int8](repeating: 0, count: count)
  scribe_model_logits(&model, arena, patch, &logits)
  return logits
}

extension Model {
  /// A small network for characters' patches that tells a few letters apart, by chance.
  static func forReading() throws(ModelError) -> Model {
    let labels = ["", "a", "b", "I", "8"]
    let manifest = """
      {"format": "serialscribe-model", "version": 1, "name": "chance",
       "labels": ["", "a", "b", "I", "8"],
       "input": {"shape": [32, 32, 2], "scale": 0.003921568859368563, "zero_point": -128},
       "parameters": \(2049 * labels.count), "macs": \(2048 * labels.count),
       "training": {"recipe": "none", "seed": 0, "data_sha256": "", "float_accuracy": 0,
                    "int8_accuracy": 0},
       "weights": {"bytes": \(2052 * labels.count), "sha256": ""},
       "layers": [{
         "kind": "dense", "input": [32, 32, 2], "output": [1, 1, \(labels.count)],
         "activation": "none", "input_scale": 0.003921568859368563, "input_zero_point": -128,
         "weight_scales": [0.01, 0.01, 0.01, 0.01, 0.01], "weights_offset": 0,
         "bias_offset": \(2048 * labels.count), "output_scale": 0.1, "output_zero_point": 0}]}
      """
    var numbers = FuzzNumbers(seed: 8)
    let weights = (0..<2048 * labels.count).map { _ in
      UInt8(bitPattern: Int8(numbers.below(255) - 127))
    }
    return try Model(
      manifest: Array(manifest.utf8), weights: weights + [UInt8](repeating: 0, count: 20),
      file: "chance")
  }
}

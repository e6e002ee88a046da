import Foundation

/// A model that knows one letter and never sees it: for tests that only need images to be read.
enum BlankModel {
  /// Writes the model's folder and returns its path.
  static func write(in scratch: Scratch) throws -> String {
    let folder = scratch.folder.appending(path: "blank")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(manifest.utf8).write(to: folder.appending(path: "model.json"))
    try Data(count: 4_104).write(to: folder.appending(path: "weights.bin"))
    return folder.path
  }

  /// One dense layer of zeros over patches of 32 x 32 x 2.
  private static let manifest = """
    {
      "format": "serialscribe-model", "version": 1, "name": "blank", "labels": ["", "a"],
      "input": {"shape": [32, 32, 2], "scale": 0.003921568859368563, "zero_point": -128},
      "parameters": 4098, "macs": 4096,
      "training": {
        "recipe": "none", "seed": 0, "data_sha256": "", "float_accuracy": 0.0, "int8_accuracy": 0.0
      },
      "weights": {
        "bytes": 4104,
        "sha256": "4f2cfec1c5dc3827cdeb42906713b37cae91e009aa0e2d211c376ccb9969b3ea"
      },
      "layers": [{
        "kind": "dense", "input": [32, 32, 2], "output": [1, 1, 2], "activation": "none",
        "input_scale": 0.003921568859368563, "input_zero_point": -128,
        "weight_scales": [0.01, 0.01], "weights_offset": 0, "bias_offset": 4096,
        "output_scale": 0.1, "output_zero_point": 0
      }]
    }
    """
}

import FoundationEssentials
import Inference

/// Loading of models, and inference one by one and many at a time.
struct InferenceBenchmarks {
  let folder: String
  let kernels: Kernels

  /// The benchmarks of every model in the folder.
  var all: [Benchmark] {
    get throws {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        .filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/model.json") }
      return try names.map(loading)
        + names.flatMap { name in
          let model = try Model(directory: "\(folder)/\(name)")
          let counts = model.positions > 1 ? [1] : [1, 32, 256]
          return counts.map { inference(name, of: model, count: $0) }
        }
    }
  }

  private func loading(_ name: String) throws -> Benchmark {
    let directory = "\(folder)/\(name)"
    return Benchmark(name: "load/\(name)", items: 1) {
      _ = try Model(directory: directory)
      return { _ = try? Model(directory: directory) }
    }
  }

  /// Inference on noise: the kernels take as long for any values.
  private func inference(_ name: String, of model: Model, count: Int) -> Benchmark {
    let kernels = kernels
    return Benchmark(name: "inference/\(name)/\(count)", items: count, macs: model.macs) {
      var value: UInt32 = 1
      let patches = (0..<count * model.patchSize).map { _ -> UInt8 in
        value = value &* 1_664_525 &+ 1_013_904_223
        return UInt8(value >> 24)
      }
      var workspace = Workspace(kernels: kernels)
      var logits: [Int8] = []
      return { model.logits(of: patches, count: count, workspace: &workspace, into: &logits) }
    }
  }
}

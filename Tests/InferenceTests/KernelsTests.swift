import Foundation
import Inference
import Testing

/// The choice of kernels and their results, beyond the shapes of `LogitsTests`.
@Suite struct KernelsTests {
  @Test func portableOnesRunEverywhere() {
    #expect(Kernels.available.first == .portable)
    #expect(Kernels.best == Kernels.available.last)
    #expect(Kernels.available.contains(Kernels.chosen))
    #expect(Set(Kernels.allCases.map(\.rawValue)).count == Kernels.allCases.count)
    if Kernels.best != .portable { #expect(Workspace().kernels == Kernels.chosen) }
    #expect(Workspace.portable.kernels == .portable)
  }

  private func expectEqual(_ model: Model, patches count: Int, seed: UInt64, _ comment: String) {
    let patches = randomPatches(count, size: model.patchSize, seed: seed)
    let expected = (0..<count).flatMap { i in
      let patch = patches[i * model.patchSize..<(i + 1) * model.patchSize]
      return model.referenceOutputs(of: Array(patch)).last ?? []
    }
    for kernels in Kernels.available {
      var workspace = Workspace(kernels: kernels)
      let found = model.logits(of: patches, count: count, workspace: &workspace)
      #expect(found == expected, "\(kernels), \(model.methods): \(comment)")
    }
  }

  @Test func shapesThatWinogradIsFor() throws {
    #expect(
      try RandomModel.glyph(seed: 1).load().methods
        == ["products", "winograd", "winograd", "products", "products"])
    var model = RandomModel(input: [4, 40, 16], seed: 2)
    model.add("conv2d", channels: 32, kernel: [3, 3], stride: [2, 1])
    model.add("conv2d", channels: 32, kernel: [1, 3], dilation: [1, 4])
    model.add("conv2d", channels: 9, kernel: [2, 1], padding: "valid", activation: "none")
    model.finish()
    let loaded = try model.load()
    #expect(loaded.methods == ["winogradRows", "winogradRows", "products"])
    expectEqual(loaded, patches: 5, seed: 3, "rows")
  }

  /// Kernels of one to seven, dilated, pooled or not, with many channels and odd sides.
  @Test func manyChannels() throws {
    var methods: [String: Int] = [:]
    for seed: UInt64 in 0..<60 {
      var random = Seeded(seed &* 104_729 &+ 11)
      func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
      var model = RandomModel(input: [pick(2...11), pick(3...23), pick(8...35)], seed: seed)
      var text = ""
      for _ in 0..<pick(1...2) {
        let kernel = [pick(1...4), pick(2...7)]
        let dilation = pick(0...2) == 0 ? [pick(1...2), pick(1...3)] : [1, 1]
        model.add(
          "conv2d", channels: pick(5...40), kernel: kernel, stride: [pick(1...2), 1],
          dilation: dilation, activation: pick(0...1) == 0 ? "relu" : "none")
        let shape = model.outputShape
        let pools = pick(0...1) == 0 && shape[0] > 1 && shape[1] > 1
        if pools {
          model.add("max_pool2d", kernel: [2, 2], stride: [2, 2], padding: "valid")
        }
        text += "\(kernel) \(dilation) \(pools) to \(model.outputShape); "
      }
      model.add("dense", channels: pick(2...20), activation: "none")
      model.finish()
      let loaded = try model.load()
      for method in loaded.methods { methods[method, default: 0] += 1 }
      expectEqual(loaded, patches: pick(1...10), seed: seed, text)
    }
    // Otherwise the test would show nothing.
    for method in ["products", "winograd", "winogradRows"] {
      #expect(methods[method, default: 0] > 8, "\(methods)")
    }
  }

  /// The greatest sums that Winograd's algorithm is used for, and beyond them.
  @Test(arguments: [(32, "winograd"), (112, "winograd"), (128, "products")])
  func greatestSums(channels: Int, method: String) throws {
    var model = RandomModel(input: [8, 8, channels], seed: 5)
    model.extremeWeights = true
    model.add("conv2d", channels: 20, kernel: [3, 3], activation: "none")
    model.add("dense", channels: 3, activation: "none")
    model.finish()
    let loaded = try model.load()
    #expect(loaded.methods.first == method)
    expectEqual(loaded, patches: 9, seed: 6, "\(channels)")
  }

  @Test func logitsTakeThePlaceOfOthers() throws {
    let model = try RandomModel.glyph(seed: 7).load()
    let patches = randomPatches(9, size: model.patchSize, seed: 8)
    var workspace = Workspace()
    let expected = model.logits(of: patches, count: 9, workspace: &workspace)
    for length in [0, 1, expected.count, expected.count + 5] {
      var logits = [Int8](repeating: 99, count: length)
      model.logits(of: patches, count: 9, workspace: &workspace, into: &logits)
      #expect(logits == expected)
    }
    var logits = [Int8](repeating: 0, count: expected.count)
    let before = logits.withUnsafeBufferPointer { $0.baseAddress }
    for _ in 0..<3 { model.logits(of: patches, count: 9, workspace: &workspace, into: &logits) }
    #expect(logits.withUnsafeBufferPointer { $0.baseAddress } == before)
    #expect(logits == expected)
  }

  /// Other processors' kernels, as far as emulators are installed.
  @Test func emulatedProcessors() throws {
    let repository = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let process = Process()
    let pipe = Pipe()
    process.executableURL = repository.appending(path: "scripts/measure/kernels/check")
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(
      decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(output)")
    for kernels in Kernels.available { #expect(output.contains("\(kernels.rawValue): ")) }
  }
}

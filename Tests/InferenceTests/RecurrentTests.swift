import Foundation
import Inference
import Testing

/// Networks that remember from column to column. `OracleTests` compares some with TensorFlow Lite
/// Micro.
@Suite struct RecurrentTests {
  /// A convolution that leaves one row, one or two lstms with or without convolutions behind, and
  /// logits.
  private static func lineModel(seed: UInt64, width: Int = 24) -> RandomModel {
    var random = Seeded(seed &* 7919 &+ 3)
    func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    let rows = pick(1...6)
    var model = RandomModel(input: [rows, width, pick(1...3)], seed: seed)
    model.add(
      "conv2d", channels: pick(1...37), kernel: [rows, 1], padding: "valid",
      activation: Bool.random(using: &random) ? "relu" : "none")
    for _ in 0..<pick(1...2) {
      model.addLSTM(units: pick(1...50), cellBits: pick(9...15))
      if pick(0...2) == 0 { model.add("conv2d", channels: pick(16...40), kernel: [1, 3]) }
    }
    model.add("conv2d", channels: pick(2...30), kernel: [1, 1], activation: "none")
    model.finish()
    return model
  }

  private func expectEqual(_ model: Model, patches count: Int, seed: UInt64) {
    let patches = randomPatches(count, size: model.patchSize, seed: seed)
    let expected = (0..<count).flatMap { i in
      let patch = patches[i * model.patchSize..<(i + 1) * model.patchSize]
      return model.referenceOutputs(of: Array(patch)).last ?? []
    }
    for kernels in Kernels.available {
      var workspace = Workspace(kernels: kernels)
      // The second time cells and scratch memory have been used.
      for _ in 0..<2 {
        let found = model.logits(of: patches, count: count, workspace: &workspace)
        #expect(found == expected, "\(kernels), \(model.methods)")
      }
    }
  }

  @Test(arguments: 0..<40) func allKernelsEqualTheReference(seed: UInt64) throws {
    let model = try Self.lineModel(seed: seed).load()
    #expect(model.methods.contains("lstm"))
    expectEqual(model, patches: Int(seed % 10) + 1, seed: seed)
    for width in [1, 2, 7, 61] {
      let other = try model.widened(to: width)
      #expect(other.parameters == model.parameters)
      expectEqual(other, patches: 2, seed: seed)
    }
    #expect(try model.widened(to: 48).macs == 2 * model.macs)
  }

  /// What stands further right doesn't matter to a column, and what stands left does.
  @Test func columnsKnowWhatIsLeftOfThem() throws {
    var model = RandomModel(input: [1, 30, 4], seed: 12)
    model.addLSTM(units: 20, cellBits: 12)
    model.add("conv2d", channels: 7, kernel: [1, 1], activation: "none")
    model.finish()
    let loaded = try model.load()
    let patch = randomPatches(3, size: loaded.patchSize, seed: 2).suffix(loaded.patchSize)
    var changed = Array(patch)
    for i in 10 * 4..<11 * 4 { changed[i] ^= 0xFF }
    let before = try #require(loaded.referenceOutputs(of: Array(patch)).first)
    let after = try #require(loaded.referenceOutputs(of: changed).first)
    #expect(before[..<(10 * 20)] == after[..<(10 * 20)])
    #expect(before[(11 * 20)...] != after[(11 * 20)...])
  }

  /// An lstm of one unit over one input that gets no weights, and biases alone.
  private static func unit(
    columns: Int, scale: Double, biases: [Int], output: Double, into weight: UInt8 = 0
  ) throws -> Model {
    var model = RandomModel(input: [1, columns, 1], seed: 1)
    model.addLSTM(units: 1, cellBits: 12)
    model.add("conv2d", channels: 2, kernel: [1, 1], activation: "none")
    model.finish()
    var layers = try #require(model.manifest["layers"] as? [[String: Any]])
    layers[0]["weight_scales"] = [Double](repeating: scale, count: 8)
    layers[0]["output_scale"] = output
    layers[0]["output_zero_point"] = 0
    layers[1]["input_scale"] = output
    layers[1]["input_zero_point"] = 0
    // Four weights of the input, of which that of the cell gate counts, and four of the output.
    for i in 0..<8 { model.weights[i] = i == 2 ? weight : 0 }
    for (gate, bias) in biases.enumerated() {
      let bytes = withUnsafeBytes(of: Int32(bias).littleEndian) { Array($0) }
      model.weights.replaceSubrange(8 + 4 * gate..<12 + 4 * gate, with: bytes)
    }
    model.manifest["layers"] = layers
    model.manifest["weights"] =
      ["bytes": model.weights.count, "sha256": SHA256.hexDigest(of: model.weights)] as [String: Any]
    return try model.load()
  }

  /// One unit that keeps half of its cell: the other gates are open.
  @Test func cellByHand() throws {
    // A gate's sum is its bias x 2^-12.
    let model = try Self.unit(
      columns: 3, scale: 1 / 4096 / Double(Float(1.0 / 255)), biases: [32767, 0, 0, 32767],
      output: 1.0 / 128, into: 16)
    let found = try #require(model.referenceOutputs(of: [255, 0, 0]).first)
    // tanh(16 x 255 / 4096) goes in; then half of it is left, and half of that.
    let gate = 1 / (1 + exp(-32767.0 / 4096))
    let first = gate * tanh(16 * 255.0 / 4096)
    for (column, cell) in [first, first / 2, first / 4].enumerated() {
      #expect(abs(Double(found[column]) - 128 * gate * tanh(cell)) < 0.6, "\(found)")
    }
    expectEqual(model, patches: 8, seed: 4)
  }

  /// Sums so close to a half that scales multiplied in single precision round to its other side. The
  /// outputs are TensorFlow Lite Micro's; `scripts/training/tests/test_recurrent.py` finds such sums.
  @Test(
    arguments: [
      (0.03366898372769356, 59170, 49, 27), (0.03366898372769356, 59170, 147, 80),
      (0.042675383388996124, 46682, 62, 42), (0.05383600667119026, 37005, 122, 106),
    ])
  func scalesAreMultipliedInDoublePrecision(
    scale: Double, open: Int, sum: Int, output: Int
  ) throws {
    let model = try Self.unit(
      columns: 1, scale: scale, biases: [open, 0, sum, open], output: 0x1p-12)
    #expect(model.referenceOutputs(of: [0]).first == [Int8(output)])
    expectEqual(model, patches: 4, seed: 4)
  }

  @Test func costs() throws {
    var model = RandomModel(input: [1, 30, 4], seed: 12)
    model.addLSTM(units: 20, cellBits: 12)
    model.add("conv2d", channels: 7, kernel: [1, 1], activation: "none")
    model.finish()
    let loaded = try model.load()
    #expect(loaded.parameters == 4 * 20 * (4 + 20 + 1) + 7 * 21)
    #expect(loaded.macs == 30 * (4 * 20 * 24 + 7 * 20))
    // Weights, biases, eight multipliers with shifts and the table; then the convolution.
    #expect(loaded.flashBytes == 4 * 20 * 24 + 4 * 80 + 8 * 5 + 512 + 7 * 20 + 7 * 9)
  }

  @Test func otherHeightsAreRefused() throws {
    var model = RandomModel(input: [3, 8, 1], seed: 5)
    model.add("conv2d", channels: 6, kernel: [3, 1], padding: "valid")
    model.addLSTM(units: 5, cellBits: 10)
    model.add("conv2d", channels: 3, kernel: [1, 1], activation: "none")
    model.finish()
    let loaded = try model.load()
    let error = #expect(throws: ModelError.self) { try loaded.resized(to: 8, height: 4) }
    #expect("\(try #require(error))".contains("layer 1 is an lstm"))
  }

  @Test(
    arguments: [
      ("cell_scale", "null", "layers[1].cell_scale"),
      ("cell_scale", "0.001", "layers[1].cell_scale"),
      ("cell_scale", "0.00390625", "layers[1].cell_scale"),
      ("recurrent_offset", "null", "layers[1].recurrent_offset"),
      ("recurrent_offset", "9223372036854775807", "layers[1].recurrent_offset"),
      ("weights_offset", "-1", "layers[1].weights_offset"),
      ("bias_offset", "1", "layers[1].bias_offset"),
      ("table_offset", "null", "layers[1].table_offset"),
      ("table_offset", "1", "layers[1].table_offset"),
      ("table_offset", "0", "layers[1].table"),
      ("weight_scales", "[1, 1, 1, 1]", "layers[1].weight_scales.count"),
      ("weight_scales", "[1, 1, 1, 0, 1, 1, 1, 1]", "layers[1].weight_scales[3]"),
      (
        "weight_scales", "[1e-6, 1e9, 1e-6, 1e-6, 1e-6, 1e-6, 1e-6, 1e-6]",
        "layers[1].weight_scales[1]"
      ),
      (
        "weight_scales", "[1e-6, 1e-6, 1e-6, 1e-6, 1e-6, 1e-6, 1e9, 1e-6]",
        "layers[1].weight_scales[6]"
      ),
      ("output_scale", "1e-10", "layers[1].output_scale"),
      ("activation", "\"relu\"", "layers[1].activation"),
      ("output", "[1, 7, 5]", "layers[1].output"),
    ])
  func wrongField(name: String, value: String, field: String) throws {
    var model = RandomModel(input: [3, 8, 1], seed: 5)
    model.add("conv2d", channels: 6, kernel: [3, 1], padding: "valid")
    model.addLSTM(units: 5, cellBits: 10)
    model.add("conv2d", channels: 3, kernel: [1, 1], activation: "none")
    model.finish()
    _ = try model.load()
    var layers = try #require(model.manifest["layers"] as? [[String: Any]])
    layers[1][name] = try JSONSerialization.jsonObject(
      with: Data(value.utf8), options: [.fragmentsAllowed])
    model.manifest["layers"] = layers
    let error = try #require(try loadingFailure(model))
    #expect("\(error)".contains(": \(field) "), "\(error)")
  }

  @Test func severalRowsAreRefused() throws {
    var model = RandomModel(input: [3, 8, 2], seed: 5)
    model.addLSTM(units: 5, cellBits: 10)
    model.add("conv2d", channels: 3, kernel: [1, 1], activation: "none")
    model.finish()
    guard case .invalidField(_, let field, "1", "3")? = try loadingFailure(model) else {
      Issue.record("loaded")
      return
    }
    #expect(field == "layers[0].input[0]")
  }
}

import Inference
import Testing

/// The kernels, portable and the processor's best, against the plain reference.
@Suite struct LogitsTests {
  private func expectEqual(
    _ model: Model, patches count: Int, seed: UInt64, _ comment: Comment? = nil
  ) {
    let patches = randomPatches(count, size: model.patchSize, seed: seed)
    var expected: [Int8] = []
    for i in 0..<count {
      let patch = Array(patches[i * model.patchSize..<(i + 1) * model.patchSize])
      expected += model.referenceOutputs(of: patch).last ?? []
    }
    for kernels in Kernels.available {
      var workspace = Workspace(kernels: kernels)
      let found = model.logits(of: patches, count: count, workspace: &workspace)
      #expect(found == expected, "\(kernels): \(comment?.rawValue ?? "")")
    }
  }

  @Test func glyphShape() throws {
    expectEqual(try RandomModel.glyph(seed: 1).load(), patches: 11, seed: 2)
  }

  @Test func classicShape() throws {
    var model = RandomModel(input: [28, 28, 1], seed: 3)
    for channels in [10, 20] {
      model.add("conv2d", channels: channels, kernel: [5, 5], padding: "valid")
      model.add("max_pool2d", kernel: [2, 2], stride: [2, 2], padding: "valid")
    }
    model.add("dense", channels: 10, activation: "none")
    model.finish()
    let loaded = try model.load()
    #expect(loaded.parameters == 8490)
    #expect(loaded.macs == 467_200)
    expectEqual(loaded, patches: 9, seed: 4)
  }

  @Test(arguments: 0..<120) func randomShapes(seed: UInt64) throws {
    var random = Seeded(seed &* 7919 &+ 1)
    func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    var model = RandomModel(input: [pick(1...13), pick(1...13), pick(1...5)], seed: seed)
    var kinds: [String] = []
    for _ in 0..<pick(0...4) {
      let shape = model.outputShape
      let padding = Bool.random(using: &random) ? "same" : "valid"
      func side(_ i: Int) -> Int { pick(1...(padding == "same" ? 6 : min(6, shape[i]))) }
      let kernel = [side(0), side(1)]
      let stride = [pick(1...3), pick(1...3)]
      let activation = Bool.random(using: &random) ? "relu" : "none"
      var dilation = [pick(1...3), pick(1...3)]
      if padding == "valid" {
        for i in 0..<2 where (kernel[i] - 1) * dilation[i] >= shape[i] { dilation[i] = 1 }
      }
      switch pick(0...5) {
      case 0:
        model.add(
          "depthwise_conv2d", kernel: kernel, stride: stride, dilation: dilation,
          padding: padding, activation: activation)
      case 1:
        model.add("max_pool2d", kernel: kernel, stride: stride, padding: padding)
      case 2:
        model.add("average_pool2d", kernel: kernel, stride: stride, padding: padding)
      default:
        model.add(
          "conv2d", channels: pick(1...35), kernel: kernel, stride: stride,
          dilation: dilation, padding: padding, activation: activation)
        let output = model.outputShape
        if Bool.random(using: &random), output[0] > 1, output[1] > 1 {
          model.add(
            "max_pool2d", kernel: [2, 2], stride: [2, 2],
            padding: Bool.random(using: &random) ? "same" : "valid")
        }
      }
      if pick(0...3) == 0 { model.addFunction("table") }
      kinds.append("\(padding) \(kernel) \(stride) \(model.outputShape)")
    }
    for _ in 0..<pick(0...1) {
      model.add("dense", channels: pick(1...40))
      if Bool.random(using: &random) { model.addFunction("table") }
    }
    model.add("dense", channels: pick(2...30), activation: "none")
    if pick(0...2) == 0 { model.addFunction(Bool.random(using: &random) ? "table" : "softmax") }
    model.finish()
    expectEqual(try model.load(), patches: pick(1...19), seed: seed, "\(kinds)")
  }

  /// Halves, where both roundings must agree, hardly ever occur unless scales are chosen for them.
  @Test(arguments: 0..<8) func halves(seed: UInt64) throws {
    var model = RandomModel(input: [7, 7, 2], seed: 100 + seed)
    model.powersOfTwo = true
    model.add("conv2d", channels: 9, kernel: [2, 2], activation: "none")
    model.add("conv2d", channels: 20, kernel: [1, 1], activation: "none")
    model.add("depthwise_conv2d", kernel: [2, 1], activation: "none")
    model.add("dense", channels: 30, activation: "none")
    model.finish()
    let loaded = try model.load()
    #expect(
      loaded.layers[1...].allSatisfy { layer in
        layer.requantizers.allSatisfy { $0.multiplier == 1 << 30 }
      })
    expectEqual(loaded, patches: 8, seed: seed)
  }

  /// Without a dense layer the logits come from the last convolution or pool.
  @Test(arguments: ["conv2d", "average_pool2d"]) func endsWithoutDense(kind: String) throws {
    var model = RandomModel(input: [6, 6, 2], seed: 5)
    model.add("conv2d", channels: 11, kernel: [3, 3], activation: "none")
    model.add(kind, channels: 11, kernel: [6, 6], padding: "valid", activation: "none")
    model.finish()
    expectEqual(try model.load(), patches: 13, seed: 6)
  }

  @Test func workspaceCanBeReused() throws {
    let first = try RandomModel.glyph(seed: 7).load()
    var other = RandomModel(input: [9, 9, 3], seed: 8)
    other.add("conv2d", channels: 17, kernel: [5, 5])
    other.add("dense", channels: 5, activation: "none")
    other.finish()
    let second = try other.load()

    let patches = randomPatches(20, size: first.patchSize, seed: 9)
    let more = randomPatches(3, size: second.patchSize, seed: 10)
    var fresh = Workspace()
    let expected = first.logits(of: patches, count: 20, workspace: &fresh)
    var freshToo = Workspace()
    let expectedToo = second.logits(of: more, count: 3, workspace: &freshToo)

    var workspace = Workspace()
    for _ in 0..<3 {
      #expect(first.logits(of: patches, count: 20, workspace: &workspace) == expected)
      #expect(second.logits(of: more, count: 3, workspace: &workspace) == expectedToo)
    }
    // One by one equals all at once.
    for i in 0..<20 {
      let size = first.patchSize
      let one = Array(patches[i * size..<(i + 1) * size])
      let logits = first.logits(of: one, count: 1, workspace: &workspace)
      #expect(logits[...] == expected[i * 95..<(i + 1) * 95])
    }
    #expect(first.logits(of: [], count: 0, workspace: &workspace).isEmpty)
  }

  /// Compared with floating point: the steps of a probability are 1/256.
  @Test func softmaxInIntegers() throws {
    var model = RandomModel(input: [4, 4, 1], seed: 21)
    model.add("dense", channels: 30, activation: "none")
    var plain = model
    plain.finish()
    model.addFunction("softmax")
    model.finish()
    let (loaded, logits) = (try model.load(), try plain.load())
    let patches = randomPatches(40, size: 16, seed: 22)
    var workspace = Workspace()
    let found = loaded.logits(of: patches, count: 40, workspace: &workspace)
    let raw = logits.logits(of: patches, count: 40, workspace: &workspace)
    let expected = logits.probabilities(of: raw)
    for (value, probability) in zip(found, expected) {
      #expect(abs(Float(Int(value) + 128) / 256 - probability) < 1.01 / 256)
    }
    for (mine, probability) in zip(loaded.probabilities(of: found), expected) {
      #expect(abs(mine - probability) < 0.06)
    }
  }

  @Test func probabilitiesAreASoftmax() throws {
    let model = try RandomModel.glyph(seed: 11).load()
    var random = Seeded(12)
    let logits = (0..<2 * 95).map { _ in Int8.random(in: -128...127, using: &random) }
    let probabilities = model.probabilities(of: logits)
    for patch in 0..<2 {
      let range = patch * 95..<(patch + 1) * 95
      let sum = probabilities[range].reduce(0, +)
      #expect(abs(sum - 1) < 1e-5)
      let ratio = probabilities[range.lowerBound] / probabilities[range.lowerBound + 1]
      let difference = Float(Int(logits[range.lowerBound]) - Int(logits[range.lowerBound + 1]))
      let expected = model.output.scale * difference
      #expect(abs(log(ratio) - expected) < 1e-3)
    }
    #expect(model.rejectIndex == nil)
  }
}

private func log(_ x: Float) -> Float {
  // ln x by its series about 1, x = m * 2^e.
  let m = x.significand
  let t = (m - 1) / (m + 1)
  var sum: Float = 0
  var power = t
  for k in stride(from: 1, to: 20, by: 2) {
    sum += power / Float(k)
    power *= t * t
  }
  return 2 * sum + Float(x.exponent) * 0.693_147_18
}

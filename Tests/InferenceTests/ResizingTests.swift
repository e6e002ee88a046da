import Inference
import Testing

/// Networks that read lines: a row of logits, at any width; and networks that find them: rows of
/// logits, at any size.
@Suite struct ResizingTests {
  /// A network that has no dense layer and ends with one row of logits.
  private func lineModel(width: Int, seed: UInt64) -> RandomModel {
    var random = Seeded(seed &* 31 &+ 5)
    func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    var model = RandomModel(input: [pick(5...12), width, pick(1...3)], seed: seed)
    for _ in 0..<pick(1...3) {
      let kernel = [pick(1...3), pick(1...4)]
      let activation = Bool.random(using: &random) ? "relu" : "none"
      let dilation = [pick(1...2), pick(1...3)]
      if pick(0...3) == 0 {
        model.add(
          "depthwise_conv2d", kernel: kernel, dilation: dilation, activation: activation)
      } else {
        model.add(
          "conv2d", channels: pick(1...20), kernel: kernel, stride: [1, pick(1...2)],
          dilation: dilation, activation: activation)
      }
      if Bool.random(using: &random), model.outputShape[0] > 1 {
        let side = pick(1...2)
        model.add(
          Bool.random(using: &random) ? "max_pool2d" : "average_pool2d", kernel: [2, side],
          stride: [2, side], padding: "valid")
      }
    }
    model.add(
      "conv2d", channels: pick(2...18), kernel: [model.outputShape[0], 1], padding: "valid",
      activation: "none")
    model.finish()
    return model
  }

  private func expectEqual(_ model: Model, seed: UInt64) {
    let count = 3
    let patches = randomPatches(count, size: model.patchSize, seed: seed)
    var expected: [Int8] = []
    for patch in 0..<count {
      let from = patch * model.patchSize
      let outputs = model.referenceOutputs(of: Array(patches[from..<from + model.patchSize]))
      expected += outputs.last ?? []
    }
    #expect(expected.count == count * model.positions * model.labels.count)
    for kernels in Kernels.available {
      var workspace = Workspace(kernels: kernels)
      #expect(model.logits(of: patches, count: count, workspace: &workspace) == expected)
    }
  }

  @Test(arguments: 0..<40) func randomLines(seed: UInt64) throws {
    let model = try lineModel(width: 48, seed: seed).load()
    expectEqual(model, seed: seed)
    var random = Seeded(seed)
    for _ in 0..<3 {
      let width = Int.random(in: 33...150, using: &random)
      let other = try model.widened(to: width)
      #expect(other.input.width == width)
      #expect(other.parameters == model.parameters)
      expectEqual(other, seed: seed)
      #expect(try other.widened(to: 48).macs == model.macs)
    }
  }

  @Test func widthsUpTo400() throws {
    let model = try lineReader().load()
    for width in [16, 17, 31, 64, 100, 255, 256, 399, 400] {
      let other = try model.widened(to: width)
      #expect(other.positions == width / 4)
      expectEqual(other, seed: UInt64(width))
    }
  }

  /// A trunk as for characters, followed by dilated convolutions along the line.
  private func lineReader() -> RandomModel {
    var model = RandomModel(input: [16, 64, 1], seed: 77)
    for channels in [8, 16] {
      model.add("conv2d", channels: channels, kernel: [3, 3])
      model.add("max_pool2d", kernel: [2, 2], stride: [2, 2], padding: "valid")
    }
    model.add("conv2d", channels: 24, kernel: [4, 1], padding: "valid")
    for dilation in [1, 2, 4] {
      model.add("conv2d", channels: 24, kernel: [1, 3], dilation: [1, dilation])
    }
    model.add("conv2d", channels: 13, kernel: [1, 1], activation: "none")
    model.finish()
    return model
  }

  /// Far from the border, a column's logits are the same as in a narrower picture.
  @Test func interiorIsTheSame() throws {
    let model = try lineReader().load()
    let labels = model.labels.count
    let wide = try model.widened(to: 200)
    let patch = Array(randomPatches(3, size: wide.patchSize, seed: 5).suffix(wide.patchSize))
    var workspace = Workspace()
    let all = wide.logits(of: patch, count: 1, workspace: &workspace)
    for width in [120, 136, 160] {
      let narrow = try model.widened(to: width)
      for first in [0, 12, 40] {
        var cut: [UInt8] = []
        for row in 0..<16 {
          let begin = row * 200 + first
          cut += patch[begin..<begin + width]
        }
        let some = narrow.logits(of: cut, count: 1, workspace: &workspace)
        // 1 + 2 + 4 columns of the dilated convolutions, and 1 for the trunk's 1 + 2 pixels.
        let margin = 8
        func column(_ logits: [Int8], _ x: Int) -> [Int8] {
          Array(logits[x * labels..<(x + 1) * labels])
        }
        for x in margin..<width / 4 - margin {
          #expect(
            column(some, x) == column(all, first / 4 + x), "width \(width), column \(x)")
        }
        // At the border they differ, or the test would show nothing.
        if first > 0 { #expect(column(some, 0) != column(all, first / 4)) }
      }
    }
  }

  @Test func weightsAreShared() throws {
    let model = try lineReader().load()
    let wide = try model.widened(to: 400)
    let same = model.layers[0].weights.withUnsafeBufferPointer { mine in
      wide.layers[0].weights.withUnsafeBufferPointer { $0.baseAddress == mine.baseAddress }
    }
    #expect(same)
    #expect(try model.widened(to: 64).macs == model.macs)
    #expect(wide.macs > 6 * model.macs)
  }

  @Test(arguments: [
    (0, "a side is"), (-5, "a side is"), (4097, "a side is"), (Int.max, "a side is"),
    (3, "layer 3"),
  ])
  func refusedWidths(width: Int, reason: String) throws {
    let model = try lineReader().load()
    do throws(ModelError) {
      _ = try model.widened(to: width)
      Issue.record("widened to \(width)")
    } catch {
      guard case .fixedSize("random", width, 16, let found) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(found.contains(reason))
    }
  }

  /// Steps of two down to an eighth, then dilated convolutions of single channels and points.
  private func finder(seed: UInt64) -> RandomModel {
    var model = RandomModel(input: [40, 48, 1], seed: seed)
    for channels in [8, 12, 20] {
      model.add("conv2d", channels: channels, kernel: [3, 3], stride: [2, 2])
    }
    for dilation in [1, 2, 4] {
      model.add("depthwise_conv2d", kernel: [3, 3], dilation: [dilation, dilation])
      model.add("conv2d", channels: 20, kernel: [1, 1])
    }
    model.add("conv2d", channels: 16, kernel: [1, 1], activation: "none")
    model.finish()
    return model
  }

  /// A network that halves once more, and puts the result beside the values before.
  private func joined(seed: UInt64, pooled: Bool = false) -> RandomModel {
    var model = RandomModel(input: [32, 48, 1], seed: seed)
    model.add("conv2d", channels: 6, kernel: [3, 3], stride: [2, 2])
    model.add("conv2d", channels: 10, kernel: [3, 3], activation: "none")
    // The convolution's output is put beside it later, not its maximum.
    let fine = model.nextLayer - 1
    model.fixedOutput = model.outputQuantization
    if pooled {
      model.add("max_pool2d", kernel: [2, 2], stride: [2, 2], padding: "valid")
      model.add("conv2d", channels: 20, kernel: [3, 3], activation: "none")
    } else {
      model.add("conv2d", channels: 20, kernel: [2, 2], stride: [2, 2], activation: "none")
    }
    model.fixedOutput = nil
    model.addKept("upsample2d")
    model.addKept("concatenate", with: fine)
    model.add("depthwise_conv2d", kernel: [3, 3])
    model.add("conv2d", channels: 16, kernel: [1, 1], activation: "none")
    model.finish()
    return model
  }

  @Test(arguments: 0..<4, [false, true]) func outputsAreKept(seed: UInt64, pooled: Bool) throws {
    let model = try joined(seed: seed, pooled: pooled).load()
    #expect(model.rows == 16)
    #expect(model.grain == Layer.Window(height: 4, width: 4))
    expectEqual(model, seed: seed)
    for (width, height) in [(4, 4), (20, 32), (48, 40), (160, 120), (32, 200)] {
      let other = try model.resized(to: width, height: height)
      #expect(other.positions == width / 2 * (height / 2))
      expectEqual(other, seed: seed)
    }
  }

  @Test func sidesThatDiffer() throws {
    let model = try joined(seed: 1).load()
    do throws(ModelError) {
      _ = try model.resized(to: 48, height: 34)
      Issue.record("resized")
    } catch {
      #expect("\(error)".contains("multiples of 4 and 4"), "\(error)")
    }
  }

  /// Memory for the kept output, beside the input and output of the layers in between.
  @Test func memoryForWhatIsKept() throws {
    let model = try joined(seed: 1).load()
    let fine = 16 * 24
    // Before the concatenation: 10 kept, 20 in at a fourth of the places, 20 out.
    #expect(model.activationBytes == max(16 * 24 * (20 + 30), fine * (30 + 30)))
  }

  @Test(arguments: 0..<4) func findersTakeAnySize(seed: UInt64) throws {
    let model = try finder(seed: seed).load()
    #expect(model.rows == 5)
    #expect(model.positions == 30)
    expectEqual(model, seed: seed)
    for (width, height) in [(8, 8), (20, 32), (47, 41), (160, 120), (33, 200)] {
      let other = try model.resized(to: width, height: height)
      #expect(other.rows == (height + 7) / 8)
      #expect(other.positions == (height + 7) / 8 * ((width + 7) / 8))
      expectEqual(other, seed: seed)
    }
    #expect(throws: ModelError.self) { try model.resized(to: 48, height: 0) }
    #expect(throws: ModelError.self) { try model.resized(to: 4096, height: 4096) }
  }

  @Test func denseModelsHaveOneWidth() throws {
    let model = try RandomModel.glyph(seed: 1).load()
    #expect(model.positions == 1)
    #expect(throws: ModelError.self) { try model.widened(to: 64) }
    #expect(try model.widened(to: 32).macs == model.macs)
  }
}

import CKernels
import Inference
import Learning
import Testing

@Suite struct HeadTests {
  private func features(columns: Int, channels: Int) -> Features {
    Features(
      values: (0..<columns * channels).map { Int8(truncatingIfNeeded: $0 &* 97 % 251 - 125) },
      channels: channels)
  }

  /// The slope of a loss along each parameter is what the way back gives.
  @Test func gradientIsTheSlope() throws {
    let head = try #require(Head(of: Repository.folder("line-quick"), depth: 1))
    let places = features(columns: 6, channels: 96).places
    let labels = [3, 40, 3]
    func loss(_ head: Head) throws -> Double {
      try #require(
        Losses.ctc(
          head.forward(places).logits, labels: labels, blank: head.labels - 1, count: head.labels)
      ).loss
    }
    let pass = head.forward(places)
    let found = try #require(
      Losses.ctc(pass.logits, labels: labels, blank: head.labels - 1, count: head.labels))
    let gradient = head.backward(pass, found.gradient)
    for (matrix, number) in [(0, 3), (0, 112 * 50 + 40), (0, 112 * 95 + 104), (1, 3), (1, 104)] {
      let step: Float = 1.0 / 256
      var (up, down) = (head, head)
      up.parameters[matrix][number] += step
      down.parameters[matrix][number] -= step
      let slope = try (loss(up) - loss(down)) / Double(2 * step)
      #expect(abs(slope - Double(gradient[matrix][number])) < 0.02 * max(1, abs(slope)))
    }
  }

  /// A step down the gradient of two layers lowers the loss.
  @Test func bothLayersLearn() throws {
    let initial = try #require(Head(of: Repository.folder("line-quick"), depth: 2))
    let features = features(columns: 20, channels: 96)
    let sample = Sample(picture: 0, views: [features], labels: [15, 16, 17])
    var plan = Trainer.Plan()
    (plan.steps, plan.stride, plan.samples) = (40, 40, 1)
    let way = Way.lines(blank: initial.labels - 1)
    let trainer = Trainer(
      way: way, memory: Memory([], of: initial, way: way), known: [], plan: plan)
    let head = try #require(trainer.train(initial, on: [sample]).last)
    #expect(way.mistakes(of: head, in: [sample]).count == 0)
    #expect(way.mistakes(of: initial, in: [sample]).count > 0)
    for i in 0..<4 { #expect(head.parameters[i] != initial.parameters[i]) }
  }

  /// Floating point on the integer network's features gives the integer network's logits, but for
  /// rounding.
  @Test(arguments: [("line", 1), ("line", 2), ("line-quick", 2), ("glyph", 1), ("glyph", 2)])
  func headsAreTheNetworksOwnLayers(name: String, depth: Int) throws {
    let folder = try Repository.folder(name)
    let model = folder.model
    let head = try #require(Head(of: folder, depth: depth))
    let trunk = model.trunk(without: depth)
    let patch = try #require(try model.testVectors().last).patch
    var workspace = Workspace()
    let values = trunk.logits(of: patch, count: 1, workspace: &workspace)
    let features = Features(values: values, channels: values.count / model.positions)
    let exact = model.logits(of: patch, count: 1, workspace: &workspace)
    let found = head.forward(features.places).logits
    let (scale, zeroPoint) = (model.output.scale, Float(model.output.zeroPoint))
    for (integer, value) in zip(exact, found) {
      let clamped = min(max(value, scale * (-128 - zeroPoint)), scale * (127 - zeroPoint))
      #expect(abs(scale * (Float(integer) - zeroPoint) - clamped) < 2.5 * scale)
    }
  }

  @Test func layersThatLookAtMoreThanColumnsAreRefused() throws {
    #expect(Head(of: try Repository.folder("finder"), depth: 1) == nil)
    #expect(Head(of: try Repository.folder("line"), depth: 6) == nil)
  }

  /// All kernels give the same bits, in both orders.
  @Test func productsAreEqualOnAllKernels() {
    for (m, k, n) in [(1, 1, 16), (7, 33, 16), (13, 96, 112), (6, 5, 48)] {
      let a = LossTests.logits(m * k, seed: 1)
      let b = LossTests.logits(k * n, seed: 2)
      for order in [Products.Order.rows, .columns] {
        var portable = [Float](repeating: 0, count: m * n)
        let (row, column) = order == .rows ? (k, 1) : (1, m)
        scribe_matrix_product_portable(a, row, column, b, &portable, m, k, n)
        let found = Products.multiply(a, order, b, m: m, k: k, n: n)
        #expect(found.map(\.bitPattern) == portable.map(\.bitPattern))
        let expected = (0..<k).reduce(Float(0)) { $0 + a[$1 * column] * b[$1 * n + 3] }
        #expect(found[3] == expected)
      }
    }
  }
}

import CKernels
import Inference
import Learning
import Testing

@Suite struct HeadTests {
  private func features(columns: Int, _ head: Head, seed: Int = 0) -> Features {
    Features(
      values: (0..<columns * head.channels).map {
        Int8(truncatingIfNeeded: ($0 + seed) &* 97 % 251 - 125)
      }, channels: head.channels)
  }

  /// The slope of a loss along each parameter is what the way back gives, in every layer, of lines
  /// that don't see each other.
  @Test func gradientIsTheSlope() throws {
    let head = try #require(Head(of: Repository.folder("line-quick")))
    #expect(head.depth == 5)
    let lines = [features(columns: 6, head), features(columns: 5, head, seed: 7)]
    let labels = [[3, 40, 3], [7]]
    func losses(_ logits: [Float], _ columns: [Range<Int>]) throws -> [(Double, [Float])] {
      try zip(columns, labels).map { range, labels in
        let part = logits[range.lowerBound * head.labels..<range.upperBound * head.labels]
        return try #require(
          Losses.ctc(Array(part), labels: labels, blank: head.labels - 1, count: head.labels))
      }
    }
    func loss(_ head: Head) throws -> Double {
      let pass = head.forward(lines, isRounded: false)
      return try losses(pass.logits, pass.lines).reduce(0) { $0 + $1.0 }
    }
    let pass = head.forward(lines, isRounded: false)
    let found = try losses(pass.logits, pass.lines)
    let gradient = head.backward(pass, found.flatMap(\.1))
    for matrix in gradient.indices {
      // Along the gradient itself, where the slope is the sum of its squares.
      let squares = gradient[matrix].reduce(0.0) { $0 + Double($1) * Double($1) }
      #expect(squares > 0)
      let step = Float(0.002 / squares.squareRoot())
      var (up, down) = (head, head)
      for i in gradient[matrix].indices {
        up.parameters[matrix][i] += step * gradient[matrix][i]
        down.parameters[matrix][i] -= step * gradient[matrix][i]
      }
      let slope = try (loss(up) - loss(down)) / Double(2 * step)
      #expect(abs(slope / squares - 1) < 0.05, "\(matrix): \(slope) \(squares)")
    }
  }

  /// Steps down the gradient make a head read what it didn't, by all its layers.
  @Test func allLayersLearn() throws {
    let initial = try #require(Head(of: Repository.folder("line-quick")))
    let sample = Sample(
      picture: 0, views: [features(columns: 20, initial)], labels: [15, 16, 17])
    var plan = Trainer.Plan()
    (plan.steps, plan.samples) = (60, 1)
    let way = Way.lines(blank: initial.labels - 1)
    let trainer = Trainer(way: way, known: [], knownBy: initial, plan: plan)
    let head = trainer.train(initial, on: [sample])
    #expect(way.mistakes(of: head, in: [sample]).count == 0)
    #expect(way.mistakes(of: initial, in: [sample]).count > 0)
    for (learned, first) in zip(head.parameters, initial.parameters) { #expect(learned != first) }
  }

  /// What is replayed stays as it was while something else is learned.
  @Test func knownPrintIsKept() throws {
    let initial = try #require(Head(of: Repository.folder("line-quick")))
    let way = Way.lines(blank: initial.labels - 1)
    let sample = Sample(
      picture: 0, views: [features(columns: 20, initial)], labels: [15, 16, 17])
    let known = features(columns: 24, initial, seed: 90)
    var plan = Trainer.Plan()
    (plan.steps, plan.samples, plan.known) = (120, 1, 1)
    plan.keeping = 16
    func change(_ replayed: [Sample]) -> Float {
      let head = Trainer(way: way, known: replayed, knownBy: initial, plan: plan)
        .train(initial, on: [sample])
      let (before, after) = (initial.forward([known]).logits, head.forward([known]).logits)
      return zip(before, after).reduce(0) { $0 + abs($1.0 - $1.1) } / Float(before.count)
    }
    let read = way.labels(of: initial.forward([known]).logits, count: initial.labels)
    #expect(
      change([Sample(picture: 0, views: [known], labels: read)]) < change([]) / 2)
  }

  /// Floating point on the integer network's features gives the integer network's logits, but for
  /// rounding.
  @Test(arguments: [("line", 6), ("line-quick", 5), ("glyph", 2)])
  func headsAreTheNetworksOwnLayers(name: String, depth: Int) throws {
    let folder = try Repository.folder(name)
    let model = folder.model
    let head = try #require(Head(of: folder))
    #expect(head.depth == depth)
    let patch = try #require(try model.testVectors().last).patch
    var workspace = Workspace()
    let values = model.trunk(without: depth).logits(of: patch, count: 1, workspace: &workspace)
    let exact = model.logits(of: patch, count: 1, workspace: &workspace)
    let bytes = head.bytes(of: head.features(of: values))
    #expect(
      model.head(of: depth).logits(of: bytes, count: 1, workspace: &workspace) == exact)
    let found = head.forward([head.features(of: values)]).logits
    let (scale, zeroPoint) = (model.output.scale, Float(model.output.zeroPoint))
    var wrong = 0
    for (integer, value) in zip(exact, found) {
      let clamped = min(max(value, scale * (-128 - zeroPoint)), scale * (127 - zeroPoint))
      if abs(scale * (Float(integer) - zeroPoint) - clamped) > 2.5 * scale { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test func layersThatLookAtMoreThanColumnsAreRefused() throws {
    #expect(Head(of: try Repository.folder("finder")) == nil)
  }

  /// All kernels give the same bits, in both orders.
  @Test func productsAreEqualOnAllKernels() {
    for (m, k, n) in [
      (1, 1, 16), (7, 33, 16), (13, 96, 112), (6, 5, 48), (25, 600, 32), (2, 0, 16), (200, 300, 32),
    ] {
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

import CKernels
import Testing

@Suite struct TilesTests {
  private static let rows = [
    (SCRIBE_TILE_INPUTS, 6), (SCRIBE_TILE_WEIGHTS, 3), (SCRIBE_TILE_OUTPUTS, 4),
  ]

  private func gather(
    _ kind: ScribeTileRows, _ values: [Float], _ places: [Int32], count: Int, length: Int
  ) -> [Float] {
    var products = [Float](repeating: .nan, count: 6 * count * length)
    scribe_tiles_gather(kind, values, places, count, length, &products)
    return products
  }

  /// All kernels give the same bits, both ways.
  @Test(arguments: rows) func kernelsAreEqual(kind: ScribeTileRows, rows: Int) {
    let (count, length, lines) = (7, 48, 20)
    let values = LossTests.logits(lines * length, seed: 3)
    let products = LossTests.logits(6 * count * length, seed: 4)
    let places = (0..<count * rows).map { Int32($0 * 5 % (lines + 1)) - 1 }
    var portable = [Float](repeating: .nan, count: 6 * count * length)
    scribe_tiles_gather_portable(kind, values, places, count, length, &portable)
    let found = gather(kind, values, places, count: count, length: length)
    #expect(found.map(\.bitPattern) == portable.map(\.bitPattern))
    var (one, other) = (values, values)
    scribe_tiles_scatter(kind, products, places, count, length, &one)
    scribe_tiles_scatter_portable(kind, products, places, count, length, &other)
    #expect(one.map(\.bitPattern) == other.map(\.bitPattern))
    #expect(one != values)
  }

  /// Six products give four outputs of a filter of three taps.
  @Test func productsMakeAFilter() {
    let length = 16
    let inputs = LossTests.logits(6 * length, seed: 5)
    let weights = LossTests.logits(3 * length, seed: 6)
    let taken = gather(SCRIBE_TILE_INPUTS, inputs, [0, 1, 2, 3, 4, 5], count: 1, length: length)
    let factors = gather(SCRIBE_TILE_WEIGHTS, weights, [0, 1, 2], count: 1, length: length)
    var outputs = [Float](repeating: 0, count: 4 * length)
    scribe_tiles_scatter(
      SCRIBE_TILE_OUTPUTS, zip(taken, factors).map { $0 * $1 }, [0, 1, 2, 3], 1, length, &outputs)
    for output in 0..<4 {
      for i in 0..<length {
        let expected = (0..<3).reduce(Float(0)) {
          $0 + weights[$1 * length + i] * inputs[(output + $1) * length + i]
        }
        #expect(abs(outputs[output * length + i] - expected) < 1e-3)
      }
    }
  }

  /// What is added up on one way is what is combined on the other: the transposes of each other.
  @Test(arguments: rows) func waysAreTransposes(kind: ScribeTileRows, rows: Int) {
    let (count, length) = (3, 16)
    let places = (0..<count * rows).map { Int32($0 * 3 % 8) - 1 }
    let values = LossTests.logits(7 * length, seed: 7)
    let products = LossTests.logits(6 * count * length, seed: 8)
    let found = gather(kind, values, places, count: count, length: length)
    var back = [Float](repeating: 0, count: 7 * length)
    scribe_tiles_scatter(kind, products, places, count, length, &back)
    let there = zip(found, products).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    let here = zip(back, values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(there - here) < 1e-4 * abs(there) + 1e-3)
  }
}

internal import CKernels

/// Columns of lines, four at a time, as Winograd's algorithm F(4, 3) takes them: of six inputs and
/// three weights it makes four outputs by six products in place of twelve.
struct Tiles {
  static let products = Int(SCRIBE_TILE_PRODUCTS)
  /// Three rows that follow each other, as those of weights do.
  static let one = Tiles(count: 1, inputs: [], outputs: [], weights: [0, 1, 2])

  enum Rows { case inputs, weights, outputs }

  let count: Int
  /// Columns that are taken, six a tile, and those that come out, four; -1 beyond a line's ends.
  private let inputs: [Int32]
  private let outputs: [Int32]
  private let weights: [Int32]

  private init(count: Int, inputs: [Int32], outputs: [Int32], weights: [Int32]) {
    (self.count, self.inputs, self.outputs, self.weights) = (count, inputs, outputs, weights)
  }

  /// All columns of lines; those of a tile lie `step` apart.
  init(_ lines: [Range<Int>], step: Int) {
    var (inputs, outputs): ([Int32], [Int32]) = ([], [])
    for line in lines {
      for start in line.prefix(step) {
        for first in stride(from: start, to: line.upperBound, by: 4 * step) {
          for i in -1..<5 {
            let column = first + i * step
            let place = line.contains(column) ? Int32(column) : -1
            inputs.append(place)
            if (0..<4).contains(i) { outputs.append(place) }
          }
        }
      }
    }
    self.init(count: outputs.count / 4, inputs: inputs, outputs: outputs, weights: [])
  }

  /// What rows of `length` values are combined to, a tile's row for each product.
  func gathered(_ rows: Rows, _ values: [Float], length: Int) -> [Float] {
    let (kind, places) = places(rows)
    let size = Self.products * count * length
    return [Float](unsafeUninitializedCapacity: size) { products, initialized in
      scribe_tiles_gather(kind, values, places, count, length, products.baseAddress)
      initialized = size
    }
  }

  /// Adds what products are combined to to rows of `length` values.
  func scatter(_ rows: Rows, _ products: [Float], length: Int, to values: inout [Float]) {
    precondition(products.count == Self.products * count * length)
    let (kind, places) = places(rows)
    scribe_tiles_scatter(kind, products, places, count, length, &values)
  }

  private func places(_ rows: Rows) -> (kind: ScribeTileRows, places: [Int32]) {
    switch rows {
    case .inputs: (SCRIBE_TILE_INPUTS, inputs)
    case .weights: (SCRIBE_TILE_WEIGHTS, weights)
    case .outputs: (SCRIBE_TILE_OUTPUTS, outputs)
    }
  }
}

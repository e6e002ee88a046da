package import Inference
package import Lines

/// Tells how unlike known print a line is: an autoencoder that has learned known print draws the
/// line again, and badly where it is something else.
///
/// `scripts/training/novelty.py` defines the same.
package struct LineNovelty: Sendable {
  /// Columns of a line to an output.
  static let step = 8
  /// Pixels of an output, which has half the line's size.
  static let (rows, columns) = (LineImage.height / 2, step / 2)

  private var network: LineNetwork
  private let scale: NoveltyScale
  private var outputs: [Int8] = []

  /// Nil if the model doesn't draw lines again.
  package init?(_ model: Model) {
    guard let scale = model.noveltyScale, model.labels.count == Self.rows * Self.columns,
      model.output == .ink, let network = LineNetwork(model), network.stride == Self.step
    else { return nil }
    (self.network, self.scale) = (network, scale)
  }

  /// The share of known print that is less novel, 0 to below 1: of such print one line in a hundred
  /// has more than 0.99.
  ///
  /// - Throws: `ModelError` if the model can't take the line's width.
  package mutating func novelty(of line: LineImage) throws(ModelError) -> Double {
    scale.share(below: try error(of: line))
  }

  /// The part of the variance of the line's ink, at half its size, that isn't drawn again: 0 where
  /// all is, 1 where an even gray would be as near, more where it is worse than that.
  ///
  /// - Throws: `ModelError` if the model can't take the line's width.
  package mutating func error(of line: LineImage) throws(ModelError) -> Double {
    try network.read(line, into: &outputs)
    let sums = line.coverage.withUnsafeBufferPointer { ink in
      outputs.withUnsafeBufferPointer { Self.sums(ink, $0, width: line.width) }
    }
    let variance = sums.count * sums.squares - sums.ink * sums.ink
    // A line without ink has nothing to draw: a gray level of deviation is the least that counts.
    return Double(sums.count * sums.missed)
      / Double(max(variance, sums.count * sums.count * levels * levels))
  }

  /// Sums over the pixels of a line at half its size, each four times its ink, 0...1020.
  private struct Sums {
    var count = 0
    var ink = 0
    var squares = 0
    /// Of squared differences between what was drawn and the ink.
    var missed = 0
  }

  private static func sums(
    _ ink: UnsafeBufferPointer<UInt8>, _ outputs: UnsafeBufferPointer<Int8>, width: Int
  ) -> Sums {
    // No overflow: lines are 4096 columns wide at most.
    var sums = Sums(count: rows * width / 2)
    for row in 0..<rows {
      let (upper, lower) = (2 &* row &* width, (2 &* row &+ 1) &* width)
      for column in 0..<width / 2 {
        let left = 2 &* column
        let pixel =
          Int(ink[upper &+ left]) &+ Int(ink[upper &+ left &+ 1]) &+ Int(ink[lower &+ left])
          &+ Int(ink[lower &+ left &+ 1])
        let (cell, place) = (column / columns, column % columns)
        let output = outputs[(cell &* rows &+ row) &* columns &+ place]
        let difference = levels &* (Int(output) &+ 128) &- pixel
        sums.ink &+= pixel
        sums.squares &+= pixel &* pixel
        sums.missed &+= difference &* difference
      }
    }
    return sums
  }
}

/// Sums of pixels to a pixel of half the size.
private let levels = 4

extension Quantization {
  /// Bytes of ink, as in a line: -128 is paper.
  fileprivate static let ink = Quantization(scale: 1 / 255, zeroPoint: -128)
}

import Glibc

/// The facts about a line that was read, as numbers from which its confidence is computed.
///
/// `scripts/python measure.tune.confidence` finds the weights from pictures whose text is known.
public struct LineFeatures: Sendable, Equatable {
  public static let names = [
    "one", "finder", "asked", "length", "alone", "confidence", "least confidence", "certainty",
    "least certainty", "contrast", "marks", "size", "side",
  ]

  /// Shorter side of QQVGA, the smallest images that boards send.
  private static let smallestBoardSide = 120.0

  /// One value for each name.
  public let values: [Double]

  /// - Parameters:
  ///   - score: the finder's confidence, 0...1; nil where it wasn't asked.
  ///   - confidences: of each character, 0...1.
  ///   - certainties: of each character being one of its shape, 0...1.
  ///   - contrast: as `GlyphLine.contrast`.
  ///   - size: of tall characters, as a share of the image's height.
  ///   - side: the image's shorter one, in pixels: a small image was cut out, and rarely without
  ///     text.
  ///   - marks: the number of characters that specks and borders are read as.
  package init(
    score: Double?, confidences: [Double], certainties: [Double], contrast: Double, size: Double,
    side: Double, marks: Int
  ) {
    let count = Double(max(1, confidences.count))
    func mean(_ values: [Double]) -> Double { values.reduce(0) { $0 + Self.odds($1) } / count }
    values = [
      1, score.map(Self.odds) ?? 0, score == nil ? 0 : 1, log2(count), count == 1 ? 1 : 0,
      mean(confidences), Self.odds(confidences.min() ?? 0), mean(certainties),
      Self.odds(certainties.min() ?? 0), log(max(contrast, 1e-3)), Double(marks) / count,
      log(min(max(size, 0.01), 1)), log(min(max(side, 1) / Self.smallestBoardSide, 1)),
    ]
  }

  /// Logarithm of the odds, limited to the range of int8 logits.
  private static func odds(_ probability: Double) -> Double {
    let p = min(max(probability, 0.001), 0.999)
    return log(p / (1 - p))
  }

  package func probability(_ weights: [Double]) -> Double {
    1 / (1 + exp(-zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 }))
  }
}

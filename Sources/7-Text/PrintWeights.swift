/// What each of `LineFeatures.names` counts for a line being print.
///
/// Written by `scripts/python measure.tune.confidence`: not to be changed by hand.
package enum PrintWeights {
  /// The least probability of print.
  package static let least = 0.52
  package static let values: [Double] = [
    -3.3393,
    1.5530,
    0.5273,
    -0.1376,
    -1.2358,
    1.5115,
    -0.2549,
    -0.1718,
    0.2078,
    -0.5183,
    -1.5516,
    0.2663,
    -0.6419,
  ]
}

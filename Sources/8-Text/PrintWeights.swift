/// What each of `LineFeatures.names` counts for a line being print.
///
/// Written by `scripts/tune/confidence.py`: not to be changed by hand.
package enum PrintWeights {
  /// The least probability of print.
  package static let least = 0.45
  package static let values: [Double] = [
    -1.6614,
    0.4091,
    0.1747,
    1.0457,
    -0.4838,
    0.6134,
    0.4059,
    0.3541,
    -0.1998,
    -0.1843,
    -0.9993,
    0.9045,
    -1.0756,
  ]
}

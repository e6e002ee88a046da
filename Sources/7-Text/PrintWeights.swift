/// What each of `LineFeatures.names` counts for a line being print.
///
/// Written by `scripts/tune/confidence.py`: not to be changed by hand.
package enum PrintWeights {
  /// The least probability of print.
  package static let least = 0.39
  package static let values: [Double] = [
    -1.2528,
    0.7513,
    -0.2405,
    0.9686,
    -0.5949,
    0.7049,
    0.5150,
    0.1233,
    -0.1992,
    -0.3752,
    -1.0480,
    0.9186,
    -1.0885,
  ]
}

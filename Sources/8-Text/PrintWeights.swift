/// What each of `LineFeatures.names` counts for a line being print.
///
/// Written by `scripts/tune/confidence.py`: not to be changed by hand.
enum PrintWeights {
  static let values: [Double] = [
    0.0957,
    0.1300,
    0.1719,
    0.8669,
    -2.2351,
    0.0660,
    0.3031,
    0.8162,
    -0.2403,
    -0.0124,
    -2.0025,
    1.1007,
  ]
}

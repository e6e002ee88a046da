/// What each of `LineFeatures.names` counts for a line being print.
///
/// Written by `scripts/tune/confidence.py`: not to be changed by hand.
package enum PrintWeights {
  /// The least probability of print.
  package static let least = 0.52
  package static let values: [Double] = [
    -1.5849,
    0.5591,
    -0.0649,
    0.5932,
    -0.6729,
    0.9894,
    0.2086,
    0.4719,
    -0.4100,
    -0.2199,
    -0.9232,
    0.8546,
    -1.8075,
  ]
}

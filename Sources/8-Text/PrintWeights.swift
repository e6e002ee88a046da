/// What each of `LineFeatures.names` counts for a line being print.
///
/// Written by `scripts/tune/confidence.py`: not to be changed by hand.
package enum PrintWeights {
  package static let values: [Double] = [
    0.1525,
    -0.5188,
    0.5331,
    1.3699,
    -0.8421,
    0.7288,
    0.1229,
    0.1754,
    0.1816,
    0.3135,
    -3.0376,
    1.4144,
  ]
}

import Gray
import Testing
import Text

@Suite struct LineFeaturesTests {
  private func features(
    score: Double? = 0.9, confidence: Double = 0.99, count: Int = 4, size: Double = 0.1
  ) -> LineFeatures {
    LineFeatures(
      score: score, confidences: [Double](repeating: confidence, count: count),
      certainties: [Double](repeating: confidence, count: count), contrast: 0.5, size: size,
      side: 240, marks: 0)
  }

  @Test func eachHasANameAndAWeight() {
    #expect(features().values.count == LineFeatures.names.count)
    #expect(PrintWeights.values.count == LineFeatures.names.count)
    #expect(features(score: nil, confidence: 0, count: 0).values.allSatisfy { $0.isFinite })
    #expect(features(score: 1, confidence: 1, size: 2).values.allSatisfy { $0.isFinite })
  }

  /// The purpose of the weights: lines with high confidence are print, single doubtful characters
  /// are not.
  @Test func printIsWhatLooksLikeIt() {
    func probability(_ features: LineFeatures) -> Double {
      features.probability(PrintWeights.values)
    }
    #expect(probability(features()) > 0.95)
    #expect(probability(features(confidence: 0.5, count: 1, size: 0.05)) < 0.3)
    #expect(
      probability(features(confidence: 0.7, count: 1, size: 0.9))
        > probability(features(confidence: 0.7, count: 1, size: 0.05)))
  }
}

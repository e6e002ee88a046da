import Inference
import Testing

/// The meaning of an autoencoder's errors, as a manifest has it.
@Suite struct NoveltyScaleTests {
  private func model(_ shares: [Double], _ errors: [Double]) -> RandomModel {
    var model = smallModel()
    model.manifest["novelty"] = ["shares": shares, "errors": errors]
    return model
  }

  @Test func sharesOfKnownData() throws {
    let scale = try #require(try model([0, 0.5, 0.9], [0.1, 0.2, 0.6]).load().noveltyScale)
    for (error, share) in [
      (0, 0), (0.1, 0), (0.15, 0.25), (0.2, 0.5), (0.4, 0.7), (0.6, 0.9), (1.2, 0.95), (6, 0.99),
    ] {
      #expect(abs(scale.share(below: error) - share) < 1e-12, "\(error)")
    }
    // Order remains beyond what was measured, and 1 is not reached.
    let far = [0.6, 1, 10, 1e6].map(scale.share)
    #expect(far == far.sorted() && Set(far).count == far.count && far[3] < 1)
  }

  @Test func otherNetworksHaveNone() throws {
    #expect(try smallModel().load().noveltyScale == nil)
  }

  @Test func networksOfOtherWidthsKeepIt() throws {
    let model = try ModelStore.load("novelty")
    let scale = try #require(model.noveltyScale)
    #expect(try model.widened(to: 64).noveltyScale == scale)
  }

  @Test(arguments: [
    ([0.1, 0.2], [0.3, 0.4, 0.5], "novelty.shares.count"), ([0.1], [0.3], "novelty.errors.count"),
    ([0.2, 0.1], [0.3, 0.4], "novelty.shares"), ([0.1, 0.2], [0.4, 0.4], "novelty.errors"),
    ([0.1, 1], [0.3, 0.4], "novelty.shares[1]"), ([-0.1, 0.2], [0.3, 0.4], "novelty.shares[0]"),
    ([0.1, 0.2], [-0.3, 0.4], "novelty.errors[0]"),
    (
      [Double](repeating: 0, count: 300), [Double](repeating: 0, count: 300), "novelty.errors.count"
    ),
  ])
  func brokenOnes(shares: [Double], errors: [Double], field: String) throws {
    guard
      case .invalidField(_, let named, _, _) = try loadingFailure(model(shares, errors))
    else {
      Issue.record("not refused")
      return
    }
    #expect(named == field)
  }
}

/// What an autoencoder's errors mean: the share of data of the kind it learned, but that it didn't
/// see, that it draws again with less.
package struct NoveltyScale: Sendable, Equatable {
  /// Rising from 0.
  package let errors: [Double]
  /// Of each error: rising, 0 to less than 1.
  package let shares: [Double]

  /// The share of known data with a smaller error. Beyond the last one that was measured, what is
  /// left of 1 falls as the error rises: order remains.
  package func share(below error: Double) -> Double {
    guard let next = errors.firstIndex(where: { error < $0 }) else {
      let last = errors.count - 1
      return 1 - (1 - shares[last]) * errors[last] / error
    }
    guard next > 0 else { return shares[0] }
    let way = (error - errors[next - 1]) / (errors[next] - errors[next - 1])
    return shares[next - 1] + way * (shares[next] - shares[next - 1])
  }

  /// The manifest's record, checked.
  ///
  /// - Throws: `ModelError`, which names the field.
  init(_ record: Manifest.NoveltyRecord, check: Check) throws(ModelError) {
    let field = "novelty.errors"
    try check.range(record.errors.count, 2...Self.most, "\(field).count")
    try check.equal(record.shares.count, record.errors.count, "novelty.shares.count")
    for (name, values) in [(field, record.errors), ("novelty.shares", record.shares)] {
      guard values.allSatisfy(\.isFinite), zip(values, values.dropFirst()).allSatisfy(<) else {
        throw check.invalid(name, expected: "rising numbers", found: "others")
      }
    }
    guard record.errors[0] >= 0 else {
      throw check.invalid("\(field)[0]", expected: "0 or more", found: "\(record.errors[0])")
    }
    for (i, share) in record.shares.enumerated() {
      guard (0..<1).contains(share) else {
        throw check.invalid("novelty.shares[\(i)]", expected: "0 to less than 1", found: "\(share)")
      }
    }
    (errors, shares) = (record.errors, record.shares)
  }

  private static let most = 256
}

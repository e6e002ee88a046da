/// The pairs of read and true characters: a cheapest way to turn truth into reading.
///
/// Of several ways of equal cost, the one that prefers pairs from the ends backwards is taken: the
/// result depends on the texts alone.
package struct Alignment: Sendable, Equatable {
  package enum Step: Sendable, Equatable {
    /// Indices of a true and a read character, alike or not.
    case pair(truth: Int, read: Int)
    /// A true character that was not read.
    case missing(truth: Int)
    /// A read character that the image doesn't show.
    case extra(read: Int)
  }

  /// The steps from the first characters to the last.
  package let steps: [Step]
  /// For each true character, whether it was read.
  package let truthIsRead: [Bool]
  /// For each read character, whether it is right.
  package let readIsRight: [Bool]

  /// Cells of a table beyond which only equal characters at both ends are paired.
  private static let greatestTable = 1 << 26

  /// Cost: as `editDistance`, with the whole table in memory.
  package init(truth: [Unicode.Scalar], read: [Unicode.Scalar]) {
    var first = 0
    while first < truth.count, first < read.count, truth[first] == read[first] { first += 1 }
    var tail = 0
    while tail < truth.count - first, tail < read.count - first,
      truth[truth.count - 1 - tail] == read[read.count - 1 - tail]
    {
      tail += 1
    }
    var steps = (0..<first).map { Step.pair(truth: $0, read: $0) }
    steps += Self.middle(
      truth, first..<truth.count - tail, read, first..<read.count - tail)
    steps += (0..<tail).map { k in
      .pair(truth: truth.count - tail + k, read: read.count - tail + k)
    }
    var truthIsRead = [Bool](repeating: false, count: truth.count)
    var readIsRight = [Bool](repeating: false, count: read.count)
    for case .pair(let t, let r) in steps where truth[t] == read[r] {
      truthIsRead[t] = true
      readIsRight[r] = true
    }
    self.steps = steps
    self.truthIsRead = truthIsRead
    self.readIsRight = readIsRight
  }

  private static func middle(
    _ truth: [Unicode.Scalar], _ truths: Range<Int>, _ read: [Unicode.Scalar], _ reads: Range<Int>
  ) -> [Step] {
    let (cells, overflow) = (truths.count + 1).multipliedReportingOverflow(by: reads.count + 1)
    guard !truths.isEmpty, !reads.isEmpty, !overflow, cells <= greatestTable else {
      return truths.map { .missing(truth: $0) } + reads.map { .extra(read: $0) }
    }
    let width = reads.count + 1
    var costs = [Int32](repeating: 0, count: cells)
    for j in 0..<width { costs[j] = Int32(j) }
    for i in 1...truths.count {
      costs[i * width] = Int32(i)
      let x = truth[truths.lowerBound + i - 1]
      for j in 1..<width {
        let above = (i - 1) * width + j
        let substituted = costs[above - 1] + (x == read[reads.lowerBound + j - 1] ? 0 : 1)
        costs[i * width + j] = min(substituted, costs[above] + 1, costs[i * width + j - 1] + 1)
      }
    }
    var steps: [Step] = []
    var (i, j) = (truths.count, reads.count)
    while i > 0 || j > 0 {
      let cost = costs[i * width + j]
      if i > 0, j > 0,
        cost == costs[(i - 1) * width + j - 1]
          + (truth[truths.lowerBound + i - 1] == read[reads.lowerBound + j - 1] ? 0 : 1)
      {
        i -= 1
        j -= 1
        steps.append(.pair(truth: truths.lowerBound + i, read: reads.lowerBound + j))
      } else if i > 0, cost == costs[(i - 1) * width + j] + 1 {
        i -= 1
        steps.append(.missing(truth: truths.lowerBound + i))
      } else {
        j -= 1
        steps.append(.extra(read: reads.lowerBound + j))
      }
    }
    return steps.reversed()
  }
}

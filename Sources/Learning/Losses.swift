import Glibc

/// Losses over columns of logits, with their gradients.
package enum Losses {

  /// Softmax of columns, and each column's distance from its logits to their logarithm.
  package struct Softmax {
    package let shares: [Float]
    let offsets: [Float]
  }

  /// Softmax of columns of `count` logits each.
  package static func softmax(_ logits: [Float], count: Int) -> Softmax {
    var shares = logits
    var offsets: [Float] = []
    for first in stride(from: 0, to: logits.count, by: count) {
      let range = first..<first + count
      var greatest = -Float.infinity
      for i in range { greatest = max(greatest, logits[i]) }
      var sum: Float = 0
      for i in range {
        let share = exp(logits[i] - greatest)
        shares[i] = share
        sum += share
      }
      for i in range { shares[i] /= sum }
      offsets.append(greatest + log(sum))
    }
    return Softmax(shares: shares, offsets: offsets)
  }

  /// Cross entropy of columns to wanted probabilities, summed over columns.
  ///
  /// `logits` and `wanted` probabilities are `count` a column each; their softmax may be `known`.
  package static func crossEntropy(
    _ logits: [Float], _ known: Softmax? = nil, to wanted: [Float], count: Int
  ) -> (loss: Double, gradient: [Float]) {
    let softmax = known ?? Self.softmax(logits, count: count)
    let offsets = softmax.offsets
    var loss = 0.0
    var gradient = softmax.shares
    for i in logits.indices where wanted[i] > 0 {
      loss -= Double(wanted[i] * (logits[i] - offsets[i / count]))
      gradient[i] -= wanted[i]
    }
    return (loss, gradient)
  }

  /// Connectionist temporal classification (Graves et al. 2006): the negative logarithm of the
  /// probability of `labels`, over all ways to spread them over the columns; nil where there are
  /// too few columns.
  package static func ctc(
    _ logits: [Float], _ known: Softmax? = nil, labels: [Int], blank: Int, count: Int
  ) -> (loss: Double, gradient: [Float])? {
    let columns = logits.count / count
    let states = 2 * labels.count + 1
    func label(_ state: Int) -> Int { state & 1 == 0 ? blank : labels[state / 2] }
    /// Whether the nothing before a state may be left out.
    func skips(_ state: Int) -> Bool {
      state > 1 && state & 1 == 1 && label(state) != label(state - 2)
    }
    guard columns > 0 else { return nil }
    let softmax = known ?? Self.softmax(logits, count: count)
    let offsets = softmax.offsets
    var gradient = softmax.shares
    func emission(_ column: Int, _ state: Int) -> Double {
      Double(logits[column * count + label(state)] - offsets[column])
    }
    // Logarithms of the probability of all ways into a state, its column included.
    var forward = [Double](repeating: -.infinity, count: columns * states)
    forward[0] = emission(0, 0)
    if states > 1 { forward[1] = emission(0, 1) }
    for t in 1..<max(columns, 1) {
      let before = (t - 1) * states
      for s in 0..<states {
        let a = forward[before + s]
        let b = s > 0 ? forward[before + s - 1] : -.infinity
        let c = skips(s) ? forward[before + s - 2] : -.infinity
        forward[t * states + s] = logSum(a, b, c) + emission(t, s)
      }
    }
    let end = columns * states
    let total = logSum(
      forward[end - 1], states > 1 ? forward[end - 2] : -.infinity, -.infinity)
    guard total > -.infinity else { return nil }
    // The same of all ways out of it, its column excluded.
    var backward = [Double](repeating: -.infinity, count: states)
    backward[states - 1] = 0
    if states > 1 { backward[states - 2] = 0 }
    for t in stride(from: columns - 1, through: 0, by: -1) {
      for s in 0..<states {
        let share = exp(forward[t * states + s] + backward[s] - total)
        gradient[t * count + label(s)] -= Float(share)
      }
      guard t > 0 else { break }
      let leaving = (0..<states).map { backward[$0] + emission(t, $0) }
      for s in 0..<states {
        let b = s + 1 < states ? leaving[s + 1] : -.infinity
        let c = s + 2 < states && skips(s + 2) ? leaving[s + 2] : -.infinity
        backward[s] = logSum(leaving[s], b, c)
      }
    }
    return (-total, gradient)
  }

  private static func logSum(_ a: Double, _ b: Double, _ c: Double) -> Double {
    let greatest = max(a, b, c)
    guard greatest > -.infinity else { return greatest }
    return greatest + log(exp(a - greatest) + exp(b - greatest) + exp(c - greatest))
  }
}

import Glibc

/// A beam search over prefixes: the likeliest text of a line's columns, with its probability over
/// all ways to spread it over them.
struct PrefixSearch {
  /// A character of the text.
  struct Label {
    let label: Int
    let hasSpaceBefore: Bool
  }

  /// A text, as its last character and the text before that.
  private struct Node {
    var parent: Int
    var label: Int
    var hasSpaceBefore: Bool
    var state: Pattern.State
    /// Texts that are longer by one character: the latest that was found, and the one before it.
    var lastChild = -1
    var sibling = -1
    /// Index of the column's hypothesis that ends here, if any.
    var place = -1
  }

  /// The probabilities that the columns so far spell a text, ending in nothing or in its last
  /// character.
  private struct Hypothesis {
    var node: Int
    var inBlank: Float
    var inLabel: Float
    var total: Float { inBlank + inLabel }
  }

  /// Texts that are followed at once.
  private static let beam = 10
  /// Labels less likely than this in a column are not considered there.
  private static let leastProbability: Float = 1e-4
  /// Share of a column's texts below which a text is not followed.
  private static let leastValue: Float = 1e-5

  private let labelCount: Int
  private let blank: Int
  /// The codes of the labels in patterns; nil for those that no pattern has.
  private let codes: [UInt8?]
  private let pattern: Pattern?
  private var nodes: [Node]
  private var hypotheses = [Hypothesis(node: 0, inBlank: 1, inLabel: 0)]
  /// Hypotheses of the column that is being processed.
  private var next: [Hypothesis] = []

  init(labelCount: Int, blank: Int, codes: [UInt8?], pattern: Pattern?) {
    self.labelCount = labelCount
    self.blank = blank
    self.codes = codes
    self.pattern = pattern
    nodes = [Node(parent: -1, label: -1, hasSpaceBefore: false, state: pattern?.start ?? 0)]
  }

  /// The likeliest text and the logarithm of its probability; nil where the pattern allows none.
  /// To be called once.
  mutating func best(_ probabilities: [Float]) -> (path: [Label], score: Float)? {
    var score: Float = 0
    var likely: [Int] = []
    for first in stride(from: 0, to: probabilities.count, by: labelCount) {
      likely.removeAll(keepingCapacity: true)
      for label in 0..<labelCount where label != blank {
        if probabilities[first + label] >= Self.leastProbability { likely.append(label) }
      }
      next.removeAll(keepingCapacity: true)
      for hypothesis in hypotheses {
        stay(hypothesis, probabilities, first)
        for label in likely { extend(hypothesis, by: label, probabilities[first + label]) }
      }
      guard let sum = takeNext() else { return nil }
      score += log(sum)
    }
    let ends = hypotheses.filter { pattern?.isAccepting(nodes[$0.node].state) ?? true }
    guard let best = ends.max(by: { $0.total < $1.total }) else { return nil }
    var path: [Label] = []
    var index = best.node
    while index > 0 {
      path.append(Label(label: nodes[index].label, hasSpaceBefore: nodes[index].hasSpaceBefore))
      index = nodes[index].parent
    }
    return (path.reversed(), score + log(best.total))
  }

  /// Follows a text that stays the same in the column.
  private mutating func stay(_ hypothesis: Hypothesis, _ probabilities: [Float], _ first: Int) {
    let label = nodes[hypothesis.node].label
    add(
      hypothesis.node, inBlank: hypothesis.total * probabilities[first + blank],
      inLabel: label >= 0 ? hypothesis.inLabel * probabilities[first + label] : 0)
  }

  /// Follows a text that grows by a character in the column, as far as the pattern allows.
  private mutating func extend(_ hypothesis: Hypothesis, by label: Int, _ probability: Float) {
    let node = nodes[hypothesis.node]
    let reach = label == node.label ? hypothesis.inBlank : hypothesis.total
    let value = reach * probability
    guard value >= Self.leastValue else { return }
    func child(_ hasSpaceBefore: Bool, _ state: Pattern.State) -> Node {
      Node(
        parent: hypothesis.node, label: label, hasSpaceBefore: hasSpaceBefore, state: state)
    }
    guard let pattern else {
      add(index(of: child(false, 0)), inBlank: 0, inLabel: value)
      return
    }
    guard let code = codes[label] else { return }
    if let state = pattern.next(node.state, code) {
      add(index(of: child(false, state)), inBlank: 0, inLabel: value)
    }
    // Spaces stand only where the pattern has them, and none at the beginning.
    if hypothesis.node > 0, let spaced = pattern.next(node.state, 0x20),
      let state = pattern.next(spaced, code)
    {
      add(index(of: child(true, state)), inBlank: 0, inLabel: value)
    }
  }

  private mutating func add(_ node: Int, inBlank: Float, inLabel: Float) {
    let place = nodes[node].place
    if place >= 0 {
      next[place].inBlank += inBlank
      next[place].inLabel += inLabel
    } else {
      nodes[node].place = next.count
      next.append(Hypothesis(node: node, inBlank: inBlank, inLabel: inLabel))
    }
  }

  /// The node of this text, a new one if there is none yet.
  private mutating func index(of child: Node) -> Int {
    var known = nodes[child.parent].lastChild
    while known >= 0 {
      let node = nodes[known]
      if node.label == child.label, node.hasSpaceBefore == child.hasSpaceBefore { return known }
      known = node.sibling
    }
    nodes.append(child)
    nodes[nodes.count - 1].sibling = nodes[child.parent].lastChild
    nodes[child.parent].lastChild = nodes.count - 1
    return nodes.count - 1
  }

  /// Continues with the likeliest hypotheses of the column.
  ///
  /// - Returns: their total probability; nil if there is none.
  private mutating func takeNext() -> Float? {
    for hypothesis in next { nodes[hypothesis.node].place = -1 }
    if next.count > Self.beam {
      next.sort { $0.total > $1.total }
      next.removeSubrange(Self.beam...)
    }
    let sum = next.reduce(0) { $0 + $1.total }
    guard sum > 0 else { return nil }
    for i in next.indices {
      next[i].inBlank /= sum
      next[i].inLabel /= sum
    }
    swap(&hypotheses, &next)
    return sum
  }
}

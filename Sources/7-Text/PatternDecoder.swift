/// Finds the likeliest text of a line among those that a pattern accepts.
///
/// Viterbi's algorithm over pairs of a place in the line and a state of the pattern. Spaces between
/// places follow the pattern; where this is against the reader's guess, at a small cost.
struct PatternDecoder {
  /// The characters that one place of a line may hold.
  struct Place {
    /// Scores are logarithms of probabilities.
    var options: [(character: UInt8, score: Float)]
    /// Score for no character here; nil where there must be one.
    var omission: Float?
    /// Whether the reader saw a gap before the place.
    var startsWord: Bool
  }

  /// The decision about a place.
  struct Choice: Equatable {
    /// Index of the option; nil where the place is omitted.
    var option: Int?
    var hasSpaceBefore = false
  }

  /// Cost of a space where the reader saw none, or none where it saw one.
  private static let spaceCost: Float = 1
  /// Paths that are followed at once.
  private static let beam = 512

  let pattern: Pattern

  private struct Node {
    var state: Pattern.State
    /// The last character, 0 before the first.
    var character: UInt8
    /// Whether a gap was seen before a place that is omitted.
    var isGapPending: Bool
    var score: Float
    var origin: Int
    var choice: Choice

    var key: Int { (Int(state) << 8 | Int(character)) << 1 | (isGapPending ? 1 : 0) }
    var isInside: Bool { character != 0 }
  }

  /// - Parameter places: left to right.
  /// - Returns: a choice for each place; nil where nothing matches.
  func decode(_ places: [Place]) -> [Choice]? {
    var layers = [
      [
        Node(
          state: pattern.start, character: 0, isGapPending: false, score: 0,
          origin: 0, choice: Choice(option: nil))
      ]
    ]
    for (i, place) in places.enumerated() {
      var nodes: [Node] = []
      var known: [Int: Int] = [:]
      func offer(_ node: Node) {
        if let known = known[node.key] {
          if nodes[known].score < node.score { nodes[known] = node }
        } else {
          known[node.key] = nodes.count
          nodes.append(node)
        }
      }
      for (origin, node) in layers[i].enumerated() {
        if let omission = place.omission { offer(omitted(node, place, omission, origin)) }
        let spaced = node.isInside ? pattern.next(node.state, 0x20) : nil
        let isGap = place.startsWord || node.isGapPending
        for (k, option) in place.options.enumerated() {
          var next = Node(
            state: 0, character: option.character, isGapPending: false,
            score: node.score + option.score, origin: origin, choice: Choice(option: k))
          if let state = pattern.next(node.state, option.character) {
            next.state = state
            var joined = next
            if node.isInside, isGap { joined.score -= Self.spaceCost }
            offer(joined)
          }
          if let spaced, let state = pattern.next(spaced, option.character) {
            next.state = state
            next.choice.hasSpaceBefore = true
            if !isGap { next.score -= Self.spaceCost }
            offer(next)
          }
        }
      }
      guard !nodes.isEmpty else { return nil }
      if nodes.count > Self.beam {
        nodes.sort { $0.score > $1.score }
        nodes.removeSubrange(Self.beam...)
      }
      layers.append(nodes)
    }
    return path(through: layers)
  }

  private func omitted(_ node: Node, _ place: Place, _ omission: Float, _ origin: Int) -> Node {
    var next = node
    next.score += omission
    next.origin = origin
    next.choice = Choice(option: nil)
    if node.isInside {
      next.isGapPending = node.isGapPending || place.startsWord
    }
    return next
  }

  private func path(through layers: [[Node]]) -> [Choice]? {
    guard let last = layers.last else { return nil }
    let ends = last.indices.filter {
      last[$0].isInside && pattern.isAccepting(last[$0].state)
    }
    guard var index = ends.max(by: { last[$0].score < last[$1].score }) else { return nil }
    var choices: [Choice] = []
    for layer in layers.dropFirst().reversed() {
      choices.append(layer[index].choice)
      index = layer[index].origin
    }
    return choices.reversed()
  }
}

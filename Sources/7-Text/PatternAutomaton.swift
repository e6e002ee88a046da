/// A deterministic automaton for a pattern.
///
/// Source: Glushkov's construction (one state per place in the pattern, no empty moves), then
/// subsets.
struct PatternAutomaton {
  /// Limits that bound time and memory, whatever users write.
  static let mostPositions = 1024
  static let mostStates = 4096

  /// A row of `Pattern.columns` entries per state; -1 where no path leads to a match. State 0 is
  /// the start.
  private(set) var table: [Pattern.State] = []
  private(set) var accepting: [Bool] = []

  /// - Returns: the automaton, or nil where it would be too large.
  init?(_ node: PatternNode) {
    guard node.positions <= Self.mostPositions else { return nil }
    let places = Places(node)
    guard build(places) else { return nil }
    prune()
  }

  /// Whether some text of these characters matches that a line can have: at least one character,
  /// only single spaces, and none at its ends.
  func matchesSomeLine(of characters: CharacterMask) -> Bool {
    Pattern.matchesSomeLine(of: characters, table: table, accepting: accepting)
  }

  private mutating func build(_ places: Places) -> Bool {
    let kinds = CharacterKinds(places.masks)
    let matching = kinds.examples.map { example in
      var set = PlaceSet(count: places.masks.count)
      for (i, mask) in places.masks.enumerated() where mask.contains(example) { set.insert(i) }
      return set
    }
    var start = PlaceSet(count: places.masks.count)
    start.insert(0)
    var states: [PlaceSet: Pattern.State] = [start: 0]
    var waiting = [start]
    var done = 0
    while done < waiting.count {
      let set = waiting[done]
      done += 1
      accepting.append(set.intersects(places.ends))
      var reachable = PlaceSet(count: places.masks.count)
      set.forEach { reachable.formUnion(places.followers[$0]) }
      var row = [Pattern.State](repeating: -1, count: Pattern.columns)
      for (kind, members) in kinds.columns.enumerated() {
        let target = reachable.intersection(matching[kind])
        guard !target.isEmpty else { continue }
        let state = states[target] ?? Pattern.State(states.count)
        if Int(state) == states.count {
          guard states.count < Self.mostStates else { return false }
          states[target] = state
          waiting.append(target)
        }
        for column in members { row[column] = state }
      }
      table += row
    }
    return true
  }

  /// Takes away the states from which no match can be reached; the start stays.
  private mutating func prune() {
    var sources = [[Int]](repeating: [], count: accepting.count)
    for (i, target) in table.enumerated() where target >= 0 {
      let source = i / Pattern.columns
      if sources[Int(target)].last != source { sources[Int(target)].append(source) }
    }
    var isAlive = accepting
    var waiting = accepting.indices.filter { accepting[$0] }
    while let state = waiting.popLast() {
      for source in sources[state] where !isAlive[source] {
        isAlive[source] = true
        waiting.append(source)
      }
    }
    isAlive[0] = true
    var names = [Pattern.State](repeating: -1, count: accepting.count)
    var count: Pattern.State = 0
    for state in accepting.indices where isAlive[state] {
      names[state] = count
      count += 1
    }
    table = accepting.indices.filter { isAlive[$0] }.flatMap { state in
      table[state * Pattern.columns..<(state + 1) * Pattern.columns].map {
        $0 >= 0 ? names[Int($0)] : -1
      }
    }
    accepting = accepting.indices.filter { isAlive[$0] }.map { accepting[$0] }
  }
}

/// The classes of characters that no part of a pattern tells apart.
private struct CharacterKinds {
  /// A character of each kind.
  private(set) var examples: [UInt8] = []
  /// Columns of the table of each kind.
  private(set) var columns: [[Int]] = []

  init(_ masks: [CharacterMask]) {
    let distinct = Array(Set(masks))
    var kinds: [[Bool]: Int] = [:]
    for column in 0..<Pattern.columns {
      let byte = UInt8(column + 0x20)
      let membership = distinct.map { $0.contains(byte) }
      if let kind = kinds[membership] {
        columns[kind].append(column)
      } else {
        kinds[membership] = examples.count
        examples.append(byte)
        columns.append([column])
      }
    }
  }
}

/// Places for characters in a pattern, and which may follow which. Place 0 is before the first.
private struct Places {
  private(set) var masks = [CharacterMask()]
  private(set) var followers: [PlaceSet] = []
  /// Places that may be the last.
  private(set) var ends: PlaceSet
  private let count: Int

  private struct Part {
    var isOptional: Bool
    var firsts: PlaceSet
    var lasts: PlaceSet
  }

  init(_ node: PatternNode) {
    count = node.positions + 1
    let none = PlaceSet(count: count)
    followers = [PlaceSet](repeating: none, count: count)
    ends = none
    let whole = add(node)
    followers[0] = whole.firsts
    ends = whole.lasts
    if whole.isOptional { ends.insert(0) }
  }

  private var nothing: Part {
    Part(isOptional: true, firsts: PlaceSet(count: count), lasts: PlaceSet(count: count))
  }

  private mutating func add(_ node: PatternNode) -> Part {
    switch node {
    case .character(let mask):
      var set = PlaceSet(count: count)
      set.insert(masks.count)
      masks.append(mask)
      return Part(isOptional: false, firsts: set, lasts: set)
    case .sequence(let nodes):
      var part = nothing
      for node in nodes { part = join(part, add(node)) }
      return part
    case .choice(let nodes):
      var part = nothing
      part.isOptional = false
      for node in nodes {
        let branch = add(node)
        part.isOptional = part.isOptional || branch.isOptional
        part.firsts.formUnion(branch.firsts)
        part.lasts.formUnion(branch.lasts)
      }
      return part
    case .repetition(let node, let least, let most):
      // Without places there is nothing to write out, however large the counts.
      guard node.positions > 0, most != 0 else { return nothing }
      var part = nothing
      for i in 0..<(most ?? max(1, least)) {
        var copy = add(node)
        if i >= least { copy.isOptional = true }
        if most == nil, i == max(1, least) - 1 {
          copy.lasts.forEach { followers[$0].formUnion(copy.firsts) }
        }
        part = join(part, copy)
      }
      return part
    }
  }

  private mutating func join(_ a: Part, _ b: Part) -> Part {
    a.lasts.forEach { followers[$0].formUnion(b.firsts) }
    var part = a
    if a.isOptional { part.firsts.formUnion(b.firsts) }
    part.lasts = b.lasts
    if b.isOptional { part.lasts.formUnion(a.lasts) }
    part.isOptional = a.isOptional && b.isOptional
    return part
  }
}

/// A set of places, a bit each.
private struct PlaceSet: Hashable {
  private var words: [UInt64]

  init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

  var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

  mutating func insert(_ place: Int) { words[place / 64] |= 1 << UInt64(place % 64) }

  mutating func formUnion(_ other: PlaceSet) {
    for i in words.indices { words[i] |= other.words[i] }
  }

  func intersection(_ other: PlaceSet) -> PlaceSet {
    var result = self
    for i in words.indices { result.words[i] &= other.words[i] }
    return result
  }

  func intersects(_ other: PlaceSet) -> Bool {
    zip(words, other.words).contains { $0 & $1 != 0 }
  }

  func forEach(_ body: (Int) -> Void) {
    for (i, word) in words.enumerated() {
      var rest = word
      while rest != 0 {
        body(64 * i + rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
  }
}

import Glibc
import Images

/// A line followed from image to image.
struct LineTrack: Sendable {
  private(set) var columns: [VoteColumn] = []
  private(set) var box: PixelBox
  /// Number of images that showed the line, fading with every image.
  private(set) var presence = 0.0
  /// Whether enough images have shown the line; stays true until the line is missing for good.
  private(set) var isShown = false
  /// The line as it reads now.
  private(set) var line: ReadLine
  /// The line as it read when it last was settled.
  private(set) var stableLine: ReadLine?
  /// Number of images that showed the line, fading with each of them.
  private var weight = 0.0
  /// The same, with each image weighed by its confidence: the weight of "nothing" in a new column.
  private var mass = 0.0
  private var imagesSeen = 0
  /// Images in a row without the line.
  private var imagesMissed = 0
  /// Images in a row after which the line read differently from `stableLine`.
  private var imagesUnsettled = 0

  init(_ observed: ObservedLine, imageWeight: Double, _ rules: FusionRules) {
    box = observed.box
    line = ReadLine(text: "", confidence: 0, box: observed.box, characters: [])
    update(observed, imageWeight: imageWeight, rules)
  }

  /// A measure of how well `observed` continues this line; nil for not at all.
  func likeness(to observed: ObservedLine) -> Double? {
    let height = Double(max(1, min(box.height, observed.box.height)))
    let width = Double(max(1, min(box.width, observed.box.width)))
    let distance = abs(box.middleY - observed.box.middleY) / height
    guard distance < 3 else { return nil }
    let shared = Double(min(box.maxX, observed.box.maxX) - max(box.x, observed.box.x)) / width
    if distance < 0.7, shared > 0.3 {
      return 2 + min(1, shared) - distance + likeness(ofText: observed)
    }
    // At another place, as after a knock to the camera, only the same text continues the line.
    guard shared > -1 else { return nil }
    let likeness = likeness(ofText: observed)
    return likeness > 0.7 ? likeness - distance / 10 : nil
  }

  /// 1 for the same text, 0 for a different one.
  private func likeness(ofText observed: ObservedLine) -> Double {
    let length = max(1, max(line.characters.count, observed.characters.count))
    return max(0, 1 - LineAlignment(columns, observed, from: box).cost / Double(length))
  }

  /// Adds an image's reading of the line; nil if the image doesn't show it.
  ///
  /// - Parameters:
  ///   - observed: the line in the new image.
  ///   - imageWeight: the fading number of all images, with or without the line.
  ///   - rules: those of the fusion.
  mutating func update(_ observed: ObservedLine?, imageWeight: Double, _ rules: FusionRules) {
    presence = presence * rules.decay + (observed == nil ? 0 : 1)
    imagesMissed = observed == nil ? imagesMissed + 1 : 0
    isShown = isShown ? imagesMissed < rules.agreeing : 2 * presence > imageWeight
    // An image without the line says nothing about its characters.
    guard let observed else { return }
    vote(observed, rules)
    box = observed.box
    imagesSeen += 1
    let isSettled: Bool
    (line, isSettled) = FusedLine(columns, box: box, rules).result
    line.novelty = observed.novelty
    if isSettled, imagesSeen >= rules.agreeing {
      stableLine = line
      imagesUnsettled = 0
    } else if let stableLine, stableLine.text != line.text {
      imagesUnsettled += 1
      if imagesUnsettled >= rules.agreeing { self.stableLine = nil }
    }
  }

  private mutating func vote(_ observed: ObservedLine, _ rules: FusionRules) {
    let confidence = observed.confidence
    let alignment = LineAlignment(columns, observed, from: box)
    var updated: [VoteColumn] = []
    for step in alignment.steps {
      let character = step.character.map { observed.characters[$0] }
      var column: VoteColumn
      if let index = step.column {
        column = columns[index]
      } else if let character {
        column = VoteColumn(absence: mass, weight: weight, box: character.read.box)
      } else {
        continue
      }
      column.update(character, absence: confidence, rules: rules)
      // A column that was seen once by mistake need not be kept.
      if column.ranked.first != "" || column.share(of: "") < 0.97 { updated.append(column) }
    }
    columns = updated
    mass = mass * rules.decay + confidence
    weight = weight * rules.decay + 1
  }
}

/// The cheapest alignment of an image's characters with the columns of a line.
struct LineAlignment {
  /// A column and a character aligned with it; one of the two may be missing.
  struct Step {
    var column: Int?
    var character: Int?
  }

  private(set) var steps: [Step] = []
  private(set) var cost = 0.0

  /// Greatest cost of a character far from its column; decides between equal characters.
  private static let placeCost = 0.25

  /// - Parameters:
  ///   - columns: the line's.
  ///   - observed: the line in the new image.
  ///   - box: the line's box in the previous image.
  init(_ columns: [VoteColumn], _ observed: ObservedLine, from box: PixelBox) {
    let characters = observed.characters
    let drift = Self.drift(from: box, to: observed.box)
    let pitch = max(
      1, Double(observed.box.width) / Double(max(1, characters.count)))
    let gapShares = columns.map { $0.share(of: "") }
    let rows = columns.count + 1
    let width = characters.count + 1
    var costs = [Double](repeating: .infinity, count: rows * width)
    /// 0: both, 1: the column alone, 2: the character alone.
    var moves = [UInt8](repeating: 0, count: rows * width)
    costs[0] = 0
    for i in 0..<rows {
      for k in 0..<width where i + k > 0 {
        var best = (cost: Double.infinity, move: UInt8(0))
        if i > 0, k > 0 {
          let read = characters[k - 1].read
          let away = abs(columns[i - 1].box.middleX + drift - read.box.middleX) / pitch
          let misfit =
            1 - columns[i - 1].share(of: read.text) + Self.placeCost * min(1, away)
          best = (costs[(i - 1) * width + k - 1] + misfit, 0)
        }
        if i > 0 {
          let cost = costs[(i - 1) * width + k] + 1 - gapShares[i - 1]
          if cost < best.cost { best = (cost, 1) }
        }
        if k > 0 {
          let cost = costs[i * width + k - 1] + 1
          if cost < best.cost { best = (cost, 2) }
        }
        costs[i * width + k] = best.cost
        moves[i * width + k] = best.move
      }
    }
    cost = costs[rows * width - 1]
    var (i, k) = (columns.count, characters.count)
    while i + k > 0 {
      let move = moves[i * width + k]
      if move != 2 { i -= 1 }
      if move != 1 { k -= 1 }
      steps.append(Step(column: move == 2 ? nil : i, character: move == 1 ? nil : k))
    }
    steps.reverse()
  }

  /// The line's movement, by the end that moved least, since a character may be missing at one.
  private static func drift(from a: PixelBox, to b: PixelBox) -> Double {
    [Double(b.x - a.x), Double(b.maxX - a.maxX), b.middleX - a.middleX]
      .min { abs($0) < abs($1) } ?? 0
  }
}

extension PixelBox {
  var middleX: Double { Double(x) + Double(width) / 2 }
  var middleY: Double { Double(y) + Double(height) / 2 }
}

/// The text that the columns of a line add up to.
struct FusedLine {
  private(set) var result: (line: ReadLine, isSettled: Bool)

  /// Least share of votes that a character is given when a pattern is matched.
  private static let leastShare = 0.01
  /// The same as for single images, see `Agreement`.
  private static let leastEvidence = 0.05

  init(_ columns: [VoteColumn], box: PixelBox, _ rules: FusionRules) {
    if let pattern = rules.pattern,
      let match = Self.match(columns, box: box, pattern, rules)
    {
      result = match
      return
    }
    var texts: [String] = []
    var isSettled = true
    for column in columns {
      let ranked = column.ranked
      let text = ranked.first ?? ""
      texts.append(text)
      isSettled =
        isSettled && column.isSettled(text, rivals: Array(ranked.dropFirst()), rules: rules)
    }
    let line = Self.line(
      columns, texts: texts, spaces: columns.map(\.startsWord), box: box,
      matchesPattern: rules.pattern.map { _ in false })
    result = (line, isSettled)
  }

  private static func match(
    _ columns: [VoteColumn], box: PixelBox, _ pattern: Pattern, _ rules: FusionRules
  ) -> (line: ReadLine, isSettled: Bool)? {
    func score(_ share: Double) -> Float { Float(log(max(share, leastShare))) }
    let options = columns.map { column in
      column.ranked.compactMap { text -> (text: String, character: UInt8)? in
        ReadableCharacters.code(of: text).map { (text, $0) }
      }
    }
    let places = zip(columns, options).map { column, options in
      PatternDecoder.Place(
        options: options.map { ($0.character, score(column.share(of: $0.text))) },
        omission: score(column.share(of: "")), startsWord: column.startsWord)
    }
    let decoder = PatternDecoder(pattern: pattern)
    guard let path = decoder.decode(places) else { return nil }
    let texts = path.indices.map { i in path[i].option.map { options[i][$0].text } ?? "" }
    let evidence = zip(columns, texts).map { score($0.share(of: $1)) }
    guard
      !evidence.isEmpty,
      evidence.reduce(0, +) / Float(evidence.count) >= Float(log(leastEvidence))
    else { return nil }
    let isSettled = settled(columns, texts, path.map(\.hasSpaceBefore), pattern, rules)
    let line = Self.line(
      columns, texts: texts, spaces: path.map(\.hasSpaceBefore), box: box, matchesPattern: true)
    return (line, isSettled)
  }

  /// Only rivals that match the pattern as well can take a character's place.
  private static func settled(
    _ columns: [VoteColumn], _ texts: [String], _ spaces: [Bool], _ pattern: Pattern,
    _ rules: FusionRules
  ) -> Bool {
    var text: [UInt8] = []
    var spots: [Range<Int>] = []
    for (i, character) in texts.enumerated() {
      if !character.isEmpty, spaces[i] { text.append(0x20) }
      let codes = ReadableCharacters.codes(of: character) ?? []
      spots.append(text.count..<text.count + codes.count)
      text += codes
    }
    return columns.indices.allSatisfy { i in
      let rivals = columns[i].ranked.filter { rival in
        guard rival != texts[i], let codes = ReadableCharacters.codes(of: rival) else {
          return false
        }
        return pattern.matches(text, replacing: spots[i], by: codes)
      }
      return columns[i].isSettled(texts[i], rivals: rivals, rules: rules)
    }
  }

  private static func line(
    _ columns: [VoteColumn], texts: [String], spaces: [Bool], box: PixelBox, matchesPattern: Bool?
  ) -> ReadLine {
    var line = ReadLine(
      text: "", confidence: 1, box: box, characters: [], matchesPattern: matchesPattern)
    for (i, column) in columns.enumerated() where !texts[i].isEmpty {
      let others = column.ranked.filter { $0 != texts[i] && !$0.isEmpty }
        .map { Alternative(text: $0, confidence: min(1, column.support(of: $0))) }
        .filter { $0.confidence >= 0.05 }
      var character = ReadCharacter(
        text: texts[i], confidence: min(1, column.support(of: texts[i])), box: column.box,
        alternatives: others)
      character.turning = column.turning(of: texts[i])
      if spaces[i], !line.characters.isEmpty { line.text += " " }
      line.text += texts[i]
      line.box = line.characters.isEmpty ? column.box : line.box.union(column.box)
      line.confidence *= character.confidence
      line.characters.append(character)
    }
    return line
  }
}

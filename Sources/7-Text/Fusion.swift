import Glibc
import Images

/// Combines many readings of the same text into one that is better than each.
///
/// Lines of successive images are followed by place and text, their characters aligned, and each
/// aligned column keeps votes: confidences that fade with every image. A column shows the character
/// with most votes, or none. So new text takes over with the `agreeing`-th image that shows it, and
/// mistakes that come and go are outvoted; those that stay keep their low confidence.
///
/// Votes are summed, not multiplied: the mistakes of successive images are much alike, and products
/// would grow sure of them.
///
/// Sources: Fiscus, "A post-processing system to yield reduced word error rates: ROVER" (1997);
/// Kittler et al., "On combining classifiers" (1998), for sums against products.
public struct Fusion: Sendable {
  /// The result after an image.
  public struct Result: Sendable, Equatable {
    /// The lines as they are most likely now.
    public var reading: Reading
    /// The lines that have settled. A line that changes keeps its old text until it settles anew,
    /// and is removed if it doesn't within `agreeing` images.
    public var stable: Reading
    /// Whether the text of `stable` differs from that after the previous image.
    public var hasChanged: Bool
  }

  /// Images in a row that must agree on a new text for it to take over.
  public let agreeing: Int
  /// Whether lines that don't match the pattern are left out.
  public var keepsOnlyMatching = false
  private let alphabet: Alphabet
  private let rules: FusionRules
  private var tracks: [LineTrack] = []
  /// Images so far, fading.
  private var weight = 0.0
  private var size = (width: 0, height: 0)
  private var stableText = ""

  /// - Parameters:
  ///   - agreeing: 2 to 100; values beyond are clamped.
  ///   - alphabet: the characters that may be read.
  ///   - pattern: the pattern of lines, if there is one.
  public init(agreeing: Int = 3, alphabet: Alphabet = .all, pattern: Pattern? = nil) {
    self.agreeing = min(max(agreeing, 2), 100)
    self.alphabet = alphabet
    rules = FusionRules(agreeing: self.agreeing, pattern: pattern)
  }

  /// Takes in the next image's reading, which may be empty.
  public mutating func add(_ reading: Reading) -> Result {
    if (reading.width, reading.height) != size {
      tracks = []
      weight = 0
      size = (reading.width, reading.height)
    }
    let before = weight * rules.decay
    weight = before + 1
    let lines = reading.lines.map { ObservedLine($0, alphabet: alphabet) }
      .filter { !$0.characters.isEmpty }
    let owners = follow(lines)
    for i in tracks.indices {
      let pieces = lines.indices.filter { owners[$0] == i }.map { lines[$0] }
        .sorted { $0.box.x < $1.box.x }
      tracks[i].update(
        pieces.isEmpty ? nil : ObservedLine(joining: pieces), imageWeight: weight, rules)
    }
    for (line, owner) in zip(lines, owners) where owner == nil {
      tracks.append(LineTrack(line, imageWeight: weight, rules))
    }
    tracks.removeAll { !$0.isShown && $0.presence < 0.1 }
    let shown = tracks.filter(\.isShown)
    let result = Result(
      reading: self.reading(shown.map(\.line)),
      stable: self.reading(shown.compactMap(\.stableLine)), hasChanged: false)
    defer { stableText = result.stable.text }
    return Result(
      reading: result.reading, stable: result.stable,
      hasChanged: result.stable.text != stableText)
  }

  private func reading(_ lines: [ReadLine]) -> Reading {
    let lines = lines.filter {
      !$0.characters.isEmpty && !(keepsOnlyMatching && $0.matchesPattern == false)
    }
    return Reading(
      lines: readingOrder(of: lines.map(\.box)).map { lines[$0] }, width: size.width,
      height: size.height)
  }

  /// The track that each line continues. Lines that lie side by side may be parts of one.
  private func follow(_ lines: [ObservedLine]) -> [Int?] {
    var pairs: [(line: Int, track: Int, score: Double)] = []
    for (i, line) in lines.enumerated() {
      for (k, track) in tracks.enumerated() {
        if let score = track.likeness(to: line) { pairs.append((i, k, score)) }
      }
    }
    pairs.sort { ($1.score, $0.line, $0.track) < ($0.score, $1.line, $1.track) }
    var owners = [Int?](repeating: nil, count: lines.count)
    for pair in pairs where owners[pair.line] == nil {
      let box = lines[pair.line].box
      let isFree = lines.indices.allSatisfy {
        owners[$0] != pair.track || lines[$0].box.maxX <= box.x || box.maxX <= lines[$0].box.x
      }
      if isFree { owners[pair.line] = pair.track }
    }
    return owners
  }
}

/// Settings that all tracks of a fusion share.
struct FusionRules: Sendable {
  let agreeing: Int
  let pattern: Pattern?
  /// Factor by which an image's votes fade with each image that follows: chosen so that `agreeing`
  /// new images just outweigh all earlier ones.
  let decay: Double
  /// The lead over the next best, as a share of all votes, from which on a column is settled.
  let settledLead = 0.3

  init(agreeing: Int, pattern: Pattern?) {
    self.agreeing = agreeing
    self.pattern = pattern
    decay = pow(0.5, 1 / (Double(agreeing) - 0.5))
  }
}

/// A line as one image shows it.
struct ObservedLine {
  struct Character {
    var read: ReadCharacter
    var startsWord: Bool
  }

  /// More characters than any line has; keeps the cost of alignments bounded.
  private static let longest = 400

  var characters: [Character]
  var box: PixelBox
  /// As `ReadLine.novelty`; of pieces the greatest.
  var novelty: Double?

  init(_ line: ReadLine, alphabet: Alphabet) {
    box = line.box
    novelty = line.novelty
    characters = []
    var startsWord = false
    var rest = line.characters[...]
    for character in line.text where characters.count < Self.longest {
      // Spaces have no entry of their own.
      if character == " " {
        startsWord = true
      } else if let read = rest.popFirst() {
        if alphabet.allows(read.text) {
          var read = read
          read.alternatives.removeAll { !alphabet.allows($0.text) }
          characters.append(Character(read: read, startsWord: startsWord))
        }
        startsWord = false
      }
    }
  }

  init(joining pieces: [ObservedLine]) {
    characters = []
    box = pieces[0].box
    novelty = pieces.compactMap(\.novelty).max()
    for (i, piece) in pieces.enumerated() {
      box = box.union(piece.box)
      for (k, character) in piece.characters.enumerated() {
        characters.append(character)
        if i > 0, k == 0 { characters[characters.count - 1].startsWord = true }
      }
    }
    if characters.count > Self.longest { characters.removeSubrange(Self.longest...) }
  }

  /// Mean, 0...1.
  var confidence: Double {
    characters.isEmpty
      ? 0 : characters.reduce(0) { $0 + $1.read.confidence } / Double(characters.count)
  }
}

import Images

/// The readings of one place of a followed line, image by image.
struct VoteColumn: Sendable {
  /// Fading sums of confidences; "" stands for no character.
  private(set) var votes: [String: Double]
  /// Number of images that voted, fading.
  private(set) var weight: Double
  private var spaceVotes = 0.0
  /// The reading of the last image.
  private var latest: String
  /// The drum's position in the last image.
  private var turning: Turning?
  /// Images in a row that read `latest`.
  private var run = 0
  /// Images in a row that read differently from `leader`, and the reading that led before them.
  private var dissent = 0
  private var leader: String?
  /// The character's latest box.
  private(set) var box: PixelBox

  /// A doubtful vote counts a little too.
  private static let leastVote = 0.05

  /// - Parameters:
  ///   - absence: the weight of earlier images, which showed nothing here.
  ///   - weight: the number of those images, fading.
  ///   - box: the box of the new character.
  init(absence: Double, weight: Double, box: PixelBox) {
    votes = absence > 0 ? ["": absence] : [:]
    self.weight = weight
    self.box = box
    latest = ""
  }

  /// Share of the votes for `text`, 0...1.
  func share(of text: String) -> Double {
    // In a fixed order, so that a run repeats to the last bit.
    let sum = votes.values.sorted().reduce(0, +)
    return sum > 0 ? (votes[text] ?? 0) / sum : 0
  }

  /// Votes for `text` relative to certain images: 1 if all were certain of it.
  func support(of text: String) -> Double { weight > 0 ? (votes[text] ?? 0) / weight : 0 }

  /// Texts, those with most votes first.
  var ranked: [String] {
    votes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
  }

  var startsWord: Bool { spaceVotes > 0 }

  /// The position of a drum in the latest image that is shown as `text`.
  func turning(of text: String) -> Turning? { text == latest ? turning : nil }

  /// Adds an image's reading of this place.
  ///
  /// - Parameters:
  ///   - character: nil for nothing.
  ///   - absence: the weight of "nothing".
  ///   - rules: those of the fusion.
  mutating func update(
    _ character: ObservedLine.Character?, absence: Double, rules: FusionRules
  ) {
    let before = ranked.first
    for key in votes.keys { votes[key, default: 0] *= rules.decay }
    votes = votes.filter { $0.value > 1e-3 }
    weight = weight * rules.decay + 1
    let text = character?.read.text ?? ""
    turning = character?.read.turning
    if let character {
      box = character.read.box
      spaceVotes = spaceVotes * rules.decay + (character.startsWord ? 1 : -1)
      votes[text, default: 0] += max(Self.leastVote, character.read.confidence)
      for other in character.read.alternatives where other.text != text && !other.text.isEmpty {
        votes[other.text, default: 0] += max(0, min(1, other.confidence))
      }
    } else {
      votes["", default: 0] += max(Self.leastVote, absence)
    }
    run = text == latest ? run + 1 : 1
    latest = text
    dissent = text == before ? 0 : before == leader ? dissent + 1 : 1
    leader = before
    if let before, dissent >= rules.agreeing {
      // The text has changed for good, however sure the old text was, and whether or not the new
      // one is clear.
      votes[before] = nil
      weight = (0..<dissent).reduce(0) { sum, _ in sum * rules.decay + 1 }
      dissent = 0
    }
  }

  /// Whether `text` will stay unless the scene changes; `rivals` are the other texts that may stand
  /// here.
  func isSettled(_ text: String, rivals: [String], rules: FusionRules) -> Bool {
    if latest == text, run >= rules.agreeing { return true }
    guard let best = rivals.map({ support(of: $0) }).max() else { return true }
    return support(of: text) - best >= rules.settledLead
  }
}

/// Something that a head learns: views of one line or character, and what it says.
package struct Sample: Sendable {
  /// The number of its picture.
  let picture: Int
  /// As it is read, then as it might be drawn another time.
  let views: [Features]
  /// The labels of its characters, left to right.
  let labels: [Int]

  package init(picture: Int, views: [Features], labels: [Int]) {
    (self.picture, self.views, self.labels) = (picture, views, labels)
  }
}

/// The two ways to learn: lines by all their columns, characters by their only one.
package enum Way: Sendable {
  case lines(blank: Int)
  case characters
}

/// Trains a head on corrections, with known print replayed: it is told again what that says, and to
/// make the same of each of its columns as before.
package struct Trainer: Sendable {
  let way: Way
  let known: [Sample]
  let plan: Plan
  /// What the first head made of known print: probabilities, column by column.
  private let wanted: [[Float]]

  /// The course of a training.
  package struct Plan: Sendable {
    package init() {}

    package var steps = 100
    /// Corrected lines, or characters, to a step, and known ones.
    package var samples = 8
    package var known = 16
    package var rate: Float = 8e-4
    /// Weight of making the same of known print as before, beside what it says.
    package var keeping: Float = 4
  }

  /// `known` print is replayed, which the `initial` head knows.
  package init(way: Way, known: [Sample], knownBy initial: Head, plan: Plan = Plan()) {
    (self.way, self.known, self.plan) = (way, known, plan)
    let count = initial.labels
    wanted = stride(from: 0, to: known.count, by: Self.together).flatMap { first in
      let samples = known[first..<min(first + Self.together, known.count)]
      let pass = initial.forward(samples.map { $0.views[0] })
      let shares = Losses.softmax(pass.logits, count: count).shares
      return pass.lines.map { Array(shares[$0.lowerBound * count..<$0.upperBound * count]) }
    }
  }

  /// Trains a head for a share of the plan's steps, at a share of its rate.
  package func train(
    _ initial: Head, on samples: [Sample], share: Double = 1, rate slower: Float = 1
  ) -> Head {
    let steps = steps(share)
    var head = initial
    var parameters = head.parameters
    var optimizers = parameters.map { Adam(count: $0.count) }
    var (mine, others) = (Rounds(count: samples.count), Rounds(count: known.count))
    var views = [Int](repeating: 0, count: samples.count)
    for step in 0..<steps {
      var parts: [Part] = mine.next(plan.samples).map { number in
        let sample = samples[number]
        defer { views[number] += 1 }
        return Part(
          features: sample.views[views[number] % sample.views.count], labels: sample.labels)
      }
      parts += others.next(plan.known).map { number in
        let sample = known[number]
        return Part(features: sample.views[0], labels: sample.labels, wanted: wanted[number])
      }
      let gradient = gradient(of: head, parts)
      let progress = Float(step) / Float(steps)
      let rate = slower * plan.rate * min(1, Float(step + 1) / Self.warming) * (1 - 0.9 * progress)
      for i in parameters.indices {
        optimizers[i].step(&parameters[i], gradient[i], rate: rate)
      }
      head.parameters = parameters
    }
    return head
  }

  /// A share of the plan's steps.
  func steps(_ share: Double) -> Int { max(1, Int(share * Double(plan.steps))) }

  /// Lines that a head is asked for together, since it prepares its weights each time.
  private static let together = 16
  /// Steps until the full rate.
  private static let warming: Float = 8

  /// A line or character of a step.
  private struct Part {
    let features: Features
    let labels: [Int]
    /// What was made of it before, of known print.
    var wanted: [Float]?
  }

  private func gradient(of head: Head, _ parts: [Part]) -> [[Float]] {
    let pass = head.forward(parts.map(\.features))
    let count = head.labels
    var gradient = [Float](repeating: 0, count: pass.logits.count)
    func characters(_ isKnown: Bool) -> Float {
      Float(max(1, parts.reduce(0) { $0 + (($1.wanted != nil) == isKnown ? $1.labels.count : 0) }))
    }
    let (corrected, known) = (1 / characters(false), 1 / characters(true))
    for (part, columns) in zip(parts, pass.lines) {
      let range = columns.lowerBound * count..<columns.upperBound * count
      let logits = Array(pass.logits[range])
      let weight = part.wanted == nil ? corrected : known
      let softmax = Losses.softmax(logits, count: count)
      if let told = loss(logits, softmax, part.labels, count: count) {
        for (i, value) in zip(range, told.gradient) { gradient[i] += weight * value }
      }
      if let wanted = part.wanted {
        let kept = Losses.crossEntropy(logits, softmax, to: wanted, count: count)
        for (i, value) in zip(range, kept.gradient) {
          gradient[i] += plan.keeping * weight * value
        }
      }
    }
    return head.backward(pass, gradient)
  }

  private func loss(
    _ logits: [Float], _ softmax: Losses.Softmax, _ labels: [Int], count: Int
  ) -> (loss: Double, gradient: [Float])? {
    switch way {
    case .lines(let blank):
      return Losses.ctc(logits, softmax, labels: labels, blank: blank, count: count)
    case .characters:
      var wanted = [Float](repeating: 0, count: count)
      for label in labels { wanted[label] = 1 }
      return Losses.crossEntropy(logits, softmax, to: wanted, count: count)
    }
  }
}

/// Takes all of a collection in a mixed order, then again in another: the same ones in every run.
struct Rounds {
  private var order: [Int]
  private var taken = 0
  private var generator = SplitMix()

  init(count: Int) {
    order = Array(0..<count)
    order.shuffle(using: &generator)
  }

  /// The next numbers; none of an empty collection.
  mutating func next(_ count: Int) -> [Int] {
    guard !order.isEmpty else { return [] }
    return (0..<count).map { _ in
      if taken == order.count {
        order.shuffle(using: &generator)
        taken = 0
      }
      defer { taken += 1 }
      return order[taken]
    }
  }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
private struct SplitMix: RandomNumberGenerator {
  private var state: UInt64 = 1

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

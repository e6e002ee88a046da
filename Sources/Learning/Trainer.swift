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

/// Known print as a head sees it: columns, and what it made of them before it learned.
package struct Memory: Sendable {
  fileprivate let places: [Head.Place]
  fileprivate let wanted: [[Float]]

  /// Probability of nothing from which on a column teaches little, and how many of such columns are
  /// passed over for each that is kept.
  private static let sureNothing: Float = 0.95
  private static let passedOver = 6

  package init(_ lines: [Features], of head: Head, way: Way) {
    var places: [Head.Place] = []
    var wanted: [[Float]] = []
    var passed = 0
    for features in lines {
      let columns = features.places
      let all = Losses.softmax(head.forward(columns).logits, count: head.labels).shares
      for (i, place) in columns.enumerated() {
        let shares = Array(all[i * head.labels..<(i + 1) * head.labels])
        if case .lines(let blank) = way, shares[blank] > Self.sureNothing {
          passed += 1
          if passed % Self.passedOver != 0 { continue }
        }
        places.append(place)
        wanted.append(shares)
      }
    }
    (self.places, self.wanted) = (places, wanted)
  }
}

/// Trains a head on corrections, with known print replayed.
package struct Trainer: Sendable {
  let way: Way
  let memory: Memory
  /// Known print whose text is told again.
  let known: [Sample]
  var plan = Plan()

  /// The course of a training. Nothing in it is random: samples, their views and the memory's columns
  /// come in turn.
  package struct Plan: Sendable {
    package init() {}

    package var steps = 60
    /// Steps from one head that may be chosen to the next.
    package var stride = 30
    package var samples = 8
    /// Known lines, or characters, that are told again beside them.
    package var known = 8
    package var columns = 256
    package var rate: Float = 4e-3
    /// Weight of a replayed column beside a character that is learned.
    package var replay: Float = 8
  }

  package init(way: Way, memory: Memory, known: [Sample], plan: Plan) {
    (self.way, self.memory, self.known, self.plan) = (way, memory, known, plan)
  }

  /// Trains.
  ///
  /// - Returns: the head after every `plan.stride` steps.
  package func train(_ initial: Head, on samples: [Sample]) -> [Head] {
    var head = initial
    var parameters = head.parameters
    var optimizers = parameters.map { Adam(count: $0.count) }
    var heads: [Head] = []
    for step in 0..<plan.steps {
      let gradient = gradient(of: head, samples, step: step)
      let progress = Float(step) / Float(plan.steps)
      let rate = plan.rate * min(1, Float(step + 1) / 8) * (1 - 0.9 * progress)
      for i in parameters.indices {
        optimizers[i].step(&parameters[i], gradient[i], rate: rate)
      }
      head.parameters = parameters
      if (step + 1) % plan.stride == 0 { heads.append(head) }
    }
    return heads
  }

  /// The gradient over one batch of corrections and of replayed columns.
  private func gradient(of head: Head, _ samples: [Sample], step: Int) -> [[Float]] {
    var places: [Head.Place] = []
    var parts: [(sample: Sample, columns: Range<Int>)] = []
    for i in 0..<plan.samples {
      let turn = step * plan.samples + i
      let sample = samples[turn % samples.count]
      let view = sample.views[turn / samples.count % sample.views.count]
      parts.append((sample, places.count..<places.count + view.columns))
      places += view.places
    }
    if !known.isEmpty {
      for i in 0..<plan.known {
        let sample = known[(step * plan.known + i) * Self.jump(known.count) % known.count]
        parts.append((sample, places.count..<places.count + sample.views[0].columns))
        places += sample.views[0].places
      }
    }
    let learned = places.count
    var wanted: [Float] = []
    if !memory.places.isEmpty {
      for i in 0..<plan.columns {
        let turn = step * plan.columns + i
        let place = turn * Self.jump(memory.places.count) % memory.places.count
        places.append(memory.places[place])
        wanted += memory.wanted[place]
      }
    }
    let pass = head.forward(places)
    let count = head.labels
    var gradient = [Float](repeating: 0, count: pass.logits.count)
    let characters = Float(parts.reduce(0) { $0 + max(1, $1.sample.labels.count) })
    for (sample, columns) in parts {
      let range = columns.lowerBound * count..<columns.upperBound * count
      guard let part = loss(Array(pass.logits[range]), sample, count: count) else { continue }
      for (i, value) in zip(range, part.gradient) { gradient[i] = value / characters }
    }
    let replayed = Losses.crossEntropy(
      Array(pass.logits[(learned * count)...]), to: wanted, count: count)
    let weight = plan.replay / Float(max(1, places.count - learned))
    for (i, value) in zip((learned * count)..., replayed.gradient) { gradient[i] = value * weight }
    return head.backward(pass, gradient)
  }

  /// Steps of the golden ratio visit nearly all of a collection, and every part of it early.
  private static func jump(_ count: Int) -> Int { max(1, Int(0.618 * Double(count))) | 1 }

  private func loss(
    _ logits: [Float], _ sample: Sample, count: Int
  ) -> (loss: Double, gradient: [Float])? {
    switch way {
    case .lines(let blank):
      return Losses.ctc(logits, labels: sample.labels, blank: blank, count: count)
    case .characters:
      var wanted = [Float](repeating: 0, count: count)
      for label in sample.labels { wanted[label] = 1 }
      return Losses.crossEntropy(logits, to: wanted, count: count)
    }
  }
}

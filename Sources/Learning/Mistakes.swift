import Evaluation

/// Characters that were read wrongly, of so many.
package struct Mistakes: Sendable, Equatable {
  package var count = 0
  package var characters = 0

  package init(count: Int = 0, characters: Int = 0) {
    (self.count, self.characters) = (count, characters)
  }

  /// The share of wrong characters.
  package var rate: Double { Double(count) / Double(max(1, characters)) }

  static func + (a: Mistakes, b: Mistakes) -> Mistakes {
    Mistakes(count: a.count + b.count, characters: a.characters + b.characters)
  }

  /// The edits from the labels that were read to those that are true.
  init(read: [Int], labels: [Int]) {
    func scalars(_ labels: [Int]) -> [Unicode.Scalar] {
      labels.map { Unicode.Scalar(UInt32($0 + 0x100)) ?? " " }
    }
    self.init(
      count: editDistance(scalars(labels), scalars(read)), characters: labels.count)
  }
}

extension [Mistakes] {
  var sum: Mistakes { reduce(Mistakes(), +) }
}

extension Way {
  /// The labels that columns of logits spell: the likeliest of each column.
  package func labels<Value: Comparable>(of logits: [Value], count: Int) -> [Int] {
    let best = stride(from: 0, to: logits.count, by: count).map { first in
      (1..<count).reduce(0) { logits[first + $1] > logits[first + $0] ? $1 : $0 }
    }
    guard case .lines(let blank) = self else { return best }
    return best.enumerated().filter { i, label in
      label != blank && (i == 0 || best[i - 1] != label)
    }.map(\.element)
  }

  /// Mistakes of a head in floating point.
  package func mistakes(of head: Head, in samples: [Sample]) -> Mistakes {
    samples.reduce(Mistakes()) { sum, sample in
      let logits = head.forward([sample.views[0]]).logits
      return sum + Mistakes(read: labels(of: logits, count: head.labels), labels: sample.labels)
    }
  }
}

extension Reading {
  /// How much a picture teaches once it is labelled, 0...1: how likely something is wrong in it, as
  /// far as the reader and the lines' novelty tell.
  ///
  /// The most telling line counts; a picture in which nothing is read may be one whose text was
  /// missed, and lies in between.
  public var telling: Double { lines.map(\.telling).max() ?? TellingRule.nothingRead }

  /// The confidence of the least sure line; nil where there is none.
  public var leastConfidence: Double? { lines.map(\.confidence).min() }

  /// The greatest novelty of a line; nil where none is known.
  public var greatestNovelty: Double? { lines.compactMap(\.novelty).max() }
}

extension ReadLine {
  fileprivate var telling: Double {
    let weight = TellingRule.novelty
    return (1 - weight) * (1 - confidence) + weight * (novelty ?? 0)
  }
}

/// How telling pictures are.
///
/// Written by `scripts/python measure.novelty --write`: not to be changed by hand.
package enum TellingRule {
  /// What novelty counts beside doubt.
  package static let novelty = 0.05
  /// How telling a picture is in which nothing is read.
  package static let nothingRead = 0.30
}

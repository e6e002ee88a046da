public import Images

/// A labelled image and the text that was read in it.
public struct EvaluatedImage: Sendable, Equatable {
  public var name: String
  public var tier: String?
  /// The text that the image shows, lines separated by newlines; empty for an image without text.
  public var truth: String
  public var lines: [Line]
  /// Lines that were read, but left out as not certain enough.
  public var leftOut: [Line] = []
  /// Lines whose place is known.
  public var places: [TruthLine] = []
  /// Pixels a row; 0 where it is not known.
  public var width: Int
  /// Rows; 0 where it is not known.
  public var height: Int
  /// Height of the image's capitals in pixels, where it is known.
  public var capitalHeight: Double?
  /// Time that reading took, where it was measured.
  public var milliseconds: Double?

  public init(
    name: String, tier: String? = nil, truth: String, lines: [Line], width: Int = 0,
    height: Int = 0, capitalHeight: Double? = nil, milliseconds: Double? = nil
  ) {
    self.name = name
    self.tier = tier
    self.truth = truth
    self.lines = lines
    self.width = width
    self.height = height
    self.capitalHeight = capitalHeight
    self.milliseconds = milliseconds
  }

  /// The lines joined by newlines.
  public var text: String { lines.map(\.text).joined(separator: "\n") }

  /// A line that was read.
  public struct Line: Sendable, Equatable {
    public var text: String
    /// 0...1, where the reader gives any.
    public var confidence: Double?
    /// The characters without the spaces, left to right; empty where the reader gives none.
    public var glyphs: [Glyph]
    /// The reader's features of the line, where it gives them.
    public var features: [Double]
    /// As `ReadLine.novelty`, where the reader gives it.
    public var novelty: Double?

    public init(
      text: String, confidence: Double? = nil, glyphs: [Glyph] = [], features: [Double] = [],
      novelty: Double? = nil
    ) {
      self.text = text
      self.confidence = confidence
      self.glyphs = glyphs
      self.features = features
      self.novelty = novelty
    }
  }

  /// A character that was read.
  public struct Glyph: Sendable, Equatable {
    public var text: String
    /// 0...1.
    public var confidence: Double
    public var box: PixelBox
    /// Other characters that it may be, most likely first; empty where they are not known.
    public var alternatives: [Alternative]

    public init(
      text: String, confidence: Double, box: PixelBox, alternatives: [Alternative] = []
    ) {
      self.text = text
      self.confidence = confidence
      self.box = box
      self.alternatives = alternatives
    }
  }

  /// A label and its probability by the network, 0...1.
  public struct Alternative: Sendable, Equatable {
    public var text: String
    public var confidence: Double

    public init(text: String, confidence: Double) {
      self.text = text
      self.confidence = confidence
    }
  }
}

extension EvaluatedImage {
  /// Truth and reading side by side, without white space.
  package struct Comparison: Sendable {
    package let truth: [Unicode.Scalar]
    package let read: [Unicode.Scalar]
    package let alignment: Alignment

    /// Edit distance, capped at the true characters; anything read in a text-free image counts in
    /// full.
    package let cost: Int
  }

  package var comparison: Comparison {
    let truth = ComparableText.bare(truth)
    let read = ComparableText.bare(text)
    let alignment = Alignment(truth: truth, read: read)
    let distance = alignment.steps.count - alignment.readIsRight.count { $0 }
    return Comparison(
      truth: truth, read: read, alignment: alignment,
      cost: truth.isEmpty ? distance : min(distance, truth.count))
  }

  /// Every read character of every line, with whether it is right; nil where the characters don't
  /// make up the text.
  package func judgedGlyphs(_ comparison: Comparison) -> [[(glyph: Glyph, isRight: Bool)]]? {
    var next = 0
    var result: [[(glyph: Glyph, isRight: Bool)]] = []
    for line in lines {
      var judged: [(glyph: Glyph, isRight: Bool)] = []
      for glyph in line.glyphs {
        let count = ComparableText.bare(glyph.text).count
        guard next + count <= comparison.read.count else { return nil }
        let isRight = comparison.alignment.readIsRight[next..<next + count].allSatisfy { $0 }
        judged.append((glyph, isRight && count > 0))
        next += count
      }
      result.append(judged)
    }
    return next == comparison.read.count ? result : nil
  }

  /// For each read line, whether at least half of its characters are right against one true line.
  public var printLines: [Bool] {
    let truths = ComparableText.bareLines(truth)
    return lines.map { line in
      let bare = ComparableText.bare(line.text)
      return truths.contains { truth in
        let right = Alignment(truth: truth, read: bare).readIsRight.count { $0 }
        return right > 0 && 2 * right >= bare.count
      }
    }
  }

  /// For each read line, whether the image shows it, spaces aside; one true line serves once.
  package var rightLines: [Bool] {
    var left: [[Unicode.Scalar]: Int] = [:]
    for line in ComparableText.bareLines(truth) { left[line, default: 0] += 1 }
    return lines.map { line in
      let bare = ComparableText.bare(line.text)
      guard let count = left[bare], count > 0 else { return false }
      left[bare] = count - 1
      return true
    }
  }
}

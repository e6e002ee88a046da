public import Binary
public import Glyphs
public import Gray
public import Images
public import Inference

/// Reads the text in images: the whole line from pixels to characters.
///
/// Keeps buffers between images, so use one reader a thread.
public struct TextReader: Sendable {
  public let model: Model
  public var binarizer = Binarizer()
  /// Used where `binarizer` leaves nothing to read.
  public var faintBinarizer = Binarizer.forFaintPrint
  public var segmenter = Segmenter()
  private var lattice: Lattice
  private var agreement: Agreement
  var spacing = Spacing()
  var judge = LineJudge()
  private var workspace = Workspace()

  /// - Throws: `TextReaderError.patch` if the model was made for other patches than the segmenter's.
  public init(model: Model, alphabet: Alphabet = .all) throws(TextReaderError) {
    guard model.patchSize == Patch.byteCount else {
      throw .patch(model: model.name, expected: Patch.byteCount, found: model.patchSize)
    }
    self.model = model
    lattice = Lattice(labels: model.labels, isAllowed: alphabet.allows)
    agreement = Agreement(labels: model.labels, isAllowed: alphabet.allows)
  }

  /// Image to text.
  ///
  /// - Throws: when the image can't be decoded; an image without text reads as no lines.
  public mutating func read(_ image: CapturedImage) throws(GrayError) -> Reading {
    let gray = try GrayImage(image)
    var lines = lines(in: gray, binarizer)
    if lines.isEmpty { lines = self.lines(in: gray, faintBinarizer) }
    return Reading(lines: lines, width: gray.width, height: gray.height)
  }

  /// Gray to text.
  private mutating func lines(in gray: GrayImage, _ binarizer: Binarizer) -> [ReadLine] {
    let binary = binarizer.binarize(gray)
    let glyphs = segmenter.lines(in: binary)
    let logits = classify(glyphs)
    return lines(of: glyphs, logits: logits)
  }

  /// Glyphs to logits: `model.labels.count` of them a candidate, line after line.
  mutating func classify(_ lines: [GlyphLine]) -> [[Int8]] {
    lines.map { line in
      model.logits(of: line.patches, count: line.candidates.count, workspace: &workspace)
    }
  }

  /// Logits to text.
  func lines(of lines: [GlyphLine], logits: [[Int8]]) -> [ReadLine] {
    let read = zip(lines, logits).compactMap { line, logits in readLine(line, logits) }
    return judge.choose(read).map(\.line)
  }

  private func readLine(_ line: GlyphLine, _ logits: [Int8]) -> LineJudge.Entry? {
    let probabilities = model.probabilities(of: logits)
    let count = model.labels.count
    let chosen = lattice.bestPath(through: line, probabilities: probabilities)
      .filter { $0.label != nil }
    let boxes = chosen.map { line.candidates[$0.candidate].stripBox }
    let spaces = spacing.spaces(between: boxes)
    let glyphs = zip(chosen, zip(boxes, [false] + spaces)).map { step, place in
      Agreement.Glyph(
        probabilities: probabilities[step.candidate * count..<(step.candidate + 1) * count],
        height: Double(place.0.height), startsWord: place.1)
    }
    let characters = zip(chosen, agreement.choices(for: glyphs)).map { step, choice in
      LineJudge.Character(
        read: ReadCharacter(
          text: model.labels[choice.label], confidence: Double(choice.confidence),
          box: line.candidates[step.candidate].box,
          alternatives: alternatives(
            probabilities[step.candidate * count..<(step.candidate + 1) * count])),
        certainty: Double(step.certainty))
    }
    return judge.entry(
      characters, spaces: spaces, characterHeight: line.characterHeight, contrast: line.contrast)
  }

  /// The three most likely labels.
  private func alternatives(_ probabilities: ArraySlice<Float>) -> [Alternative] {
    var best: [(label: Int, probability: Float)] = []
    for (label, probability) in probabilities.enumerated() {
      guard best.count < 3 || probability > best[2].probability else { continue }
      let place = best.firstIndex { $0.probability < probability } ?? best.count
      best.insert((label, probability), at: place)
      if best.count > 3 { best.removeLast() }
    }
    return best.map {
      Alternative(text: model.labels[$0.label], confidence: Double($0.probability))
    }
  }
}

/// Why a reader could not be made.
public enum TextReaderError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The model's input is not what the segmenter cuts.
  case patch(model: String, expected: Int, found: Int)

  public var description: String {
    switch self {
    case .patch(let model, let expected, let found):
      "model \(model) takes patches of \(found) bytes, but characters are cut to \(expected): "
        + "it was made for something else"
    }
  }
}

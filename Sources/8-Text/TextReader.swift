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
  public var alphabet: Alphabet
  public var binarizer = Binarizer()
  public var segmenter = Segmenter()
  var lattice = Lattice()
  var spacing = Spacing()
  var judge = LineJudge()
  private var workspace = Workspace()

  /// - Throws: `TextReaderError.patch` if the model was made for other patches than the segmenter's.
  public init(model: Model, alphabet: Alphabet = .all) throws(TextReaderError) {
    guard model.patchSize == Patch.byteCount else {
      throw .patch(model: model.name, expected: Patch.byteCount, found: model.patchSize)
    }
    self.model = model
    self.alphabet = alphabet
  }

  /// Image to text.
  ///
  /// - Throws: when the image can't be decoded; an image without text reads as no lines.
  public mutating func read(_ image: CapturedImage) throws(GrayError) -> Reading {
    let gray = try GrayImage(image)
    let binary = binarizer.binarize(gray)
    let glyphs = segmenter.lines(in: binary)
    let logits = classify(glyphs)
    return Reading(
      lines: lines(of: glyphs, logits: logits), width: gray.width, height: gray.height)
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
    let path = lattice.bestPath(
      through: line, probabilities: model.probabilities(of: logits),
      labelCount: model.labels.count, reject: model.rejectIndex,
      allowed: model.labels.map { alphabet.allows($0) })
    var characters: [ReadCharacter] = []
    var boxes: [PixelBox] = []
    for step in path {
      guard let label = step.label else { continue }
      let candidate = line.candidates[step.candidate]
      characters.append(
        ReadCharacter(
          text: model.labels[label], confidence: Double(step.probability), box: candidate.box))
      boxes.append(candidate.stripBox)
    }
    return judge.entry(
      characters, spaces: spacing.spaces(between: boxes), characterHeight: line.characterHeight)
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

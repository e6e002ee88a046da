import Foundation
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
  /// For lines that were read as a whole: that reader knows dirt by itself.
  var lineJudge = LineJudge()
  private let pattern: Pattern?
  private var lineReader: LineReader?
  /// Leaves out lines that don't match the pattern.
  public var keepsOnlyMatching = false
  private var workspace = Workspace()

  /// - Parameters:
  ///   - model: reads glyph candidates.
  ///   - lineModel: reads whole lines.
  /// - Throws: `TextReaderError` if a model was made for another purpose.
  public init(
    model: Model, lineModel: Model? = nil, alphabet: Alphabet = .all, pattern: Pattern? = nil
  ) throws(TextReaderError) {
    guard model.patchSize == Patch.byteCount else {
      throw .patch(model: model.name, expected: Patch.byteCount, found: model.patchSize)
    }
    self.model = model
    self.pattern = pattern
    if let lineModel {
      guard let reader = LineReader(
        model: lineModel, glyphModel: model, alphabet: alphabet, pattern: pattern)
      else {
        throw .line(model: lineModel.name)
      }
      lineReader = reader
      func env(_ n: String, _ d: Double) -> Double { ProcessInfo.processInfo.environment[n].flatMap(Double.init) ?? d }
      lineJudge.trimsMarks = env("TM", 0) > 0
      lineJudge.certaintyOfOne = env("CO", 0.8)
      lineJudge.certaintyOfMany = env("CM", 0.4)
      lineJudge.leastContrast = env("LC", 0.35)
      lineJudge.sureCertainty = env("SC", 0.9)
    }
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
    if keepsOnlyMatching { lines.removeAll { $0.matchesPattern == false } }
    return Reading(lines: lines, width: gray.width, height: gray.height)
  }

  /// Gray to text.
  private mutating func lines(in gray: GrayImage, _ binarizer: Binarizer) -> [ReadLine] {
    let binary = binarizer.binarize(gray)
    let glyphs = segmenter.lines(in: binary)
    if lineReader != nil { return lineJudge.choose(glyphs.compactMap { transcribe($0) }).map(\.line) }
    let logits = classify(glyphs)
    return lines(of: glyphs, logits: logits)
  }

  private mutating func transcribe(_ line: GlyphLine) -> LineJudge.Entry? {
    guard let transcript = try? lineReader?.read(line) else { return nil }
    return lineJudge.entry(
      transcript.characters, spaces: transcript.spaces, characterHeight: line.characterHeight,
      contrast: line.contrast, matchesPattern: transcript.matches)
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
    let labelled = agreement.line(of: glyphs, pattern: pattern)
    let characters = zip(chosen[labelled.range], labelled.choices).map { step, choice in
      LineJudge.Character(
        read: ReadCharacter(
          text: model.labels[choice.label], confidence: Double(choice.confidence),
          box: line.candidates[step.candidate].box,
          alternatives: alternatives(
            to: choice.label,
            among: probabilities[step.candidate * count..<(step.candidate + 1) * count])),
        certainty: Double(step.certainty))
    }
    return judge.entry(
      characters, spaces: labelled.spaces, characterHeight: line.characterHeight,
      contrast: line.contrast, matchesPattern: labelled.matches)
  }

  /// The three most likely labels but for the one chosen.
  private func alternatives(
    to chosen: Int, among probabilities: ArraySlice<Float>
  ) -> [Alternative] {
    var best: [(label: Int, probability: Float)] = []
    for (label, probability) in probabilities.enumerated()
    where label != chosen && !model.labels[label].isEmpty {
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
  /// The model doesn't read lines.
  case line(model: String)

  public var description: String {
    switch self {
    case .patch(let model, let expected, let found):
      "model \(model) takes patches of \(found) bytes, but characters are cut to \(expected): "
        + "it was made for something else"
    case .line(let model):
      "model \(model) doesn't read whole lines: it was made for something else"
    }
  }
}

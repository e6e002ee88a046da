public import Binary
import Foundation
public import Glyphs
public import Gray
public import Images
public import Inference

/// Reads the text in images: the whole way from pixels to characters.
///
/// Keeps buffers between images, so use one reader a thread.
public struct TextReader: Sendable {
  /// The model that reads characters.
  public let model: Model
  /// The model that reads whole lines, if it is they that are read.
  public let lineModel: Model?
  /// A smaller one, asked first: what it reads without a doubt `lineModel` isn't asked.
  public let quickModel: Model?
  public var binarizer = Binarizer()
  /// Characters less sure than this are doubtful.
  public var sureConfidence = 0.9
  /// Images whose longer side is more than this are also read at half the size, and so on: what
  /// is large to a camera of a board is small to that of a telephone.
  public var largestSide = 800
  /// What is lower than this in a halved image, in its pixels, is better read before.
  var leastHalvedHeight = 20.0
  /// From here on, what shares so much of its place with settled lines of the other polarity is
  /// their paper.
  var mostSettledShare = 0.4
  /// Characters that a line has at least of which no other look is asked: one or two may be dirt.
  var leastSettledCount = 3
  public var segmenter = Segmenter()
  /// How lines are looked for.
  public var looks = Set(Look.allCases)
  /// Leaves out lines that don't match the pattern.
  public var keepsOnlyMatching = false
  /// Keeps all that looks like a line, to see what is known of what is none.
  public var keepsAll: Bool {
    get { judge.keepsAll }
    set { judge.keepsAll = newValue }
  }
  private var glyphReader: GlyphReader
  private var lineReader: LineReader?
  private var finder: TextFinder?
  var judge: LineJudge
  /// Places of this image that were read for certain.
  private var settled: [LinePlace] = []
  private var workspace = Binarizer.Workspace()
  private var binarization = Binarization()

  /// - Parameters:
  ///   - model: reads characters.
  ///   - lineModel: reads whole lines, which is better; without it lines are read character by
  ///     character, as on a board.
  ///   - quickModel: reads whole lines that are clear, sooner.
  ///   - finderModel: finds lines, for readers of whole lines.
  ///   - alphabet: the characters that may be read.
  ///   - pattern: what a line looks like.
  /// - Throws: `TextReaderError` if a model was made for something else.
  public init(
    model: Model, lineModel: Model? = nil, quickModel: Model? = nil, finderModel: Model? = nil,
    alphabet: Alphabet = .all, pattern: Pattern? = nil
  ) throws(TextReaderError) {
    guard model.patchSize == Patch.byteCount, model.positions == 1 else {
      throw .patch(model: model.name, expected: Patch.byteCount, found: model.patchSize)
    }
    self.model = model
    self.lineModel = lineModel
    self.quickModel = lineModel == nil ? nil : quickModel
    glyphReader = GlyphReader(model: model, alphabet: alphabet, pattern: pattern)
    judge = LineJudge()
    judge.isTextExpected = alphabet != .all && alphabet != .ascii || pattern != nil
    if let lineModel {
      if let quickModel {
        guard LineNetwork(quickModel) != nil else { throw .line(model: quickModel.name) }
        guard quickModel.labels == lineModel.labels else {
          throw .labels(model: lineModel.name, quick: quickModel.name)
        }
      }
      let reader = LineReader(
        model: lineModel, quickModel: quickModel, glyphModel: model, alphabet: alphabet,
        pattern: pattern)
      guard let reader else { throw .line(model: lineModel.name) }
      lineReader = reader
      judge.readsWholeLines()
      if let finderModel {
        guard let finder = TextFinder(finderModel) else {
          throw .finder(model: finderModel.name)
        }
        self.finder = finder
      }
    }
  }

  /// Image to text.
  ///
  /// - Throws: when the image can't be decoded; an image without text reads as no lines.
  public mutating func read(_ image: CapturedImage) throws(GrayError) -> Reading {
    let captured = try GrayImage(image)
    let gray = captured.isBitmap ? captured.withoutDither() : captured
    let octaves = octaves(of: gray)
    settled = []
    var entries: [LineJudge.Entry] = []
    for look in Look.allCases where looks.contains(look) && isWorth(look, after: entries) {
      entries += self.entries(in: gray, look, octaves: octaves)
    }
    var lines = judge.choose(entries).map(\.line)
    if keepsOnlyMatching { lines.removeAll { $0.matchesPattern == false } }
    let reading = Reading(lines: lines, width: gray.width, height: gray.height)
    return MissingPixels(of: image).map { reading.discounted($0) } ?? reading
  }

  /// Whether a look may say more than those before it.
  private func isWorth(_ look: Look, after entries: [LineJudge.Entry]) -> Bool {
    switch look {
    case .finder: finder != nil
    case .grid: lineModel != nil && (judge.choose(entries).isEmpty || isDoubtful(entries))
    case .pieces: entries.isEmpty || judge.choose(entries).isEmpty || isDoubtful(entries)
    }
  }

  private mutating func entries(
    in gray: GrayImage, _ look: Look, octaves: ClosedRange<Int>
  ) -> [LineJudge.Entry] {
    switch look {
    case .finder: foundEntries(in: gray)
    case .grid: gridEntries(in: gray)
    case .pieces: octaves.flatMap { entries(in: gray, halvings: $0) }
    }
  }

  /// What the lines say that the finder sees.
  private mutating func foundEntries(in gray: GrayImage) -> [LineJudge.Entry] {
    guard let found = finder?.lines(in: gray), !found.isEmpty else { return [] }
    binarizer.binarize(gray, halvings: 0, workspace: &workspace, into: &binarization)
    let pieces = InkPieces(binarization)
    let drawing = segmenter.segmentation(
      of: found.map(TextLine.init), in: binarization.gray, scale: binarization.scale)
    var scratch = LineScratch()
    var entries: [LineJudge.Entry] = []
    for (line, seen) in zip(drawing.lines, found) {
      guard !isSettled(drawing.place(of: line)) else { continue }
      let measured = segmenter.lineFinder.refined(line, by: pieces).map { [$0] } ?? []
      var best: (entry: LineJudge.Entry, place: LinePlace)?
      var texts: Set<String> = []
      for other in measured + line.alternatives {
        let drawn = drawing.draw(other, scratch: &scratch)
        guard let entry = entry(of: drawn, in: gray, score: seen.score) else { continue }
        if best.map({ entry.weight > $0.entry.weight }) ?? true {
          best = (entry, drawing.place(of: other))
        }
        // Two views that say the same leave little for others to say.
        let isLong = entry.line.characters.count >= leastSettledCount
        if isSettled(entry) || isLong && !texts.insert(entry.line.text).inserted { break }
      }
      guard let best else { continue }
      entries.append(best.entry)
      if isSettled(best.entry) { settled.append(best.place) }
    }
    return entries
  }

  /// What the image says where text fills it.
  private mutating func gridEntries(in gray: GrayImage) -> [LineJudge.Entry] {
    let drawing = segmenter.segmentation(of: LineGrid.lines(in: gray), in: gray, scale: 1)
    var scratch = LineScratch()
    return drawing.lines.compactMap { line in
      entry(of: drawing.draw(line, scratch: &scratch), in: gray, score: nil)
    }
  }

  private mutating func entry(
    of line: GlyphLine, in gray: GrayImage, score: Double?
  ) -> LineJudge.Entry? {
    let transcript = transcribe(line)
    return judge.entry(
      transcript.characters, spaces: transcript.spaces, characterHeight: line.characterHeight,
      imageHeight: Double(gray.height), shorterSide: Double(min(gray.width, gray.height)),
      contrast: line.contrast,
      matchesPattern: transcript.matchesPattern, score: score)
  }

  /// Whether there is a line, of those that will be kept, that the second look may read better.
  private func isDoubtful(_ entries: [LineJudge.Entry]) -> Bool {
    judge.choose(entries).contains { entry in
      entry.line.characters.contains { $0.confidence < sureConfidence }
    }
  }

  /// How often an image is halved, from not at all to as often as its size calls for.
  private func octaves(of gray: GrayImage) -> ClosedRange<Int> {
    var last = 0
    while max(gray.width, gray.height) >> last > largestSide { last += 1 }
    return 0...last
  }

  private mutating func entries(in gray: GrayImage, halvings: Int) -> [LineJudge.Entry] {
    var entries: [LineJudge.Entry] = []
    let least = halvings == 0 ? 0 : leastHalvedHeight * pow(2, Double(halvings))
    binarizer.binarize(
      gray, halvings: halvings, workspace: &workspace, into: &binarization)
    let segmentation = segmenter.segment(binarization)
    var scratch = LineScratch()
    for found in segmentation.lines where found.height >= least * binarization.scale {
      let place = segmentation.place(of: found)
      guard !isSettled(place) else { continue }
      let line = segmentation.draw(found, scratch: &scratch)
      guard let entry = entry(of: line, in: gray, score: nil) else { continue }
      entries.append(entry)
      if isSettled(entry) { settled.append(place) }
    }
    return entries
  }

  /// Whether a line lies on what was read for certain, or is but the paper in and between such lines.
  private func isSettled(_ place: LinePlace) -> Bool {
    let others = settled.filter { $0.polarity != place.polarity }
    return settled.contains { $0.covers(place) }
      || others.reduce(0) { $0 + $1.share(of: place) } >= mostSettledShare
  }

  /// Whether another look at the same place can't say more.
  private func isSettled(_ entry: LineJudge.Entry) -> Bool {
    let characters = entry.line.characters
    return lineModel != nil && characters.count >= leastSettledCount
      && entry.certainty >= sureConfidence
      && characters.allSatisfy { $0.confidence >= sureConfidence }
  }

  private mutating func transcribe(_ line: GlyphLine) -> Transcript {
    // A line that is too long for the network is read character by character.
    if let transcript = try? lineReader?.read(line) { return transcript }
    return glyphReader.read(line)
  }
}

/// Why a reader could not be made.
public enum TextReaderError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The model's input is not what the segmenter cuts.
  case patch(model: String, expected: Int, found: Int)
  /// The model doesn't read lines.
  case line(model: String)
  /// The model doesn't find lines.
  case finder(model: String)
  /// Two models of lines know different characters.
  case labels(model: String, quick: String)

  public var description: String {
    switch self {
    case .patch(let model, let expected, let found):
      "model \(model) takes patches of \(found) bytes, but characters are cut to \(expected): "
        + "it was made for something else"
    case .labels(let model, let quick):
      "models \(model) and \(quick) know different characters: one can't be asked for the other"
    case .finder(let model):
      "model \(model) doesn't find lines of text: it was made for something else"
    case .line(let model):
      "model \(model) doesn't read whole lines: it was made for something else"
    }
  }
}

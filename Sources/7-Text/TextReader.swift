public import Gray
public import Images
public import Inference
package import Lines

/// Reads the text in images: all steps from pixels to characters.
///
/// Looks give candidates; each is drawn, aligned, drawn again at the place of its text, read and
/// judged. Keeps buffers between images, so use one reader a thread.
public struct TextReader: GrayReader {
  /// The networks that read.
  public struct Models: Sendable {
    /// Reads whole lines.
    public var line: Model
    /// A smaller model, asked first; `line` is asked only where this one has a doubt.
    public var quick: Model?
    /// Finds lines.
    public var finder: Model?
    /// Fits lines to their text.
    public var aligner: Model?
    /// Tells the position of counters' drums.
    public var drum: Model?
    /// Tells how unlike known print lines are.
    public var novelty: Model?

    public init(
      line: Model, quick: Model? = nil, finder: Model? = nil, aligner: Model? = nil,
      drum: Model? = nil, novelty: Model? = nil
    ) {
      (self.line, self.quick, self.finder) = (line, quick, finder)
      (self.aligner, self.drum, self.novelty) = (aligner, drum, novelty)
    }
  }

  /// Characters less sure than this are doubtful.
  private static let sureConfidence = 0.9
  /// Share of a line that settled lines of the other polarity cover, from which on it is their
  /// paper.
  private static let mostSettledShare = 0.4
  /// Least number of characters from which on a line needs no other look: one or two may be dirt.
  private static let leastSettledCount = 3
  /// The looks that are used.
  public var looks = Set(Look.allCases)
  /// Whether lines that don't match the pattern are left out.
  public var keepsOnlyMatching = false
  /// Whether everything that looks like a line is kept, to examine the features of non-lines.
  public var keepsAll: Bool {
    get { judge.keepsAll }
    set { judge.keepsAll = newValue }
  }
  private let alphabet: Alphabet
  private var lineReader: LineReader
  private var finder: TextFinder?
  private var aligner: LineAligner?
  private var drums: DrumReader?
  private var novelty: LineNovelty?
  private var judge = LineJudge()

  /// - Parameters:
  ///   - models: the networks.
  ///   - alphabet: the characters that may be read.
  ///   - pattern: the pattern of a line.
  /// - Throws: `TextReaderError` if a model was made for something else.
  public init(
    _ models: Models, alphabet: Alphabet = .all, pattern: Pattern? = nil
  ) throws(TextReaderError) {
    self.alphabet = alphabet
    if let quick = models.quick {
      guard LineNetwork(quick) != nil else { throw .unfit(model: quick.name, for: .reading) }
      guard quick.labels == models.line.labels else {
        throw .labels(model: models.line.name, quick: quick.name)
      }
    }
    guard
      let reader = LineReader(
        model: models.line, quickModel: models.quick, alphabet: alphabet, pattern: pattern)
    else { throw .unfit(model: models.line.name, for: .reading) }
    lineReader = reader
    finder = try models.finder.map { model throws(TextReaderError) in
      guard let finder = TextFinder(model) else { throw .unfit(model: model.name, for: .finding) }
      return finder
    }
    aligner = try models.aligner.map { model throws(TextReaderError) in
      guard let aligner = LineAligner(model) else {
        throw .unfit(model: model.name, for: .aligning)
      }
      return aligner
    }
    drums = try models.drum.map { model throws(TextReaderError) in
      guard let drums = DrumReader(model) else { throw .unfit(model: model.name, for: .drums) }
      return drums
    }
    novelty = try models.novelty.map { model throws(TextReaderError) in
      guard let novelty = LineNovelty(model) else {
        throw .unfit(model: model.name, for: .novelty)
      }
      return novelty
    }
  }

  /// Reads the text of an image from an upright camera.
  ///
  /// - Throws: `GrayError` when the image can't be decoded; an image without text reads as no
  ///   lines.
  public mutating func read(_ image: CapturedImage) throws(GrayError) -> Reading {
    let decoded = try DecodedImage(image)
    var reading = reading(of: decoded.gray)
    reading.place(in: decoded, .upright)
    return decoded.missing.map { reading.discounted($0) } ?? reading
  }

  public mutating func reading(of gray: GrayImage) -> Reading {
    let entries = read(gray, looks, mostViews: .max)
    let lines = entries.map { entry in
      var line = entry.line
      line.novelty = entry.image.flatMap { try? novelty?.novelty(of: $0) }
      return line
    }
    return Reading(lines: lines, width: gray.width, height: gray.height)
  }

  /// Reads the lines that the finder alone leads to, each looked at once.
  public mutating func glance(at gray: GrayImage) -> Reading? {
    let entries = read(gray, looks.intersection([.finder]), mostViews: 1)
    return Reading(lines: entries.map(\.line), width: gray.width, height: gray.height)
  }

  private mutating func read(
    _ captured: GrayImage, _ looks: Set<Look>, mostViews: Int
  ) -> [LineJudge.Entry] {
    let gray = Self.prepared(captured)
    var entries = judge.choose(
      entries(in: gray, LineDrawing(of: gray), looks, mostViews: mostViews))
    if keepsOnlyMatching { entries.removeAll { $0.line.matchesPattern == false } }
    return entries
  }

  /// The picture that lines are drawn from.
  private static func prepared(_ captured: GrayImage) -> GrayImage {
    captured.isBitmap ? captured.withoutDither() : captured
  }

  /// A line that was read, and the place that it was drawn from.
  package struct PlacedLine: Sendable {
    package let line: ReadLine
    package let place: TextLine
  }

  /// Reads a picture for those who draw its lines again, which they do by the drawing.
  package mutating func placedLines(
    in captured: GrayImage
  ) -> (lines: [PlacedLine], drawing: LineDrawing) {
    let gray = Self.prepared(captured)
    let drawing = LineDrawing(of: gray)
    let entries = entries(in: gray, drawing, looks, mostViews: .max)
    let placed = judge.choose(entries).compactMap { entry in
      entry.place.map { PlacedLine(line: entry.line, place: $0) }
    }
    return (placed, drawing)
  }

  /// The place of the text in a drawn line, with the ends that the line has, as it is read there;
  /// nil where an aligner sees none.
  package mutating func textPlace(in drawn: DrawnLine) -> TextLine? {
    guard var aligned = try? aligner?.aligned(drawn) else { return nil }
    // A character at an end is easily missed, and paper beyond one does no harm.
    aligned.start = min(aligned.start, drawn.line.start)
    aligned.end = max(aligned.end, drawn.line.end)
    return aligned
  }

  private mutating func entries(
    in gray: GrayImage, _ drawing: LineDrawing, _ looks: Set<Look>, mostViews: Int
  ) -> [LineJudge.Entry] {
    var entries: [LineJudge.Entry] = []
    for look in Look.allCases where looks.contains(look) && isWorth(look, after: entries) {
      let found = candidates(of: look, in: gray)
      entries +=
        look == .drum ? drum(found, drawing, of: gray) : read(found, drawing, of: gray, mostViews)
    }
    return entries
  }

  /// Whether a look may find more than those before it.
  private func isWorth(_ look: Look, after entries: [LineJudge.Entry]) -> Bool {
    switch look {
    case .finder: finder != nil
    case .grid:
      entries.isEmpty
        || judge.choose(entries).contains { entry in
          entry.line.characters.contains { $0.confidence < Self.sureConfidence }
        }
    case .drum: drums != nil && judge.choose(entries).isEmpty
    }
  }

  private mutating func candidates(of look: Look, in gray: GrayImage) -> [Candidate] {
    switch look {
    case .finder:
      (finder?.lines(in: gray) ?? []).map { Candidate(line: TextLine($0), score: $0.score) }
    case .grid, .drum: LineGrid.lines(in: gray).map { Candidate(line: $0) }
    }
  }

  /// The best readings of the candidates.
  private mutating func read(
    _ candidates: [Candidate], _ drawing: LineDrawing, of gray: GrayImage, _ mostViews: Int
  ) -> [LineJudge.Entry] {
    var entries: [LineJudge.Entry] = []
    var settled: [TextLine] = []
    var scratch = LineScratch()
    for candidate in candidates where !isSettled(candidate.line, by: settled) {
      var best: (entry: LineJudge.Entry, line: TextLine, image: LineImage)?
      var texts: Set<String> = []
      for line in views(of: candidate, drawing, &scratch).prefix(mostViews) {
        let drawn = drawing.draw(line, scratch: &scratch)
        guard let entry = entry(of: drawn, in: gray, score: candidate.score) else { continue }
        if best.map({ entry.weight > $0.entry.weight }) ?? true {
          best = (entry, line, drawn.image)
        }
        // Further views are unlikely to add anything once two agree.
        let isLong = entry.line.characters.count >= Self.leastSettledCount
        if isSettled(entry) || isLong && !texts.insert(entry.line.text).inserted { break }
      }
      guard var best else { continue }
      (best.entry.place, best.entry.image) = (best.line, best.image)
      entries.append(best.entry)
      if isSettled(best.entry) { settled.append(best.line) }
    }
    return entries
  }

  /// A drum between two digits in the middle of the image.
  private mutating func drum(
    _ candidates: [Candidate], _ drawing: LineDrawing, of gray: GrayImage
  ) -> [LineJudge.Entry] {
    var scratch = LineScratch()
    return candidates.compactMap { candidate in
      let drawn = drawing.draw(candidate.line, scratch: &scratch)
      guard drawn.image.width <= DrumReader.widestAlone,
        var transcript = drums?.alone(in: drawn, isAllowed: alphabet.allows)
      else { return nil }
      transcript.clampBoxes(width: gray.width, height: gray.height)
      var entry = judge.entry(
        transcript, characterHeight: candidate.line.height, image: (gray.width, gray.height),
        contrast: drawn.contrast)
      entry?.image = drawn.image
      return entry
    }
  }

  /// Narrow print is read better wide.
  private static let stretch = 1.25
  /// Factors to other sizes, for a line whose size was slightly wrong.
  private static let sizes = [1.12, 0.89]

  /// The line as an aligner places it, at other sizes, stretched, and as it was.
  private mutating func views(
    of candidate: Candidate, _ drawing: LineDrawing, _ scratch: inout LineScratch
  ) -> [TextLine] {
    let line = candidate.line
    let drawn = drawing.draw(line, scratch: &scratch)
    guard let aligned = textPlace(in: drawn) else {
      return [line] + Self.sizes.map { line.resized(by: $0) }
    }
    var stretched = aligned
    stretched.stretch = Self.stretch
    return [aligned] + Self.sizes.map { aligned.resized(by: $0) } + [stretched, line]
  }

  private mutating func entry(
    of line: DrawnLine, in gray: GrayImage, score: Double?
  ) -> LineJudge.Entry? {
    // A line that is too long for the network isn't read.
    guard var transcript = try? lineReader.read(line) else { return nil }
    drums?.settle(&transcript, in: line, isAllowed: alphabet.allows)
    transcript.clampBoxes(width: gray.width, height: gray.height)
    return judge.entry(
      transcript, characterHeight: line.line.height, image: (gray.width, gray.height),
      contrast: line.contrast, score: score)
  }

  /// Whether a line lies on text that was read with certainty, or is only the paper in and between
  /// such lines.
  private func isSettled(_ line: TextLine, by settled: [TextLine]) -> Bool {
    let others = settled.filter { $0.polarity != line.polarity }
    return settled.contains { $0.covers(line) }
      || others.reduce(0) { $0 + $1.share(of: line) } >= Self.mostSettledShare
  }

  /// Whether another view of the same place can't add anything: no view would tell which of its
  /// shape a character is.
  private func isSettled(_ entry: LineJudge.Entry) -> Bool {
    entry.line.characters.count >= Self.leastSettledCount && entry.certainty >= Self.sureConfidence
  }
}

/// Reasons why a reader can't be made.
public enum TextReaderError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The purpose of a model.
  public enum Task: Sendable {
    case finding, aligning, reading, drums, novelty
  }

  /// The model was made for something else.
  case unfit(model: String, for: Task)
  /// Two models of lines know different characters.
  case labels(model: String, quick: String)

  public var description: String {
    switch self {
    case .unfit(let model, let task):
      "model \(model) doesn't \(task.verb): it was made for something else"
    case .labels(let model, let quick):
      "models \(model) and \(quick) know different characters: one can't be asked for the other"
    }
  }
}

extension TextReaderError.Task {
  fileprivate var verb: String {
    switch self {
    case .finding: "find lines of text"
    case .aligning: "put lines on their text"
    case .reading: "read whole lines"
    case .drums: "tell where a counter's drums stand"
    case .novelty: "tell how unlike known print lines are"
    }
  }
}

import Images
import Inference
import Lines

/// Reads a line as a whole, with a network that looks at all of it at once.
///
/// No cuts between characters are needed, so touching and blurred ones are read, and the network
/// sees neighbours.
struct LineReader {
  private var accurate: LineNetwork
  private let decoder: CTCDecoder
  private let agreement: Agreement
  private let shapes: [[Int]]
  private var logits: [Int8] = []
  /// Reads clear lines in a third of the time.
  private var quick: LineNetwork?
  private let quickClear: ClearLine
  private let clear: ClearLine
  private let pattern: Pattern?
  private let spacing = Spacing()
  /// Confidence from which on a character that may be another of its shape counts as settled.
  private let settledConfidence: Float = 0.9

  /// Nil if a model doesn't read lines as `LineImage` has them, or the quick model reads other
  /// characters.
  init?(model: Model, quickModel: Model? = nil, alphabet: Alphabet, pattern: Pattern?) {
    guard let network = LineNetwork(model),
      let decoder = CTCDecoder(
        labels: model.labels, isAllowed: alphabet.allows, pattern: pattern),
      let clear = ClearLine(labels: model.labels, isAllowed: alphabet.allows)
    else { return nil }
    accurate = network
    quickClear = clear
    var accurateClear = clear
    // A lower ratio is enough: on lines as certain as that, a search finds the same text.
    accurateClear.leastRatio = 10
    self.clear = accurateClear
    if let quickModel {
      guard quickModel.labels == model.labels, let network = LineNetwork(quickModel)
      else { return nil }
      quick = network
    }
    self.decoder = decoder
    self.pattern = pattern
    agreement = Agreement(labels: model.labels) { $0 != " " && alphabet.allows($0) }
    shapes = Shapes.neighbours(of: model.labels)
  }

  /// - Throws: `ModelError` if a model can't take the line's width.
  mutating func read(_ line: DrawnLine) throws(ModelError) -> Transcript {
    if quick != nil {
      try quick?.read(line.image, into: &logits)
      if let quick, let transcript = quickTranscript(of: line, by: quick) { return transcript }
    }
    try accurate.read(line.image, into: &logits)
    if quick != nil {
      switch find(accurate, clear) {
      case .nothing: return Transcript(characters: [], spaces: [], matchesPattern: nil)
      case .text(let text, let doubts) where !doubts.contains(.spaces):
        let columns = columns(of: text, accurate)
        let ink = ink(of: text, in: line, accurate)
        guard doubts.contains(.shapes) else { return clear(line, text, columns: columns, ink: ink) }
        return weighed(line, text, columns: columns, ink: ink).transcript
      case .text, .doubtful: break
      }
    }
    let probabilities = decoder.permitted(accurate.model.probabilities(of: logits))
    let text = decoder.decode(probabilities)
    let count = accurate.model.labels.count
    let columns = text.characters.map { character in
      probabilities[character.column * count..<(character.column + 1) * count]
    }
    return weighed(
      line, text, columns: columns, ink: ink(of: text, in: line, accurate)
    ).transcript
  }

  /// Nil where a doubt remains that the line doesn't settle.
  private func quickTranscript(
    of line: DrawnLine, by quick: LineNetwork
  ) -> Transcript? {
    switch find(quick, quickClear) {
    case .nothing: return Transcript(characters: [], spaces: [], matchesPattern: nil)
    case .text(let text, let doubts):
      let columns = columns(of: text, quick)
      let ink = ink(of: text, in: line, quick)
      // The widths of the gaps must agree.
      if doubts.contains(.spaces), spaces(between: ink) != text.spaces { return nil }
      guard doubts.contains(.shapes) else { return clear(line, text, columns: columns, ink: ink) }
      let (transcript, leastConfidence) = weighed(line, text, columns: columns, ink: ink)
      return leastConfidence >= settledConfidence ? transcript : nil
    case .doubtful: return nil
    }
  }

  /// The result of reading; its doubts are ones that the whole line may settle.
  private enum Finding {
    case nothing
    case text(CTCDecoder.Text, ClearLine.Doubts)
    case doubtful
  }

  /// The text that a network's logits spell.
  private func find(_ network: LineNetwork, _ clear: ClearLine) -> Finding {
    switch clear.read(logits, scale: network.model.output.scale) {
    case .doubtful: return .doubtful
    case .nothing: return .nothing
    case .text(let characters, let doubts):
      // A blot may look like a character or two to one network, rarely to all.
      guard characters.count >= 3 else { return .doubtful }
      var text = CTCDecoder.Text(characters: characters, score: 0, matches: nil)
      guard let pattern else { return .text(text, doubts) }
      // Doubts under a pattern are left to the search.
      guard doubts.isEmpty else { return .doubtful }
      let labels = network.model.labels
      let spelt = characters.map { ($0.hasSpaceBefore ? " " : "") + labels[$0.label] }
      guard pattern.matches(spelt.joined()) else { return .doubtful }
      text.matches = true
      return .text(text, [])
    }
  }

  /// Probabilities of the labels for each character of a clear text.
  private func columns(of text: CTCDecoder.Text, _ network: LineNetwork) -> [ArraySlice<Float>] {
    let count = network.model.labels.count
    return text.characters.map { character in
      let row = Array(logits[character.column * count..<(character.column + 1) * count])
      return decoder.permitted(network.model.probabilities(of: row))[...]
    }
  }

  /// The boxes of the characters' ink, in pixels of the line's image.
  private func ink(
    of text: CTCDecoder.Text, in line: DrawnLine, _ network: LineNetwork
  ) -> [PixelBox] {
    LineBoxes(line.image).ink(aroundMiddles: text.characters.map { network.middle(of: $0.columns) })
  }

  private func spaces(between ink: [PixelBox]) -> [Bool?] {
    spacing.clearSpaces(between: ink)
  }

  /// The transcript of a text without a doubt.
  private func clear(
    _ line: DrawnLine, _ text: CTCDecoder.Text, columns: [ArraySlice<Float>], ink: [PixelBox]
  ) -> Transcript {
    let labels = zip(text.characters, columns).map { character, column in
      Agreement.Choice(label: character.label, confidence: column[character.label])
    }
    return transcript(of: line, text, columns: columns, ink: ink, labels: labels)
  }

  /// The transcript of a text, with similar characters settled by the whole line, and the least
  /// confidence of its characters.
  private func weighed(
    _ line: DrawnLine, _ text: CTCDecoder.Text, columns: [ArraySlice<Float>], ink: [PixelBox]
  ) -> (transcript: Transcript, leastConfidence: Float) {
    let labels = labels(of: text, columns: columns, ink: ink)
    return (
      transcript(of: line, text, columns: columns, ink: ink, labels: labels),
      labels.map(\.confidence).min() ?? 0
    )
  }

  private func transcript(
    of line: DrawnLine, _ text: CTCDecoder.Text, columns: [ArraySlice<Float>], ink: [PixelBox],
    labels: [Agreement.Choice]
  ) -> Transcript {
    let names = accurate.model.labels
    let boxes = LineBoxes(line.image)
    let characters = labels.indices.map { i in
      let (label, column) = (labels[i].label, columns[i])
      return LineJudge.Character(
        read: ReadCharacter(
          text: names[label], confidence: min(1, Double(labels[i].confidence)),
          box: boxes.imageBox(ink[i]),
          alternatives: alternatives(to: label, among: column, labels: names)),
        certainty: min(
          1, Double(shapes[label].reduce(0) { $0 + column[column.startIndex + $1] })))
    }
    return Transcript(
      characters: characters, spaces: text.spaces,
      matchesPattern: text.matches)
  }

  /// The choice among similar characters by the whole line; a pattern has settled them already.
  private func labels(
    of text: CTCDecoder.Text, columns: [ArraySlice<Float>], ink: [PixelBox]
  ) -> [Agreement.Choice] {
    if text.matches != true {
      let glyphs = text.characters.indices.map { i in
        Agreement.Glyph(
          probabilities: columns[i], height: Double(ink[i].height),
          startsWord: text.characters[i].hasSpaceBefore)
      }
      let choices = agreement.choices(for: glyphs)
      if choices.count == glyphs.count { return choices }
    }
    return zip(text.characters, columns).map { character, column in
      Agreement.Choice(
        label: character.label, confidence: column[column.startIndex + character.label])
    }
  }
}

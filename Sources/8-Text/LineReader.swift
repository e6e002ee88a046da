import Glyphs
import Gray
import Inference

/// Reads a line as a whole, with a network that looks at all of it at once.
///
/// It needs no cuts between characters, so it reads touching and blurred ones better than
/// `GlyphReader`, and it sees neighbours. Each character that it finds is shown to the glyph network
/// too, where a cut fits.
struct LineReader {
  private var accurate: LineNetwork
  private let decoder: CTCDecoder
  private var agreement: Agreement
  private var secondOpinion: SecondOpinion
  private let shapes: [[Int]]
  private var logits: [Int8] = []
  /// Reads what is clear, in a fifth of the time.
  private var quick: LineNetwork?
  private let quickClear: ClearLine
  private let clear: ClearLine
  private let pattern: Pattern?

  /// Nil if a model doesn't read lines as `LineImage` has them, or the quick one other characters.
  init?(
    model: Model, quickModel: Model? = nil, glyphModel: Model, alphabet: Alphabet,
    pattern: Pattern?
  ) {
    guard let network = LineNetwork(model),
      let decoder = CTCDecoder(
        labels: model.labels, isAllowed: alphabet.allows, pattern: pattern),
      let clear = ClearLine(labels: model.labels, isAllowed: alphabet.allows)
    else { return nil }
    accurate = network
    quickClear = clear
    var accurateClear = clear
    // What it is less sure of, a search and the glyph network read no other.
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
    // The network has seen the neighbours already.
    agreement.changeWeight = 0.7
    agreement.wordWeight = 0.5
    agreement.heightWeight = 1
    secondOpinion = SecondOpinion(model: glyphModel, labels: model.labels)
    shapes = Shapes.neighbours(of: model.labels)
  }

  /// - Throws: `ModelError` if a model can't take the line's width.
  mutating func read(_ line: GlyphLine) throws(ModelError) -> Transcript {
    if quick != nil {
      try quick?.read(line.image, into: &logits)
      if let quick, let transcript = clearTranscript(of: line, by: quick, quickClear) {
        return transcript
      }
    }
    try accurate.read(line.image, into: &logits)
    if quick != nil, let transcript = clearTranscript(of: line, by: accurate, clear) {
      return transcript
    }
    let model = accurate.model
    let probabilities = decoder.permitted(model.probabilities(of: logits))
    let text = decoder.decode(probabilities)
    let ink = LineBoxes(line.image).ink(
      aroundMiddles: text.characters.map { accurate.middle(of: $0.columns) })
    let count = model.labels.count
    var columns = text.characters.map { character in
      probabilities[character.column * count..<(character.column + 1) * count]
    }
    columns = secondOpinion.weigh(columns, ink: ink, in: line)
      .map { decoder.permitted(Array($0))[...] }
    return transcript(
      of: line, text, columns: columns, ink: ink,
      labels: labels(of: text, columns: columns, ink: ink))
  }

  /// What a network's logits spell where there is no doubt; nil where there is one.
  private func clearTranscript(
    of line: GlyphLine, by network: LineNetwork, _ clear: ClearLine
  ) -> Transcript? {
    let model = network.model
    let characters: [CTCDecoder.Character]
    switch clear.read(logits, scale: model.output.scale) {
    case .doubtful: return nil
    case .nothing: return Transcript(characters: [], spaces: [], matchesPattern: nil)
    case .text(let found):
      // A blot may look like a character or two to one network, rarely to all.
      guard found.count >= 3 else { return nil }
      characters = found
    }
    var text = CTCDecoder.Text(characters: characters, score: 0, matches: nil)
    if let pattern {
      let spelt = characters.map { ($0.hasSpaceBefore ? " " : "") + model.labels[$0.label] }
      guard pattern.matches(spelt.joined()) else { return nil }
      text.matches = true
    }
    let count = model.labels.count
    let columns = characters.map { character in
      model.probabilities(
        of: Array(logits[character.column * count..<(character.column + 1) * count]))[...]
    }
    let labels = zip(characters, columns).map { character, column in
      Agreement.Choice(label: character.label, confidence: column[character.label])
    }
    let ink = LineBoxes(line.image).ink(
      aroundMiddles: characters.map { network.middle(of: $0.columns) })
    return transcript(of: line, text, columns: columns, ink: ink, labels: labels)
  }

  private func transcript(
    of line: GlyphLine, _ text: CTCDecoder.Text, columns: [ArraySlice<Float>], ink: [PixelBox],
    labels: [Agreement.Choice]
  ) -> Transcript {
    let names = accurate.model.labels
    let boxes = LineBoxes(line.image)
    let characters = labels.indices.map { i in
      let (label, column) = (labels[i].label, columns[i])
      return LineJudge.Character(
        read: ReadCharacter(
          text: names[label], confidence: Double(labels[i].confidence),
          box: boxes.imageBox(ink[i]),
          alternatives: alternatives(to: label, among: column, labels: names)),
        certainty: Double(shapes[label].reduce(0) { $0 + column[column.startIndex + $1] }))
    }
    return Transcript(
      characters: characters, spaces: text.characters.dropFirst().map(\.hasSpaceBefore),
      matchesPattern: text.matches)
  }

  /// What the whole line makes of alike characters; a pattern has settled them already.
  private func labels(
    of text: CTCDecoder.Text, columns: [ArraySlice<Float>], ink: [PixelBox]
  ) -> [Agreement.Choice] {
    if text.matches != true {
      let glyphs = text.characters.indices.map { i in
        Agreement.Glyph(
          probabilities: columns[i], height: Double(ink[i].height) * LineImage.stripScale,
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

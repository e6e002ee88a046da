import Glyphs
import Gray
import Inference

/// Reads a line as a whole, with a network that looks at all of it at once.
///
/// It needs no cuts between characters, so it reads touching and blurred ones better than
/// `GlyphReader`, and it sees neighbours. Each character that it finds is shown to the glyph network
/// too, where a cut fits.
struct LineReader {
  let model: Model
  /// Columns of a line's image to one of logits.
  private let stride: Int
  private let decoder: CTCDecoder
  private var agreement: Agreement
  private var secondOpinion: SecondOpinion
  private let shapes: [[Int]]
  /// The model for each width that came up of late. A wide one takes megabytes of tables, so not
  /// all of them are kept.
  private var widened: [Int: Model] = [:]
  private static let mostWidths = 48
  private var workspace = Workspace()

  /// Nil if the model doesn't read lines as `LineImage` has them.
  init?(model: Model, glyphModel: Model, alphabet: Alphabet, pattern: Pattern?) {
    guard model.input.height == LineImage.height, model.input.channels == 1, model.positions > 1,
      model.input.width % model.positions == 0,
      let decoder = CTCDecoder(
        labels: model.labels, isAllowed: alphabet.allows, pattern: pattern)
    else { return nil }
    self.model = model
    self.decoder = decoder
    stride = model.input.width / model.positions
    agreement = Agreement(labels: model.labels) { $0 != " " && alphabet.allows($0) }
    // The network has seen the neighbours already.
    agreement.changeWeight = 0.7
    agreement.wordWeight = 0.5
    agreement.heightWeight = 1
    secondOpinion = SecondOpinion(model: glyphModel, labels: model.labels)
    shapes = Shapes.neighbours(of: model.labels)
  }

  /// - Throws: `ModelError` if the model can't take the line's width.
  mutating func read(_ line: GlyphLine) throws(ModelError) -> Transcript {
    let probabilities = decoder.permitted(
      model.probabilities(of: try logits(of: line.image)))
    let text = decoder.decode(probabilities)
    let boxes = LineBoxes(line.image)
    let ink = boxes.ink(aroundMiddles: text.characters.map { middle(of: $0.columns) })
    let count = model.labels.count
    var columns = text.characters.map { character in
      probabilities[character.column * count..<(character.column + 1) * count]
    }
    columns = secondOpinion.weigh(columns, ink: ink, in: line)
      .map { decoder.permitted(Array($0))[...] }
    let labels = labels(of: text, columns: columns, ink: ink)
    let characters = labels.indices.map { i in
      let (label, column) = (labels[i].label, columns[i])
      return LineJudge.Character(
        read: ReadCharacter(
          text: model.labels[label], confidence: Double(labels[i].confidence),
          box: boxes.imageBox(ink[i]),
          alternatives: alternatives(to: label, among: column, labels: model.labels)),
        certainty: Double(shapes[label].reduce(0) { $0 + column[column.startIndex + $1] }))
    }
    return Transcript(
      characters: characters, spaces: text.characters.dropFirst().map(\.hasSpaceBefore),
      matchesPattern: text.matches)
  }

  private mutating func logits(of image: LineImage) throws(ModelError) -> [Int8] {
    let fitting: Model
    if let known = widened[image.width] {
      fitting = known
    } else {
      fitting = try model.widened(to: image.width)
      if widened.count >= Self.mostWidths { widened = [:] }
      widened[image.width] = fitting
    }
    return fitting.logits(of: image.coverage, count: 1, workspace: &workspace)
  }

  /// Where columns of logits have their middle in the line's image.
  private func middle(of columns: ClosedRange<Int>) -> Double {
    Double(stride) * (Double(columns.lowerBound + columns.upperBound) / 2 + 0.5)
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

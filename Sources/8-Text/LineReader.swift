import Foundation
import Glyphs
import Gray
import Inference

/// Reads whole lines with a network that looks at all of a line at once.
///
/// It needs no cuts between characters, so it reads touching and blurred ones better than the path
/// through glyph candidates; it takes more memory than a board has.
struct LineReader {
  let model: Model
  /// Columns of the line's image that a column of logits stands for.
  let stride: Int
  private let decoder: CTCDecoder
  private let agreement: Agreement
  private var secondOpinion: SecondOpinion?
  private let shapes: [[Int]]
  private let blank: Int
  private let alphabetAllows: [Bool]
  /// The model for each width that came up.
  private var widened: [Int: Model] = [:]
  private var workspace = Workspace()

  /// - Returns: nil if the model doesn't read lines as `LineImage` has them.
  init?(model: Model, glyphModel: Model?, alphabet: Alphabet, pattern: Pattern?) {
    guard model.input.height == LineImage.height, model.input.channels == 1, model.positions > 1,
      model.input.width % model.positions == 0, let blank = model.labels.firstIndex(of: ""),
      let decoder = CTCDecoder(
        labels: model.labels, isAllowed: alphabet.allows, pattern: pattern)
    else { return nil }
    self.model = model
    self.decoder = decoder
    self.blank = blank
    var agreement = Agreement(labels: model.labels) { $0 != " " && alphabet.allows($0) }
    if let value = ProcessInfo.processInfo.environment["CW"].flatMap(Float.init) { agreement.changeWeight = value }
    if let value = ProcessInfo.processInfo.environment["HW"].flatMap(Float.init) { agreement.heightWeight = value }
    self.agreement = agreement
    secondOpinion = glyphModel.map { SecondOpinion(model: $0, labels: model.labels) }
    if let value = ProcessInfo.processInfo.environment["SW"].flatMap(Float.init) { secondOpinion?.weight = value }
    if let value = ProcessInfo.processInfo.environment["SF"].flatMap(Float.init) { secondOpinion?.floor = value }
    stride = model.input.width / model.positions
    shapes = Shapes.neighbours(of: model.labels)
    alphabetAllows = model.labels.map { !$0.isEmpty && $0 != " " && alphabet.allows($0) }
  }

  /// What a line says.
  struct Transcript {
    var characters: [LineJudge.Character]
    /// Whether a space stands before each of them but the first.
    var spaces: [Bool]
    var matches: Bool?
  }

  /// - Throws: `ModelError` if the model can't take the line's width.
  mutating func read(_ line: GlyphLine) throws(ModelError) -> Transcript {
    let image = line.image
    let count = model.labels.count
    var raw = model.probabilities(of: try logits(of: image.coverage, width: image.width))
    let tta = ProcessInfo.processInfo.environment["TTA"].flatMap(Int.init) ?? 0
    if tta > 0 {
      var n: Float = 1
      var variants: [[UInt8]] = []
      if tta & 1 != 0 { for d in [-1, 1] { variants.append(shifted(image, d)) } }
      if tta & 2 != 0 { for f in [0.93, 1.07] { variants.append(scaled(image, f)) } }
      for v in variants {
        let p = model.probabilities(of: try logits(of: v, width: image.width))
        for i in raw.indices { raw[i] += p[i] }
        n += 1
      }
      for i in raw.indices { raw[i] /= n }
    }
    let probabilities = decoder.permitted(raw)
    let text = decoder.decode(probabilities)
    let boxes = LineBoxes(image)
    let middles = text.characters.map { character in
      let columns = character.columns
      return Double(stride) * (Double(columns.lowerBound + columns.upperBound) / 2 + 0.5)
    }
    let ink = middles.indices.map { i in
      boxes.ink(
        from: i > 0 ? (middles[i - 1] + middles[i]) / 2 : middles[i] - 12,
        to: i + 1 < middles.count ? (middles[i] + middles[i + 1]) / 2 : middles[i] + 12)
    }
    var columns = text.characters.map { character in
      probabilities[character.column * count..<(character.column + 1) * count]
    }
    if let weighed = secondOpinion?.weigh(columns, ink: ink, in: line) {
      columns = weighed.map { decoder.permitted(Array($0))[...] }
    }
    let labels = labels(of: text, columns: columns, ink: ink)
    let characters = labels.indices.map { i in
      let column = columns[i]
      return LineJudge.Character(
        read: ReadCharacter(
          text: model.labels[labels[i].label], confidence: Double(labels[i].confidence),
          box: boxes.box(ink[i]),
          alternatives: alternatives(to: labels[i].label, among: column)),
        certainty: Double(
          shapes[labels[i].label].reduce(0) { $0 + column[column.startIndex + $1] }))
    }
    return Transcript(
      characters: characters, spaces: text.characters.dropFirst().map(\.hasSpaceBefore),
      matches: text.matches)
  }

  /// What the whole line makes of alike characters; a pattern has settled them already.
  private func labels(
    of text: CTCDecoder.Text, columns: [ArraySlice<Float>], ink: [PixelBox]
  ) -> [Agreement.Choice] {
    if text.matches != true {
      let glyphs = text.characters.indices.map { i in
        Agreement.Glyph(
          probabilities: columns[i], height: Double(ink[i].height) * 1.5,
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

  private func shifted(_ image: LineImage, _ d: Int) -> [UInt8] {
    let w = image.width
    return (0..<32).flatMap { r -> [UInt8] in
      let y = r + d
      return y < 0 || y >= 32 ? [UInt8](repeating: 0, count: w) : Array(image.coverage[y * w..<(y + 1) * w])
    }
  }
  private func scaled(_ image: LineImage, _ f: Double) -> [UInt8] {
    let w = image.width
    return (0..<32).flatMap { r -> [UInt8] in
      let y = (Double(r) - 15) / f + 15
      let y0 = Int(y.rounded(.down)), t = y - Double(y0)
      return (0..<w).map { x in
        func v(_ yy: Int) -> Double { yy < 0 || yy >= 32 ? 0 : Double(image.coverage[yy * w + x]) }
        return UInt8(v(y0) * (1 - t) + v(y0 + 1) * t)
      }
    }
  }

  private mutating func logits(of coverage: [UInt8], width: Int) throws(ModelError) -> [Int8] {
    let model: Model
    if let known = widened[width] {
      model = known
    } else {
      model = try self.model.widened(to: width)
      widened[width] = model
    }
    return model.logits(of: coverage, count: 1, workspace: &workspace)
  }

  /// The three most likely labels but for the one chosen.
  private func alternatives(to chosen: Int, among column: ArraySlice<Float>) -> [Alternative] {
    var best: [(label: Int, probability: Float)] = []
    for (label, probability) in column.enumerated()
    where label != chosen && alphabetAllows[label] && probability > 1e-4 {
      guard best.count < 3 || probability > best[2].probability else { continue }
      let place = best.firstIndex { $0.probability < probability } ?? best.count
      best.insert((label, probability), at: place)
      if best.count > 3 { best.removeLast() }
    }
    return best.map { Alternative(text: model.labels[$0.label], confidence: Double($0.probability)) }
  }
}

/// Boxes for characters of which only the middle is known.
struct LineBoxes {
  private let image: LineImage
  /// Coverage from which on a pixel counts as ink.
  private let threshold: UInt8 = 100

  init(_ image: LineImage) { self.image = image }

  /// The bounds of the ink between two columns.
  func ink(from left: Double, to right: Double) -> PixelBox {
    let first = max(0, min(image.width - 1, Int(left.rounded())))
    let end = max(first + 1, min(image.width, Int(right.rounded())))
    var x0 = end
    var x1 = first
    var y0 = LineImage.height
    var y1 = 0
    // The rows next above and below belong to other lines.
    for row in 2..<LineImage.height - 2 {
      for column in first..<end where image.coverage[row * image.width + column] >= threshold {
        x0 = min(x0, column)
        x1 = max(x1, column + 1)
        y0 = min(y0, row)
        y1 = max(y1, row + 1)
      }
    }
    if x0 >= x1 { (x0, x1, y0, y1) = (first, end, 7, 23) }
    return PixelBox(x: x0, y: y0, width: x1 - x0, height: y1 - y0)
  }

  /// The same in pixels of the original image.
  func box(_ ink: PixelBox) -> PixelBox {
    let corners = [(ink.x, ink.y), (ink.maxX, ink.y), (ink.x, ink.maxY), (ink.maxX, ink.maxY)].map {
      image.imagePoint(column: Double($0.0), row: Double($0.1))
    }
    let left = Int((corners.map(\.x).min() ?? 0).rounded())
    let top = Int((corners.map(\.y).min() ?? 0).rounded())
    let right = Int((corners.map(\.x).max() ?? 0).rounded())
    let bottom = Int((corners.map(\.y).max() ?? 0).rounded())
    return PixelBox(x: left, y: top, width: max(1, right - left), height: max(1, bottom - top))
  }
}

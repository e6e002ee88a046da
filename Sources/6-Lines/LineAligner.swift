import Glibc
package import Inference

/// Fits a line to its text: a network looks at the line as it was drawn and tells the place of the
/// text in it. Finders see a whole image and place each line a bit off; boxes laid over an image
/// know nothing of its text.
///
/// `scripts/training/aligner.py` defines the same.
package struct LineAligner: Sendable {
  package static let labels = ["text", "height", "baseline", "start", "end"]

  /// Columns of a line to an output.
  package static let step = 8
  /// Logits give geometry as (value - middle) * factor.
  package static let middles = [0, 0, 0, 1.5, 1.5]
  package static let factors = [1, 5, 10, 3, 3] as [Double]
  /// Weight of a level baseline beside the course that was seen, in square columns.
  private static let levelPrior = 400.0

  private var network: LineNetwork
  private var outputs: [Int8] = []

  /// Nil if the model doesn't align lines.
  package init?(_ model: Model) {
    guard model.labels == Self.labels, let network = LineNetwork(model), network.stride == Self.step
    else { return nil }
    self.network = network
  }

  /// Fits a line to its text.
  ///
  /// - Returns: the fitted line, or nil where there is no text.
  /// - Throws: `ModelError` if the model can't take the line's width.
  package mutating func aligned(
    _ drawn: DrawnLine
  ) throws(ModelError) -> TextLine? {
    let (image, line) = (drawn.image, drawn.line)
    try network.read(image, into: &outputs)
    let scale = Double(network.model.output.scale)
    let zeroPoint = network.model.output.zeroPoint
    let count = Self.labels.count
    let outputs = outputs
    func value(_ i: Int, _ channel: Int) -> Double {
      Double(Int(outputs[i * count + channel]) - zeroPoint) * scale / Self.factors[channel]
        + Self.middles[channel]
    }
    // A line padded with paper has columns beyond its end.
    let steps = min(outputs.count / count, (image.width + Self.step - 1) / Self.step)
    let chosen = (0..<steps).filter { Int(outputs[$0 * count]) > zeroPoint }
    guard let first = chosen.first, let last = chosen.last else { return nil }
    let places = chosen.map { i in
      Place(
        x: Double(Self.step) * (Double(i) + 0.5),
        y: LineImage.baseRow + LineImage.capitalRows * value(i, 2),
        octave: value(i, 1),
        start: Double(Self.step) * (Double(i) + 0.5 - value(i, 3)),
        end: Double(Self.step) * (Double(i) + 0.5 + value(i, 4)),
        weight: 1 / (1 + exp(-value(i, 0))))
    }
    let x = places.mean(\.x)
    let y = places.mean(\.y)
    let total = places.reduce(0) { $0 + $1.weight }
    let course = places.reduce(0) { $0 + $1.weight * ($1.x - x) * ($1.y - y) }
    let spread = places.reduce(0) { $0 + $1.weight * ($1.x - x) * ($1.x - x) }
    let rise = course / (spread + Self.levelPrior * total)
    let reach = Double(Self.step) * 1.5
    let start = places.filter { $0.x < Double(Self.step * first) + reach }.mean(\.start)
    let end = places.filter { $0.x > Double(Self.step * (last + 1)) - reach }.mean(\.end)
    let from = image.imagePoint(column: start, row: y + rise * (start - x))
    let to = image.imagePoint(column: max(end, start + 1), row: y + rise * (end - x))
    guard to.x > from.x else { return nil }
    var found = line
    found.slope = (to.y - from.y) / (to.x - from.x)
    found.baseline = from.y - found.slope * from.x
    found.height = line.height * exp2(places.mean(\.octave))
    (found.start, found.end) = (from.x, to.x)
    return found
  }

  /// The meaning of one output.
  fileprivate struct Place {
    var x: Double
    var y: Double
    var octave: Double
    var start: Double
    var end: Double
    /// Probability of text.
    var weight: Double
  }
}

extension [LineAligner.Place] {
  /// Mean by weight.
  fileprivate func mean(_ value: (LineAligner.Place) -> Double) -> Double {
    reduce(0) { $0 + $1.weight * value($1) } / reduce(0) { $0 + $1.weight }
  }
}

import Gray
import Images
import Inference
import Lines

/// Tells the position of a counter's drum: on a digit, or between two of them.
///
/// A network sees as much of a line as a drum's window may show, and tells the drum's position in
/// tenths of a digit. Line readers know only whole digits, and between two digits there is none.
struct DrumReader {
  /// Columns of a line's image around a character that the network sees.
  static let width = 24
  /// Tenths of the way to the next digit at which a drum is between two; nearer to a digit, it is
  /// on that digit.
  private static let rolling = 2...8
  /// Least probability of standing between two digits at which a drum counts as doing so.
  private let leastProbability: Float = 0.7
  /// Least share of that probability within a tenth of the likeliest tenth at which that tenth is
  /// reported.
  private let leastShare: Float = 0.6

  private let model: Model
  private var workspace = Workspace()

  /// The position of a drum between two digits.
  struct Place {
    /// The digit that it comes from.
    var digit: Int
    var turning: Turning
    /// 0...1.
    var confidence: Double
  }

  /// Nil if the model doesn't tell tenths of such a view.
  init?(_ model: Model) {
    guard model.input.height == LineImage.height, model.input.width == Self.width,
      model.input.channels == 1, model.positions == 1,
      model.labels == (0..<100).map({ "\($0 / 10).\($0 % 10)" }) + [""]
    else { return nil }
    self.model = model
  }

  /// Nil where no drum stands between two digits.
  mutating func place(in image: LineImage, at column: Double) -> Place? {
    let logits = model.logits(of: view(of: image, at: column), count: 1, workspace: &workspace)
    let probabilities = model.probabilities(of: logits)
    let digits = (0..<10).map { digit in
      Self.rolling.reduce(Float(0)) { $0 + probabilities[10 * digit + $1] }
    }
    guard digits.reduce(0, +) >= leastProbability,
      let digit = digits.indices.max(by: { digits[$0] < digits[$1] })
    else { return nil }
    let tenths = probabilities[10 * digit..<10 * digit + 10]
    let best = Self.rolling.max { tenths[10 * digit + $0] < tenths[10 * digit + $1] } ?? 5
    let near = (best - 1...best + 1).reduce(Float(0)) { $0 + tenths[10 * digit + $1] }
    let isClear = near >= leastShare * digits[digit]
    return Place(
      digit: digit, turning: Turning(tenth: isClear ? best : nil),
      confidence: Double(digits[digit]))
  }

  /// The columns around `column`, with paper beyond the line's ends.
  private func view(of image: LineImage, at column: Double) -> [UInt8] {
    let first = Int(column.rounded()) - Self.width / 2
    var view = [UInt8](repeating: 0, count: Self.width * LineImage.height)
    for x in max(0, -first)..<max(0, min(Self.width, image.width - first)) where first + x >= 0 {
      for y in 0..<LineImage.height {
        view[y * Self.width + x] = image.coverage[y * image.width + first + x]
      }
    }
    return view
  }
}

extension DrumReader {
  /// Columns of a line that has room for one digit.
  static let widestAlone = 64

  /// A drum between two digits in the middle of a line.
  mutating func alone(in line: DrawnLine, isAllowed: (String) -> Bool) -> Transcript? {
    let middle = Double(line.image.width) / 2
    guard let place = place(in: line.image, at: middle), isAllowed("\(place.digit)")
    else { return nil }
    let boxes = LineBoxes(line.image)
    var read = ReadCharacter(
      text: "\(place.digit)", confidence: place.confidence,
      box: boxes.imageBox(boxes.ink(aroundMiddles: [middle])[0]))
    read.turning = place.turning
    let character = LineJudge.Character(read: read, certainty: place.confidence)
    return Transcript(characters: [character], spaces: [], matchesPattern: nil)
  }

  /// A character with less confidence may be half of one digit and half of the next.
  private static let sureConfidence = 0.9

  /// Looks again at each character of a counter: of a line of digits alone, as far as they are
  /// certain.
  mutating func settle(
    _ transcript: inout Transcript, in line: DrawnLine, isAllowed: (String) -> Bool
  ) {
    let isCounter = transcript.characters.allSatisfy { character in
      character.read.confidence < Self.sureConfidence || "0"..."9" ~= character.read.text
    }
    guard isCounter else { return }
    for i in transcript.characters.indices {
      let box = transcript.characters[i].read.box
      let column = line.image.column(
        x: Double(box.x) + Double(box.width) / 2, y: Double(box.y) + Double(box.height) / 2)
      guard let place = place(in: line.image, at: column), isAllowed("\(place.digit)")
      else { continue }
      transcript.characters[i].read.turning = place.turning
      // A pattern has already settled the digit.
      guard transcript.matchesPattern == nil else { continue }
      transcript.characters[i].read.text = "\(place.digit)"
      transcript.characters[i].read.confidence = place.confidence
      transcript.characters[i].certainty = max(
        place.confidence, transcript.characters[i].certainty)
    }
  }
}

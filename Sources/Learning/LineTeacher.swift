import Evaluation
package import Inference
import Lines

/// Teaches networks that read lines.
package struct LineTeacher {
  private let lines: [TaughtLine]
  private let names: [String]
  private let replay: ReplaySet
  package var settings: Settings

  /// `names` are those of the pictures, by their numbers.
  package init(
    _ lines: [TaughtLine], names: [String], replay: ReplaySet, settings: Settings = Settings()
  ) {
    (self.lines, self.names, self.replay, self.settings) = (lines, names, replay, settings)
  }

  /// Teaches one network.
  ///
  /// - Throws: `LearningError`, or `ModelError` for a network that can't read the lines.
  package func taught(
    _ folder: ModelFolder, progress: @escaping (String) -> Void
  ) throws -> (network: TaughtNetwork, doubts: [Doubt]) {
    let model = folder.model
    guard let blank = model.rejectIndex, LineNetwork(model) != nil,
      var trunk = LineTrunk(of: folder)
    else { throw LearningError.unfit(model: model.name) }
    let spelling = Spelling(model)
    var doubts: [Doubt] = []
    var samples: [Sample] = []
    progress("\(model.name): looking at \(lines.count) lines")
    for line in lines {
      switch spelling.labels(of: line.text) {
      case .unknown(let character):
        doubts.append(
          .unknownCharacter(
            picture: names[line.picture], character: character, network: model.name))
      case .labels(let labels):
        let views = try line.views.map { try trunk.features(of: $0) }
        guard views.allSatisfy({ labels.fit(into: $0.columns) }) else {
          doubts.append(.tooNarrow(picture: names[line.picture], text: line.text))
          continue
        }
        samples.append(Sample(picture: line.picture, views: views, labels: labels))
      }
    }
    guard !samples.isEmpty else { throw LearningError.nothing(pictures: names.count) }
    let replayed = try replay.replayed.compactMap { try Self.sample($0, spelling, &trunk) }
    let checked = try replay.checked.compactMap { try Self.sample($0, spelling, &trunk) }
    let subject = NetworkTeacher.Subject(
      way: .lines(blank: blank), samples: samples, replayed: replayed, checked: checked)
    let network = try NetworkTeacher(
      folder: folder, subject: subject, plan: settings.plan(for: samples.count), progress: progress
    ).taught()
    return (network, doubts)
  }
}

extension LineTeacher {
  /// A line of known print; nil for one that the network can't spell.
  private static func sample(
    _ line: ReplaySet.Line, _ spelling: Spelling, _ trunk: inout LineTrunk
  ) throws(ModelError) -> Sample? {
    guard case .labels(let labels) = spelling.labels(of: line.text) else { return nil }
    return Sample(picture: 0, views: [try trunk.features(of: line.image)], labels: labels)
  }
}

/// The course of learning.
package struct Settings: Sendable {
  /// Times that each correction is looked at; nil for as often as makes the plan's steps, and up to
  /// twice those for many.
  package var epochs: Int?
  package var plan = Trainer.Plan()

  package init() {}

  /// The plan for so many corrections.
  func plan(for samples: Int) -> Trainer.Plan {
    var plan = plan
    guard let epochs else {
      // Each of many is looked at three times at least.
      plan.steps = min(max(plan.steps, 3 * samples / plan.samples), 2 * plan.steps)
      return plan
    }
    plan.steps = min(max(1, (epochs * samples + plan.samples - 1) / plan.samples), Self.mostSteps)
    return plan
  }

  private static let mostSteps = 3000
}

/// The layers of a network of lines that stay as they are: they make the features.
private struct LineTrunk {
  private let model: Model
  private let head: Head
  private var widened: [Int: Model] = [:]
  private var workspace = Workspace()

  init?(of folder: ModelFolder) {
    guard let head = Head(of: folder) else { return nil }
    self.head = head
    model = folder.model.trunk(without: head.depth)
  }

  /// - Throws: `ModelError` if the model can't take the line's width.
  mutating func features(of image: LineImage) throws(ModelError) -> Features {
    let fitting: Model
    if let known = widened[image.width] {
      fitting = known
    } else {
      fitting = try model.widened(to: image.width)
      widened[image.width] = fitting
    }
    var values: [Int8] = []
    fitting.logits(of: image.coverage, count: 1, workspace: &workspace, into: &values)
    return head.features(of: values)
  }
}

/// Turns texts into a network's labels.
struct Spelling {
  enum Outcome {
    case labels([Int])
    case unknown(String)
  }

  private let numbers: [String: Int]

  init(_ model: Model) {
    numbers = Dictionary(
      model.labels.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { a, _ in a })
  }

  /// The labels of a text, words parted by single spaces.
  func labels(of text: String) -> Outcome {
    var labels: [Int] = []
    for scalar in ComparableText.spaced(text) {
      guard let label = numbers[String(scalar)] else { return .unknown(String(scalar)) }
      labels.append(label)
    }
    return .labels(labels)
  }
}

extension [Int] {
  /// Whether labels can be spread over columns: equal neighbours need one between them.
  fileprivate func fit(into columns: Int) -> Bool {
    count + zip(self, dropFirst()).count { $0 == $1 } <= columns
  }
}

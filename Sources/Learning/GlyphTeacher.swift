package import Inference
import Lines
import OnBoard

/// Teaches the network that reads characters one by one.
package struct GlyphTeacher {
  private let glyphs: [TaughtGlyph]
  private let names: [String]
  private let replay: ReplaySet
  private let lessons: GlyphLessons
  private let settings: Settings

  /// Characters to a step, corrected and known ones.
  private static let batch = 48

  /// Of so many lines the characters of one are replayed.
  private static let passed = 2

  private static func some(of lines: [ReplaySet.Line]) -> [ReplaySet.Line] {
    stride(from: 0, to: lines.count, by: passed).map { lines[$0] }
  }

  /// `names` are those of the pictures, by their numbers; `lessons` cut the characters of known
  /// print.
  package init(
    _ glyphs: [TaughtGlyph], names: [String], replay: ReplaySet, lessons: GlyphLessons,
    settings: Settings = Settings()
  ) {
    (self.glyphs, self.names, self.replay) = (glyphs, names, replay)
    (self.lessons, self.settings) = (lessons, settings)
  }

  /// Teaches one network.
  ///
  /// - Throws: `LearningError`, or `ModelError`.
  package func taught(
    _ folder: ModelFolder, progress: @escaping (String) -> Void
  ) throws -> (network: TaughtNetwork, doubts: [Doubt]) {
    let model = folder.model
    guard model.positions == 1, model.patchSize == FirmwareReader.patchBytes,
      let depth = Head(of: folder)?.depth
    else { throw LearningError.unfit(model: model.name) }
    let spelling = Spelling(model)
    let trunk = model.trunk(without: depth)
    var workspace = Workspace()
    func sample(_ glyph: TaughtGlyph) -> Sample? {
      guard case .labels(let labels) = spelling.labels(of: glyph.character) else { return nil }
      let values = trunk.logits(of: glyph.patch, count: 1, workspace: &workspace)
      return Sample(
        picture: glyph.picture, views: [Features(values: values, channels: values.count)],
        labels: labels)
    }
    var doubts: [Doubt] = []
    var samples: [Sample] = []
    for glyph in glyphs {
      guard let sample = sample(glyph) else {
        doubts.append(
          .unknownCharacter(
            picture: names[glyph.picture], character: glyph.character, network: model.name))
        continue
      }
      samples.append(sample)
    }
    guard !samples.isEmpty else { throw LearningError.nothing(pictures: names.count) }
    progress("\(model.name): looking at known print")
    let replayed = Self.some(of: replay.replayed).flatMap(lessons.glyphs(of:)).compactMap(sample)
    let checked = replay.checked.flatMap(lessons.glyphs(of:)).compactMap(sample)
    let subject = NetworkTeacher.Subject(
      way: .characters, samples: samples, replayed: replayed, checked: checked)
    var settings = settings
    (settings.plan.samples, settings.plan.known) = (Self.batch, 2 * Self.batch)
    let network = try NetworkTeacher(
      folder: folder, subject: subject, plan: settings.plan(for: samples.count), progress: progress
    ).taught()
    return (network, doubts)
  }
}

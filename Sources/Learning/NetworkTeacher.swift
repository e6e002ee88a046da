import Inference

/// Teaches one network: lets it learn without some of the pictures and tries it on those, then goes
/// on with all.
struct NetworkTeacher {
  /// The network's inputs and what to do with its outputs, which differ for lines and characters.
  struct Subject {
    let way: Way
    let samples: [Sample]
    /// Known print to replay, and known print to be checked.
    let replayed: [Sample]
    let checked: [Sample]
  }

  /// Of fewer pictures each is left out once, a third of them at a time; else every third one is.
  private static let fewPictures = 10
  /// Steps without each third of few pictures, as a share of the plan's.
  private static let foldSteps = 0.45
  /// Steps with all pictures, and their rate, as a share of those without some.
  private static let more = 0.4
  private static let moreRate: Float = 0.5
  /// Shares of the way to the new weights that are tried, in twentieths: the whole way may forget.
  private static let shares = stride(from: Float(20), through: 6, by: -1).map { $0 / 20 }

  let folder: ModelFolder
  let subject: Subject
  let plan: Trainer.Plan
  let progress: (String) -> Void

  /// Teaches the network.
  ///
  /// - Returns: the network as it is now, or as it was where there is nothing to learn.
  /// - Throws: `LearningError`, or `ModelError` if the network can't read the samples.
  func taught() throws -> TaughtNetwork {
    let name = folder.model.name
    guard let initial = Head(of: folder) else { throw LearningError.unfit(model: name) }
    let pictures = Array(Set(subject.samples.map(\.picture))).sorted()
    guard pictures.count >= 2 else { throw LearningError.onePicture }
    let before = try mistakes(of: folder.model, in: subject.samples, by: initial)
    var verdict = TaughtNetwork.Verdict()
    verdict.pictures = pictures.count
    verdict.samples = subject.samples.count
    verdict.taught.before = before.sum
    let folds = Self.folds(pictures).map { out in
      subject.samples.indices.filter { out.contains(subject.samples[$0].picture) }
    }
    verdict.leftOut.before = folds.joined().map { before[$0] }.sum
    let checkedBefore = try mistakes(of: folder.model, in: subject.checked, by: initial).sum
    verdict.replayed = TaughtNetwork.Change(before: checkedBefore, after: checkedBefore)
    guard verdict.taught.before.count > 0 else {
      verdict.leftOut.after = verdict.leftOut.before
      verdict.taught.after = verdict.taught.before
      return network(folder, verdict, depth: initial.depth)
    }

    progress("\(name): learning")
    let trainer = Trainer(
      way: subject.way, known: subject.replayed, knownBy: initial, plan: plan)
    let share = folds.count == 1 ? 1 : Self.foldSteps
    let parts = folds.map { out in
      let isOut = Set(out)
      let others = subject.samples.indices.filter { !isOut.contains($0) }
      return trainer.train(initial, on: others.map { subject.samples[$0] }, share: share)
    }
    verdict.steps = trainer.steps(share) + trainer.steps(Self.more)
    let whole = trainer.train(
      parts[parts.count - 1], on: subject.samples, share: Self.more, rate: Self.moreRate)
    progress("\(name): measuring")
    var taught = folder
    let greatest = greatest(whole)
    for share in Self.shares {
      taught = try quantized(whole.blended(from: initial, share: share), upTo: greatest)
      verdict.share = Double(share)
      verdict.replayed.after = try mistakes(of: taught.model, in: subject.checked, by: initial).sum
      if !verdict.forgets { break }
    }
    for (out, part) in zip(folds, parts) {
      let samples = out.map { subject.samples[$0] }
      let tried = part.blended(from: initial, share: Float(verdict.share))
      let network = try quantized(tried, upTo: self.greatest(part))
      let after = try mistakes(of: network.model, in: samples, by: initial)
      verdict.compare(out.map { before[$0] }, after)
      verdict.leftOutInFloat =
        verdict.leftOutInFloat + subject.way.mistakes(of: tried, in: samples)
    }
    verdict.taught.after = try mistakes(of: taught.model, in: subject.samples, by: initial).sum
    return network(taught, verdict, depth: initial.depth)
  }

  /// The pictures that are left out together.
  private static func folds(_ pictures: [Int]) -> [Set<Int>] {
    func every(_ count: Int, _ place: Int) -> Set<Int> {
      Set(pictures.enumerated().filter { $0.offset % count == place }.map(\.element))
    }
    return pictures.count < fewPictures
      ? (0..<min(3, pictures.count)).map { every(min(3, pictures.count), $0) } : [every(3, 1)]
  }

  private func network(
    _ folder: ModelFolder, _ verdict: TaughtNetwork.Verdict, depth: Int
  ) -> TaughtNetwork {
    let isOfCharacters = if case .characters = subject.way { true } else { false }
    return TaughtNetwork(
      name: folder.model.name, depth: depth, isOfCharacters: isOfCharacters, folder: folder,
      verdict: verdict)
  }

  /// Mistakes of an integer network in each sample. Its first layers are those that made the
  /// features, so only those that `head` stands for are asked.
  private func mistakes(
    of model: Model, in samples: [Sample], by head: Head
  ) throws(ModelError) -> [Mistakes] {
    let last = model.head(of: head.depth)
    var widened: [Int: Model] = [:]
    var workspace = Workspace()
    var result: [Mistakes] = []
    for sample in samples {
      let features = sample.views[0]
      let fitting: Model
      if last.patchSize == features.values.count {
        fitting = last
      } else if let known = widened[features.columns] {
        fitting = known
      } else {
        fitting = try last.widened(to: features.columns)
        widened[features.columns] = fitting
      }
      let logits = fitting.logits(
        of: head.bytes(of: features), count: 1, workspace: &workspace)
      let read = subject.way.labels(of: logits, count: model.labels.count)
      result.append(Mistakes(read: read, labels: sample.labels))
    }
    return result
  }

  /// The greatest logit that a head makes of what is taught.
  private func greatest(_ head: Head) -> Float {
    head.forward(subject.samples.map { $0.views[0] }).logits.max() ?? 0
  }

  /// The network with a head's weights. The scale of its logits stays, unless they grow beyond it:
  /// `greatest` is that of the whole way.
  private func quantized(_ head: Head, upTo greatest: Float) throws -> ModelFolder {
    var folder = folder
    let first = folder.model.layers.count - head.depth
    let output = folder.model.output
    let low = output.scale * Float(-128 - output.zeroPoint)
    let high = output.scale * Float(127 - output.zeroPoint)
    for stage in 0..<head.depth {
      let isLast = stage == head.depth - 1
      try folder.replace(
        layer: first + stage, by: head.values(ofStage: stage),
        output: isLast && greatest > high ? low...greatest : nil)
    }
    return folder
  }
}

import Inference

/// Teaches one network: tries it on pictures left out, then learns from all.
struct NetworkTeacher {
  /// The network's inputs and what to do with its outputs, which differ for lines and characters.
  struct Subject {
    let way: Way
    let samples: [Sample]
    /// Known print to replay, and known print to be checked.
    let replayed: [Sample]
    let checked: [Sample]
    /// Labels read in each of some samples by the integer network.
    let read: (Model, Part) throws -> [[Int]]

    enum Part {
      case samples, checked
    }
  }

  private static let mostFolds = 3
  /// With fewer pictures each is left out once.
  private static let fewPictures = 5
  /// Shares of the way to the new weights that are tried: the whole way may forget.
  private static let shares: [Float] = [1, 0.7, 0.45, 0.25]

  let folder: ModelFolder
  let subject: Subject
  var plan: Trainer.Plan
  let depth: Int
  let progress: (String) -> Void

  /// Teaches the network.
  ///
  /// - Returns: the network as it is now, or as it was where there is nothing to learn.
  /// - Throws: `LearningError`, or `ModelError` if the network can't read the samples.
  func taught() throws -> TaughtNetwork {
    let name = folder.model.name
    guard let initial = Head(of: folder, depth: depth) else {
      throw LearningError.unfit(model: name)
    }
    let pictures = Array(Set(subject.samples.map(\.picture))).sorted()
    guard pictures.count >= 2 else { throw LearningError.onePicture }
    let trainer = Trainer(
      way: subject.way,
      memory: Memory(subject.replayed.map { $0.views[0] }, of: initial, way: subject.way),
      known: subject.replayed, plan: plan)

    let readBefore = try subject.read(folder.model, .samples)
    var verdict = TaughtNetwork.Verdict()
    verdict.pictures = pictures.count
    verdict.samples = subject.samples.count
    verdict.leftOut.before = mistakes(readBefore, subject.samples)
    verdict.taught.before = verdict.leftOut.before
    let checkedBefore = mistakes(try subject.read(folder.model, .checked), subject.checked)
    verdict.replayed = TaughtNetwork.Change(before: checkedBefore, after: checkedBefore)
    guard verdict.leftOut.before.count > 0 else {
      verdict.leftOut.after = verdict.leftOut.before
      verdict.taught.after = verdict.leftOut.before
      return network(folder, verdict)
    }

    progress("\(name): learning")
    let heads = trainer.train(initial, on: subject.samples)
    let count = pictures.count < Self.fewPictures ? pictures.count : Self.mostFolds
    let folds = (0..<count).map { fold in
      progress("\(name): checking, part \(fold + 1) of \(count)")
      let isIn = { (sample: Sample) in
        (pictures.firstIndex(of: sample.picture) ?? 0) % count == fold
      }
      return Fold(
        heads: trainer.train(initial, on: subject.samples.filter { !isIn($0) }), isLeftOut: isIn)
    }
    var taught = folder
    // Integers may forget what floating point didn't: then less of the way is gone.
    var farthest: Float = .infinity
    for choice in choices(heads, folds, initial) where choice.share < farthest {
      farthest = choice.share
      progress("\(name): measuring")
      taught = try quantized(heads[choice.head].blended(from: initial, share: choice.share))
      verdict.steps = (choice.head + 1) * plan.stride
      verdict.share = Double(choice.share)
      verdict.replayed.after = mistakes(
        try subject.read(taught.model, .checked), subject.checked)
      guard !verdict.forgets || choice.share == Self.shares.last else { continue }
      verdict.taught.after = mistakes(try subject.read(taught.model, .samples), subject.samples)
      verdict.leftOut.after = try leftOut(folds, choice, initial)
      verdict.leftOutInFloat = choice.leftOut
      break
    }
    return network(taught, verdict)
  }

  private func network(
    _ folder: ModelFolder, _ verdict: TaughtNetwork.Verdict
  ) -> TaughtNetwork {
    let isOfCharacters = if case .characters = subject.way { true } else { false }
    return TaughtNetwork(
      name: folder.model.name, depth: depth, isOfCharacters: isOfCharacters, folder: folder,
      verdict: verdict)
  }

  /// A part of the pictures left out, and heads that learned from the others.
  private struct Fold {
    let heads: [Head]
    let isLeftOut: (Sample) -> Bool
  }

  /// A head and the share of the way to it, and what it gets wrong in floating point.
  private struct Choice {
    let head: Int
    let share: Float
    let leftOut: Mistakes
    let forgets: Int
  }

  /// The choices, in floating point: those that forget too much last, the others by what they get
  /// wrong on pictures left out.
  private func choices(_ heads: [Head], _ folds: [Fold], _ initial: Head) -> [Choice] {
    let before = subject.way.mistakes(of: initial, in: subject.checked)
    let most = before.rate + TaughtNetwork.Verdict.mostForgotten
    var choices: [Choice] = []
    for head in heads.indices {
      for share in Self.shares {
        let after = subject.way.mistakes(
          of: heads[head].blended(from: initial, share: share), in: subject.checked)
        let leftOut = folds.reduce(Mistakes()) { sum, fold in
          let blend = fold.heads[head].blended(from: initial, share: share)
          return sum
            + subject.way.mistakes(of: blend, in: subject.samples.filter(fold.isLeftOut))
        }
        choices.append(
          Choice(
            head: head, share: share, leftOut: leftOut,
            forgets: after.rate > most ? after.count : 0))
      }
    }
    return choices.sorted {
      ($0.forgets, $0.leftOut.count, $0.head, $1.share)
        < ($1.forgets, $1.leftOut.count, $1.head, $0.share)
    }
  }

  /// What integer networks get wrong that learned from other pictures.
  private func leftOut(_ folds: [Fold], _ choice: Choice, _ initial: Head) throws -> Mistakes {
    var sum = Mistakes()
    for fold in folds {
      let head = fold.heads[choice.head].blended(from: initial, share: choice.share)
      let read = try subject.read(try quantized(head).model, .samples)
      for (sample, labels) in zip(subject.samples, read) where fold.isLeftOut(sample) {
        sum = sum + Mistakes(read: labels, labels: sample.labels)
      }
    }
    return sum
  }

  private func mistakes(_ read: [[Int]], _ samples: [Sample]) -> Mistakes {
    zip(read, samples).reduce(Mistakes()) { $0 + Mistakes(read: $1.0, labels: $1.1.labels) }
  }

  /// The network with a head's weights. The scale of its logits stays, unless they grew beyond it.
  private func quantized(_ head: Head) throws -> ModelFolder {
    var folder = folder
    let first = folder.model.layers.count - head.depth
    let greatest = head.forward(subject.samples.flatMap { $0.views[0].places }).logits.max() ?? 0
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

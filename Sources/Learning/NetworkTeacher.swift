import Inference

/// Teaches one network: tries it on pictures left out, then learns from all.
struct NetworkTeacher {
  /// The network's inputs and what to do with its outputs, which differ for lines and characters.
  struct Subject {
    let task: Task
    let samples: [Sample]
    /// Known print to replay, and known print to be checked.
    let replayed: [Features]
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
  /// Shares of the way to the new weights that are tried, where the whole way forgets.
  private static let shares: [Float] = [1, 0.75, 0.5, 0.35, 0.2]

  let folder: ModelFolder
  let subject: Subject
  var plan: Trainer.Plan
  let depth: Int
  let progress: (String) -> Void

  /// - Throws: `LearningError`, or `ModelError` if the network can't read the samples.
  func taught() throws -> TaughtNetwork {
    let name = folder.model.name
    guard let initial = Head(of: folder, depth: depth) else { throw LearningError.unfit(model: name) }
    let pictures = Array(Set(subject.samples.map(\.picture))).sorted()
    guard pictures.count >= 2 else { throw LearningError.onePicture }
    let trainer = Trainer(
      task: subject.task, memory: Memory(subject.replayed, of: initial, task: subject.task),
      plan: plan)

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
      return TaughtNetwork(name: name, folder: folder, verdict: verdict)
    }

    // Trained on all, as far as it will ever be; a head a checkpoint.
    progress("\(name): learning")
    let heads = trainer.train(initial, on: subject.samples)
    // The farthest that each may go without forgetting more than it may.
    let folds = pictures.count < Self.fewPictures ? pictures.count : Self.mostFolds
    var foldHeads: [[Head]] = []
    for fold in 0..<folds {
      progress("\(name): checking, part \(fold + 1) of \(folds)")
      foldHeads.append(trainer.train(initial, on: samples(outside: fold, folds, pictures)))
    }
    let errors = heads.indices.map { i in
      (0..<folds).reduce(0) { sum, fold in
        sum
          + subject.task.mistakes(
            of: foldHeads[fold][i], in: samples(in: fold, folds, pictures)
          ).count
      }
    }
    let best = errors.indices.min { (errors[$0], $0) < (errors[$1], $1) } ?? 0
    verdict.steps = (best + 1) * plan.stride

    var taught = folder
    for share in Self.shares {
      taught = try quantized(heads[best].blended(from: initial, share: share))
      verdict.share = Double(share)
      verdict.replayed.after = mistakes(
        try subject.read(taught.model, .checked), subject.checked)
      if verdict.replayed.after.rate
        <= verdict.replayed.before.rate + TaughtNetwork.Verdict.mostForgotten
      {
        break
      }
    }
    verdict.taught.after = mistakes(try subject.read(taught.model, .samples), subject.samples)
    var leftOut = Mistakes()
    for fold in 0..<folds {
      let head = foldHeads[fold][best].blended(from: initial, share: Float(verdict.share))
      let read = try subject.read(try quantized(head).model, .samples)
      for (sample, labels) in zip(subject.samples, read)
      where number(of: sample, pictures) % folds == fold {
        leftOut = leftOut + Mistakes(read: labels, labels: sample.labels)
      }
    }
    verdict.leftOut.after = leftOut
    return TaughtNetwork(name: name, folder: taught, verdict: verdict)
  }

  private func number(of sample: Sample, _ pictures: [Int]) -> Int {
    pictures.firstIndex(of: sample.picture) ?? 0
  }

  private func samples(outside fold: Int, _ folds: Int, _ pictures: [Int]) -> [Sample] {
    subject.samples.filter { number(of: $0, pictures) % folds != fold }
  }

  private func samples(in fold: Int, _ folds: Int, _ pictures: [Int]) -> [Sample] {
    subject.samples.filter { number(of: $0, pictures) % folds == fold }
  }

  private func mistakes(_ read: [[Int]], _ samples: [Sample]) -> Mistakes {
    zip(read, samples).reduce(Mistakes()) { $0 + Mistakes(read: $1.0, labels: $1.1.labels) }
  }

  /// The network with a head's weights. The scale of its logits stays, unless they grew beyond it.
  private func quantized(_ head: Head) throws -> ModelFolder {
    var folder = folder
    let first = folder.model.layers.count - head.depth
    let places = subject.samples.flatMap { sample in
      (0..<sample.views[0].columns).map { Head.Place(features: sample.views[0], column: $0) }
    }
    let greatest = head.forward(places).logits.max() ?? 0
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

/// The values of a field so far, and what the next one may be after them.
///
/// A value is good once `agreeing` images in a row show it, but for a step of its last digit in
/// fewer than half of them, and it does nothing that the field's limits forbid. A growing value that
/// falls by a single step stays as it was: the last drum stands between two digits. What is
/// impossible is refused, however often it is seen: a value that was impossible when it was first seen stays so while it
/// stays, since waiting proves nothing.
///
/// A good value may be wrong all the same, as when dirt hides a digit from the first image on. Then
/// the right values are refused. After `doubting` images in a row that contradict it and agree with
/// each other the state is doubtful in place of refused. If in the end four times as many have
/// contradicted it as ever held it, it is given up (`Loss`), which is told, and the field starts
/// anew as on the first day: nothing good until images agree. What many images held, as before a
/// meter is exchanged, only a person gives up (`ValueReader.reset`).
struct FieldHistory: Sendable {
  /// A reading that may be a value.
  fileprivate struct Entry: Sendable, Equatable {
    var text: String
    var number: ValueNumber?
    var time: UInt64?
  }

  /// Images in a row that contradict the good value and agree with each other.
  private struct Row: Sendable {
    var count = 1
    var newest: Entry
  }

  /// What becomes of one reading.
  struct Verdict: Sendable, Equatable {
    var number: ValueNumber?
    var state: FieldValue.State
    var reason: FieldValue.Reason?
  }

  /// A good value that was given up.
  struct Loss: Sendable, Equatable {
    var value: FieldValue.Good
    /// Images in a row that contradicted it.
    var images: Int
  }

  /// Images in a row that contradict a good value, from which on it is doubtful who is right.
  static let doubting = 20
  /// How many times as many images have to contradict a good value as held it.
  static let outweighing = 4

  let limits: Field.Limits
  private(set) var lastGood: FieldValue.Good?
  /// The good value that was given up in favour of the newest reading.
  private(set) var loss: Loss?
  private var good: Entry?
  /// Whether another possible value has been seen since the good one: it then has to be shown anew.
  private var isDisputed = false
  /// The newest possible values, as many as have to agree.
  private var newest: [Entry] = []
  private var contradicting: Row?
  private var evidence = Evidence()

  init(_ limits: Field.Limits) { self.limits = limits }

  /// Forgets all values: the next good one starts anew.
  mutating func reset() { self = FieldHistory(limits) }

  /// Judges what stands in the field.
  ///
  /// - Parameters:
  ///   - found: what was read.
  ///   - time: nanoseconds since 1970; nil where it isn't known, and then nothing jumps.
  /// - Returns: the state that it has now.
  mutating func judge(_ found: FieldText, at time: UInt64?) -> Verdict {
    loss = nil
    if found.isMissing { return Verdict(number: found.numbers.first, .doubtful, .missing) }
    if let fault = found.fault { return Verdict(.refused, fault) }
    let inRange = found.numbers.filter { limits.hold($0) }
    guard found.numbers.isEmpty || !inRange.isEmpty else {
      return Verdict(number: found.numbers.first, .refused, .range)
    }
    var entries = inRange.map { Entry(text: found.text, number: $0, time: time) }
    if entries.isEmpty { entries = [Entry(text: found.text, number: nil, time: time)] }
    let isSure = found.confidence >= limits.confidence
    let likeliest = entries[0]

    if let good {
      if let row = contradicting, limits.allow(from: row.newest, to: likeliest) {
        // It goes on from what was impossible; since then alone it can't have come about.
        var held = good
        held.time = row.newest.time
        if let fault = limits.fault(from: held, to: likeliest) {
          return contradict(likeliest, fault, isSure: isSure)
        }
      }
      let possible = entries.filter { limits.fault(from: good, to: $0) == nil }
      guard !possible.isEmpty else {
        return contradict(
          likeliest, limits.fault(from: good, to: likeliest) ?? .falls, isSure: isSure)
      }
      contradicting = nil
      // Of a drum between two digits the last good value may leave one.
      if entries.count > 1 {
        let isSettled = possible.count == 1 && (limits.grows && limits.mostPerHour != nil)
        guard isSettled else {
          return Verdict(number: likeliest.number, .doubtful, .betweenDigits)
        }
      }
      return agree(possible[0], found, isSure: isSure)
    }
    guard entries.count == 1 else {
      return Verdict(number: likeliest.number, .doubtful, .betweenDigits)
    }
    return agree(likeliest, found, isSure: isSure)
  }

  /// A possible value: good where enough images show it. For the value that is good already,
  /// and that no other has followed, one image and half the confidence are enough: that chance gives
  /// just this one is unlikely.
  private mutating func agree(_ read: Entry, _ found: FieldText, isSure: Bool) -> Verdict {
    var entry = read
    if let good, limits.grows, let old = good.number, let new = read.number, new < old {
      (entry.text, entry.number) = (good.text, old)
    }
    let isSame = good.map { $0.isSame(as: entry) } ?? false
    if !isSame { isDisputed = true }
    let isConfirmed = isSame && !isDisputed
    guard isSure || isConfirmed && found.confidence >= limits.confidence / 2 else {
      return Verdict(number: entry.number, .doubtful, .unsure)
    }
    newest = newest.suffix(limits.agreeing - 1) + [entry]
    guard isConfirmed || limits.agree(newest, on: entry) else {
      return Verdict(number: entry.number, .doubtful, .unconfirmed)
    }
    good = entry
    isDisputed = false
    evidence.add(entry.number)
    lastGood = FieldValue.Good(text: entry.text, number: entry.number, time: entry.time ?? 0)
    return Verdict(number: entry.number, .good, nil)
  }

  /// A value that can't be, after the last good one.
  private mutating func contradict(
    _ entry: Entry, _ fault: FieldValue.Reason, isSure: Bool
  ) -> Verdict {
    newest = []
    guard isSure else { return Verdict(number: entry.number, .refused, fault) }
    if let row = contradicting, limits.allow(from: row.newest, to: entry) {
      contradicting = Row(count: row.count + 1, newest: entry)
    } else {
      contradicting = Row(newest: entry)
    }
    let count = contradicting?.count ?? 0
    guard count >= Self.doubting else { return Verdict(number: entry.number, .refused, fault) }
    let held = fault == .falls ? evidence.images(above: entry.number) : evidence.images
    if let lastGood, count >= Self.outweighing * held {
      let loss = Loss(value: lastGood, images: count)
      reset()
      self.loss = loss
      return Verdict(number: entry.number, .doubtful, fault)
    }
    return Verdict(number: entry.number, .doubtful, fault)
  }
}

extension FieldHistory.Verdict {
  init(number: ValueNumber? = nil, _ state: FieldValue.State, _ reason: FieldValue.Reason?) {
    self.init(number: number, state: state, reason: reason)
  }
}

extension FieldHistory.Entry {
  fileprivate func isSame(as other: Self) -> Bool {
    number == nil ? text == other.text : number == other.number
  }
}

extension Field.Limits {
  fileprivate func hold(_ number: ValueNumber) -> Bool {
    least.map { number.double >= $0 } ?? true && most.map { number.double <= $0 } ?? true
  }

  /// Why a value can't become another one; nil where it can.
  fileprivate func fault(
    from before: FieldHistory.Entry, to after: FieldHistory.Entry
  ) -> FieldValue.Reason? {
    guard let old = before.number, let new = after.number else { return nil }
    if grows, new < old, !old.isNext(to: new) { return .falls }
    guard let mostPerHour, let from = before.time, let to = after.time else { return nil }
    let hours = to > from ? Double(to - from) / 3.6e12 : 0
    // A value that stands still may be about to take its next step.
    let room = mostPerHour * hours + 1.5 * max(old.step, new.step)
    return abs(new.double - old.double) <= room ? nil : .jumps
  }

  fileprivate func allow(from before: FieldHistory.Entry, to after: FieldHistory.Entry) -> Bool {
    fault(from: before, to: after) == nil
  }

  /// Whether enough entries are a value, or in fewer than half of them a step away from it.
  fileprivate func agree(_ entries: [FieldHistory.Entry], on value: FieldHistory.Entry) -> Bool {
    let same = entries.count { $0.isSame(as: value) }
    return entries.count >= agreeing && 2 * same > entries.count
      && entries.allSatisfy { entry in
        if entry.isSame(as: value) { return true }
        guard let number = entry.number, let other = value.number else { return false }
        return number.isNext(to: other)
      }
  }
}

extension ValueNumber {
  /// Whether it is a step of the last digit away. A number with its point elsewhere never is: the
  /// point may not have been seen.
  fileprivate func isNext(to other: ValueNumber) -> Bool {
    decimals == other.decimals && (digits &- other.digits).magnitude == 1
  }
}

/// How many images held which values to be good.
private struct Evidence: Sendable {
  /// The values of so many steps are kept apart; older ones count as the oldest of these.
  private static let most = 256
  private var steps: [(number: ValueNumber?, images: Int)] = []

  /// Images of all good values.
  var images: Int { steps.reduce(0) { $0 + $1.images } }

  mutating func add(_ number: ValueNumber?) {
    if let last = steps.indices.last, steps[last].number == number {
      steps[last].images += 1
      return
    }
    steps.append((number, 1))
    if steps.count > Self.most {
      steps[1].images += steps[0].images
      steps.removeFirst()
    }
  }

  /// Images that held a value of more than `number`.
  func images(above number: ValueNumber?) -> Int {
    guard let number else { return images }
    return steps.reduce(0) { sum, step in
      guard let held = step.number, number < held else { return sum }
      return sum + step.images
    }
  }
}

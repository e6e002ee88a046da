import Images
public import Text

/// Makes a camera's named values of the readings of its successive pictures.
///
/// A struct with the history of each field; give it the pictures in their order.
public struct ValueReader: Sendable {
  /// A field whose good value was given up, since too many pictures contradict it.
  public struct Loss: Sendable, Equatable {
    public let field: String
    public let value: FieldValue.Good
    /// The pictures in a row that contradicted it.
    public let pictures: Int
  }

  /// The losses of the newest picture.
  public private(set) var losses: [Loss] = []

  private let focus: FieldFocus
  private var histories: [FieldHistory]
  private let keepsHistory: Bool

  /// - Parameters:
  ///   - focus: the fields and their places.
  ///   - keepsHistory: false judges each picture by itself, as files that have nothing to do with
  ///     each other.
  public init(_ focus: FieldFocus, keepsHistory: Bool = true) {
    self.focus = focus
    histories = focus.readers.map { reader in
      var limits = reader.field.limits
      if !keepsHistory { limits.agree = 1 }
      return FieldHistory(limits)
    }
    self.keepsHistory = keepsHistory
  }

  /// Forgets a field's values, as after a meter was exchanged; of all fields without a name.
  public mutating func reset(_ name: String? = nil) {
    for index in histories.indices where name == nil || focus.readers[index].field.name == name {
      histories[index].reset()
    }
  }

  /// The values of a picture.
  ///
  /// - Parameters:
  ///   - reading: with boxes in the picture as it came.
  ///   - motion: the movement of the camera; nil where it was moved too far.
  ///   - focus: the fields' places, where they aren't those of the start: the same fields in a part
  ///     of the picture, as `FieldFocus.cut` makes them.
  ///   - time: when it came, in nanoseconds since 1970; nil where that isn't known.
  /// - Returns: a value a field, in the fields' order.
  public mutating func values(
    of reading: Reading, motion: PictureMotion? = PictureMotion.none,
    in focus: FieldFocus? = nil, at time: UInt64?
  ) -> [FieldValue] {
    losses = []
    let focus = focus ?? self.focus
    let upright = reading.uprighted()
    let present = PictureSize(width: upright.width, height: upright.height)
    let place = FieldPlace(motion ?? .none, from: focus.reference ?? present, to: present)
    return focus.readers.indices.map { index in
      var found = focus.readers[index].text(in: upright, at: place)
      let box = reading.mount.sent(found.box, width: reading.width, height: reading.height)
      if reading.missingRows.contains(where: { $0.overlaps(box.y..<max(box.maxY, box.y)) }) {
        found.isMissing = true
      }
      if !keepsHistory { histories[index].reset() }
      var verdict = FieldHistory.Verdict(number: found.numbers.first, .doubtful, .moved)
      if motion != nil {
        verdict = histories[index].judge(found, at: time)
        if let loss = histories[index].loss {
          losses.append(
            Loss(
              field: focus.readers[index].field.name, value: loss.value, pictures: loss.images))
        }
      }
      return FieldValue(
        field: focus.readers[index].field, text: found.text, number: verdict.number,
        confidence: found.confidence, state: verdict.state, reason: verdict.reason,
        lastGood: histories[index].lastGood, box: box)
    }
  }
}

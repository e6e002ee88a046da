public import Gray
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
  /// The movement of the camera that the newest picture shows; nil where it was moved too far, or
  /// the picture doesn't tell.
  public private(set) var motion: PictureMotion? = PictureMotion.none

  private let readers: [FieldReader]
  private var histories: [FieldHistory]
  private let reference: PictureSize?
  private let follower: PictureFollower?
  private let keepsHistory: Bool

  /// - Parameters:
  ///   - fields: with boxes in the reference picture.
  ///   - size: of the reference picture; nil for that of each picture.
  ///   - follower: follows the reference picture; nil for a camera that stands still.
  ///   - keepsHistory: false judges each picture by itself, as files that have nothing to do with
  ///     each other.
  /// - Throws: `PatternError`.
  public init(
    _ fields: [Field], size: PictureSize? = nil, follower: PictureFollower? = nil,
    keepsHistory: Bool = true
  ) throws(PatternError) {
    readers = try fields.map { field throws(PatternError) in try FieldReader(field) }
    histories = fields.map { field in
      var limits = field.limits
      if !keepsHistory { limits.agree = 1 }
      return FieldHistory(limits)
    }
    reference = size
    self.follower = follower
    self.keepsHistory = keepsHistory
  }

  public var fields: [Field] { readers.map(\.field) }

  /// Whether pictures are needed to follow the camera.
  public var follows: Bool { follower != nil }

  /// Forgets a field's values, as after a meter was exchanged; of all fields without a name.
  public mutating func reset(_ name: String? = nil) {
    for index in readers.indices where name == nil || readers[index].field.name == name {
      histories[index].reset()
    }
  }

  /// The values of a picture.
  ///
  /// - Parameters:
  ///   - reading: with boxes in the picture as it came.
  ///   - picture: the picture, upright; nil where it isn't there, as where the board reads.
  ///   - time: when it came, in nanoseconds since 1970; nil where that isn't known.
  /// - Returns: a value a field, in the fields' order.
  public mutating func values(
    of reading: Reading, in picture: GrayImage?, at time: UInt64?
  ) -> [FieldValue] {
    losses = []
    let upright = reading.uprighted()
    let present = PictureSize(width: upright.width, height: upright.height)
    if let follower, let picture {
      motion = follower.motion(to: picture)
    } else {
      motion = PictureMotion.none
    }
    let place = FieldPlace(motion ?? .none, from: reference ?? present, to: present)
    return readers.indices.map { index in
      var found = readers[index].text(in: upright, at: place)
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
            Loss(field: readers[index].field.name, value: loss.value, pictures: loss.images))
        }
      }
      return FieldValue(
        field: readers[index].field, text: found.text, number: verdict.number,
        confidence: found.confidence, state: verdict.state, reason: verdict.reason,
        lastGood: histories[index].lastGood, box: box)
    }
  }
}

public import Images

/// What a field says in one picture.
public struct FieldValue: Sendable, Equatable {
  public enum State: String, Sendable, CaseIterable {
    case good
    /// Read, but not surely enough to be taken.
    case doubtful
    /// Read, and impossible.
    case refused
  }

  /// Reasons why a value isn't good.
  public enum Reason: String, Sendable, CaseIterable {
    /// Nothing is read in the field.
    case empty
    /// A character of little confidence.
    case unsure
    /// Digits are missing, or there are too many.
    case digits
    /// The text isn't what the pattern asks for.
    case pattern
    /// A drum stands between two digits.
    case betweenDigits = "between-digits"
    /// A counter that only grows would fall.
    case falls
    /// It would change faster than it can.
    case jumps
    /// It lies outside of what was told.
    case range
    /// The field isn't where it was: the camera was moved too far.
    case moved
    /// A part of the field never arrived.
    case missing
    /// Too few images have shown it yet.
    case unconfirmed
  }

  public let field: Field
  /// The text as it was read in the field; empty where nothing was.
  public var text: String
  /// The number that the text stands for; nil where it stands for none.
  public var number: ValueNumber?
  /// Confidence that the text is right, 0...1.
  public var confidence: Double
  public var state: State
  /// Nil exactly where the state is good.
  public var reason: Reason?
  /// The last good value, this one where it is good; nil where there never was one.
  public var lastGood: Good?
  /// The place in the picture as it came.
  public var box: PixelBox

  /// A value that was good at a time.
  public struct Good: Sendable, Equatable {
    /// The text without a number where the field's text isn't one.
    public var text: String
    public var number: ValueNumber?
    /// Nanoseconds since 1970; 0 where the time isn't known.
    public var time: UInt64

    public init(text: String, number: ValueNumber?, time: UInt64) {
      self.text = text
      self.number = number
      self.time = time
    }
  }

  public init(
    field: Field, text: String, number: ValueNumber?, confidence: Double, state: State,
    reason: Reason?, lastGood: Good?, box: PixelBox
  ) {
    self.field = field
    self.text = text
    self.number = number
    self.confidence = confidence
    self.state = state
    self.reason = reason
    self.lastGood = lastGood
    self.box = box
  }
}

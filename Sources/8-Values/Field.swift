public import Images

/// A named place of a camera's picture at which a value stands, such as a meter's counter.
public struct Field: Sendable, Equatable {
  /// Letters, digits, `_` and `-`, at most 64: part of topics, columns and metrics.
  public var name: String
  /// The place in the camera's reference picture, upright.
  public var box: PixelBox
  /// Digits that the value has, all of them; nil for any number.
  public var digits: Int?
  /// Digits of them behind the decimal point.
  public var decimals: Int
  /// The unit as it is shown, such as `m³`; empty where there is none.
  public var unit: String
  /// The quantity in the words of Home Assistant's device classes, such as `water`, `gas`, `energy`
  /// or `temperature`; nil where none is told.
  public var quantity: String?
  /// The pattern that the text obeys, as of `--pattern`.
  public var pattern: String?
  public var limits: Limits

  /// What a value may do; what it does beyond them is refused.
  public struct Limits: Sendable, Equatable {
    /// Whether it only grows, as a counter's.
    public var grows = false
    /// The most by which it changes, in units an hour.
    public var mostPerHour: Double?
    public var least: Double?
    public var most: Double?
    /// The least confidence of a good value, the product of its characters'. Of the lines of 300
    /// drawn board images 0.8 leaves out 64 % of the wrong ones and 10 % of the right ones
    /// (`scribe evaluate --thresholds`).
    public var confidence = 0.8
    /// Images that have to show a new value until it is good; nil for the usual number.
    public var agree: Int?

    public init() {}

    /// Images that have to show a new value: one misread image must not be enough where it is known
    /// what a value may do, since a wrong value then keeps the right ones out.
    public var agreeing: Int { agree ?? (grows || mostPerHour != nil ? 3 : 1) }
  }

  public init(name: String, box: PixelBox) {
    self.name = name
    self.box = box
    decimals = 0
    unit = ""
    limits = Limits()
  }
}

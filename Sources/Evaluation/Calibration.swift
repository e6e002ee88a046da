/// The agreement of confidences with accuracy: of all characters with a confidence of 90 %, 90 %
/// should be right.
public struct Calibration: Sendable, Equatable {
  /// Readings of about the same confidence.
  public struct Bin: Sendable, Equatable {
    public fileprivate(set) var count = 0
    public fileprivate(set) var right = 0
    fileprivate var confidences = 0.0

    /// Mean confidence, 0...1.
    public var confidence: Double { count == 0 ? 0 : confidences / Double(count) }
    /// Share that is right, 0...1.
    public var accuracy: Double { count == 0 ? 0 : Double(right) / Double(count) }
  }

  /// Equally wide parts of 0...1.
  public private(set) var bins = [Bin](repeating: Bin(), count: 10)
  public private(set) var count = 0

  public init() {}

  /// - Parameters:
  ///   - confidence: 0...1; values beyond count as the nearer end.
  ///   - isRight: whether the reading is right.
  public mutating func add(confidence: Double, isRight: Bool) {
    let confidence = confidence.isNaN ? 0 : min(1, max(0, confidence))
    let i = min(bins.count - 1, Int(confidence * Double(bins.count)))
    bins[i].count += 1
    bins[i].right += isRight ? 1 : 0
    bins[i].confidences += confidence
    count += 1
  }

  /// Expected calibration error: the mean difference of confidence and accuracy; nil where nothing
  /// was read.
  public var error: Double? {
    guard count > 0 else { return nil }
    let sum = bins.reduce(0) { $0 + abs(Double($1.right) - $1.confidences) }
    return sum / Double(count)
  }
}

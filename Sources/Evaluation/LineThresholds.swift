/// The numbers of right and wrong lines that a least confidence would leave out.
public struct LineThresholds: Sendable, Equatable {
  /// The least confidences that are compared.
  public static let values = [0.5, 0.8, 0.9, 0.95]

  /// Lines as the image shows them, spaces aside.
  public private(set) var right = 0
  /// All other lines that were read: misread, or where there is no text.
  public private(set) var wrong = 0
  /// The number of right lines below each of `values`.
  public private(set) var rightBelow = [Int](repeating: 0, count: values.count)
  /// The number of wrong lines below each of `values`.
  public private(set) var wrongBelow = [Int](repeating: 0, count: values.count)

  public init() {}

  public mutating func add(confidence: Double, isRight: Bool) {
    right += isRight ? 1 : 0
    wrong += isRight ? 0 : 1
    for (i, value) in Self.values.enumerated() where confidence < value {
      rightBelow[i] += isRight ? 1 : 0
      wrongBelow[i] += isRight ? 0 : 1
    }
  }
}

internal import Glibc

extension Model {
  /// The softmax of logits, 0...1, place by place. If the network ends with a softmax, its outputs
  /// are probabilities already and only divided by their sum, which rounding keeps from being 1.
  ///
  /// - Precondition: `logits.count` is a multiple of `labels.count`.
  public func probabilities(of logits: [Int8]) -> [Float] {
    precondition(logits.count % labels.count == 0)
    var result = [Float](repeating: 0, count: logits.count)
    if layers.last?.kind == .softmax {
      for first in stride(from: 0, to: logits.count, by: labels.count) {
        let range = first..<first + labels.count
        var sum: Float = 0
        for i in range { sum += Float(Int(logits[i]) + 128) }
        for i in range {
          result[i] = sum > 0 ? Float(Int(logits[i]) + 128) / sum : 1 / Float(labels.count)
        }
      }
      return result
    }
    for first in stride(from: 0, to: logits.count, by: labels.count) {
      let range = first..<first + labels.count
      var greatest = Int8.min
      for i in range { greatest = max(greatest, logits[i]) }
      var sum: Float = 0
      for i in range {
        let value = exponentials[Int(greatest) - Int(logits[i])]
        result[i] = value
        sum += value
      }
      for i in range { result[i] /= sum }
    }
    return result
  }

  static func exponentials(scale: Float) -> [Float] {
    (0...255).map { expf(-scale * Float($0)) }
  }
}

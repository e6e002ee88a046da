extension Model {
  /// The network up to its last `count` layers: its logits are the values that they take, channels
  /// for labels. What learns on top of it learns from what the integer network really sees.
  ///
  /// - Precondition: `count` is less than the number of layers, and none of those left out is
  ///   needed before.
  package func trunk(without count: Int) -> Model {
    precondition(count > 0 && count < layers.count)
    let first = Array(layers.dropLast(count))
    let channels = 0..<layers[first.count - 1].output.channels
    return Model(partOf: self, layers: first, labels: channels.map { "\($0)" })
  }

  /// The last `count` layers by themselves: they take what `trunk(without:)` gives, as bytes, each
  /// value + 128.
  ///
  /// - Precondition: `count` is less than the number of layers, none of them needs an earlier one, and
  ///   the zero point of what they take is -128.
  package func head(of count: Int) -> Model {
    precondition(count > 0 && count < layers.count)
    let last = Array(layers.suffix(count))
    precondition(last[0].inputQuantization.zeroPoint == -128 && last.allSatisfy { $0.other == nil })
    return Model(partOf: self, layers: last, labels: labels)
  }
}

extension Model {
  /// The network up to its last `count` layers: its logits are the values that they take, channels
  /// for labels. What learns on top of it learns from what the integer network really sees.
  ///
  /// - Precondition: `count` is less than the number of layers, and none of those left out is
  ///   needed before.
  package func trunk(without count: Int) -> Model {
    precondition(count > 0 && count < layers.count)
    return Model(trunkOf: self, layers: Array(layers.dropLast(count)))
  }
}

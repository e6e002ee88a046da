extension Model {
  /// The same network for patches of another width, of which it has a row of logits that is longer
  /// or shorter: a reader of lines is trained at one width and reads lines of any.
  ///
  /// The weights are shared, not copied. What is made anew are tables of places: keep the result for
  /// the next line of this width. It has no test vectors.
  ///
  /// Away from the border logits don't depend on the width, provided that it differs from the
  /// trained one by a multiple of all strides together. (`same` padding divides what it adds
  /// between left and right, so otherwise the strides begin at another column.)
  ///
  /// - Throws: `ModelError.fixedWidth` if a dense layer wants one width, if the width is too small
  ///   for a kernel or leaves more than one row, or if the network would be larger than a model
  ///   may be.
  public func widened(to width: Int) throws(ModelError) -> Model {
    guard width != input.width else { return self }
    func refuse(_ reason: String) -> ModelError {
      .fixedWidth(model: name, width: width, reason: reason)
    }
    if let dense = layers.firstIndex(where: { $0.kind == .dense }) {
      throw refuse("layer \(dense) is dense and takes \(input.width) columns only")
    }
    guard (1...Self.largestSide).contains(width) else {
      throw refuse("a width is 1...\(Self.largestSide)")
    }
    let shape = TensorShape(height: input.height, width: width, channels: input.channels)
    guard shape.count <= Self.mostValues else {
      throw refuse("a patch may have \(Self.mostValues) values")
    }
    var widened: [Layer] = []
    for layer in layers {
      let next = layer.taking(widened.last?.output ?? shape)
      guard next.output.width >= 1 else {
        throw refuse("the kernel of layer \(widened.count) doesn't fit")
      }
      guard next.output.count <= Self.mostValues, next.paddedInput.count <= Self.mostPaddedValues
      else { throw refuse("the values of layer \(widened.count) would be too many") }
      widened.append(next)
    }
    guard Self.macs(widened) <= Self.mostMACs else {
      throw refuse("a model may take \(Self.mostMACs) multiplications and additions")
    }
    return Model(self, input: shape, layers: widened)
  }
}

extension Layer {
  /// The layer at another width; its output has width 0 if the kernel doesn't fit.
  fileprivate func taking(_ input: TensorShape) -> Layer {
    // A table or a softmax has a kernel of 1x1.
    let width = padding.size(input.width, reach: reach.width, stride: stride.width)
    return Layer(
      kind: kind, input: input,
      output: TensorShape(height: output.height, width: width, channels: output.channels),
      inputQuantization: inputQuantization, outputQuantization: outputQuantization,
      kernel: kernel, stride: stride, dilation: dilation, padding: padding,
      activation: activation, weights: weights, biases: biases, requantizers: requantizers,
      results: results)
  }
}

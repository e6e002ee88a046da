extension Model {
  /// The same network for patches of another width: a reader of lines is trained at one width and
  /// reads lines of any.
  ///
  /// - Throws: as `resized(to:height:)`.
  public func widened(to width: Int) throws(ModelError) -> Model {
    try resized(to: width, height: input.height)
  }

  /// The same network for patches of another size, of which it has more or fewer logits: a finder
  /// of text is trained on pieces of pictures and looks at pictures of any size.
  ///
  /// The weights are shared, not copied. Only tables of offsets are made anew: keep the result for
  /// the next line of this size. It has no test vectors.
  ///
  /// Away from the border logits don't depend on the size, provided that it differs from the
  /// trained one by multiples of all strides together. (`same` padding divides its columns between
  /// left and right, so otherwise the strides begin at another column.)
  ///
  /// - Throws: `ModelError.fixedSize` if a dense layer wants one size, if the size is too small for
  ///   a kernel, or if the network would be larger than a model may be.
  public func resized(to width: Int, height: Int) throws(ModelError) -> Model {
    guard width != input.width || height != input.height else { return self }
    func refuse(_ reason: String) -> ModelError {
      .fixedSize(model: name, width: width, height: height, reason: reason)
    }
    if let dense = layers.firstIndex(where: { $0.kind == .dense }) {
      throw refuse("layer \(dense) is dense and takes \(input.width)x\(input.height) only")
    }
    if height != input.height, let lstm = layers.firstIndex(where: { $0.kind == .lstm }) {
      throw refuse("layer \(lstm) is an lstm and takes one row, which \(input.height) give")
    }
    guard (1...Self.largestSide).contains(width), (1...Self.largestSide).contains(height) else {
      throw refuse("a side is 1...\(Self.largestSide)")
    }
    let shape = TensorShape(height: height, width: width, channels: input.channels)
    guard shape.count <= Self.mostValues else {
      throw refuse("a patch may have \(Self.mostValues) values")
    }
    var resized: [Layer] = []
    for layer in layers {
      let other = layer.other.map { resized[$0].output }
      let next = layer.taking(resized.last?.output ?? shape)
      guard other == nil || other?.height == next.input.height && other?.width == next.input.width
      else {
        throw refuse(
          "layer \(resized.count) puts side by side what has other sides then: they have to be "
            + "multiples of \(grain.height) and \(grain.width)")
      }
      guard next.output.width >= 1, next.output.height >= 1 else {
        throw refuse("the kernel of layer \(resized.count) doesn't fit")
      }
      guard next.output.count <= Self.mostValues, next.paddedInput.count <= Self.mostPaddedValues
      else { throw refuse("the values of layer \(resized.count) would be too many") }
      resized.append(next)
    }
    guard Self.macs(resized) <= Self.mostMACs else {
      throw refuse("a model may take \(Self.mostMACs) multiplications and additions")
    }
    return Model(self, input: shape, layers: resized)
  }
}

extension Model {
  /// Rows and columns of the input per place of the coarsest layer: at such sizes and their
  /// multiples, all layers are whole.
  package var grain: Layer.Window {
    layers.reduce(Layer.Window(height: 1, width: 1)) { grain, layer in
      Layer.Window(
        height: max(grain.height, input.height / layer.output.height),
        width: max(grain.width, input.width / layer.output.width))
    }
  }
}

extension Layer {
  /// The layer at another size; its output has a side of 0 if the kernel doesn't fit.
  fileprivate func taking(_ input: TensorShape) -> Layer {
    // A table or a softmax has a kernel of 1x1.
    let factor = kind == .upsample ? 2 : 1
    let width = factor * padding.size(input.width, reach: reach.width, stride: stride.width)
    let height = factor * padding.size(input.height, reach: reach.height, stride: stride.height)
    return Layer(
      kind: kind, input: input,
      output: TensorShape(height: height, width: width, channels: output.channels),
      inputQuantization: inputQuantization, outputQuantization: outputQuantization,
      kernel: kernel, stride: stride, dilation: dilation, padding: padding,
      activation: activation, weights: weights, biases: biases, requantizers: requantizers,
      results: results, other: other, recurrence: recurrence)
  }
}

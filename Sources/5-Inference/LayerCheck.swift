/// Checks of one layer's record against the layers before it.
struct LayerCheck {
  let check: Check
  let record: Manifest.LayerRecord
  let field: String
  /// The output of the layer before.
  let input: TensorShape
  let quantization: Quantization
  /// The file of weights.
  let blob: [UInt8]
  let before: [Layer]

  private func required<T>(_ value: T?, _ name: String) throws(ModelError) -> T {
    guard let value else { throw .missingField(file: check.file, field: "\(field).\(name)") }
    return value
  }

  /// Checks all fields of the layer.
  ///
  /// - Parameters:
  ///   - flattened: whether a dense layer came before.
  ///   - isLast: whether none comes after.
  /// - Returns: the layer.
  /// - Throws: `ModelError`, which names the field.
  func layer(flattened: Bool, isLast: Bool) throws(ModelError) -> Layer {
    let kind = try kind(flattened: flattened, isLast: isLast)
    let activation = try check.name(
      record.activation, "\(field).activation", as: Layer.Activation.self)
    try check.equal(
      check.shape(record.input, "\(field).input").description, input.description,
      "\(field).input")
    let output = try check.shape(record.output, "\(field).output")
    let outputQuantization = try scales(kind)
    let window = try window(kind)
    let choosesChannels = kind == .convolution || kind == .dense || kind == .lstm
    var channels = choosesChannels ? record.output[2] : input.channels
    if kind == .concatenation { channels += try otherChannels() }
    try check.equal(
      output.description, window.output(of: kind, input, channels: channels).description,
      "\(field).output")
    if kind.keepsValues {
      try check.equal(outputQuantization.scale, quantization.scale, "\(field).output_scale")
      try check.equal(
        outputQuantization.zeroPoint, quantization.zeroPoint, "\(field).output_zero_point")
    }
    let results = try results(kind, output: outputQuantization, channels: channels)
    if !kind.hasWeights || kind == .lstm {
      try check.equal(
        activation.rawValue, Layer.Activation.none.rawValue, "\(field).activation")
    }
    let recurrence = try recurrence(kind, units: channels, output: outputQuantization)
    let parameters = try parameters(
      kind, kernel: window.kernel, channels: channels, output: outputQuantization)
    let layer = Layer(
      kind: kind, input: input, output: output, inputQuantization: quantization,
      outputQuantization: outputQuantization, kernel: window.kernel, stride: window.stride,
      dilation: window.dilation, padding: window.padding, activation: activation,
      weights: parameters.weights, biases: parameters.biases,
      requantizers: parameters.requantizers, results: results,
      other: kind == .concatenation ? record.with : nil, recurrence: recurrence)
    try check.range(
      layer.paddedInput.count, 1...Model.mostPaddedValues, "\(field).input with padding")
    return layer
  }

  private func kind(flattened: Bool, isLast: Bool) throws(ModelError) -> Layer.Kind {
    let kind = try check.name(record.kind, "\(field).kind", as: Layer.Kind.self)
    if flattened && !kind.takesFlat {
      throw .unsupported(
        file: check.file, field: "\(field).kind after a dense layer", found: record.kind,
        known: Layer.Kind.allCases.filter(\.takesFlat).map(\.rawValue))
    }
    if kind == .softmax && !isLast {
      throw .unsupported(
        file: check.file, field: "\(field).kind before the last layer", found: record.kind,
        known: Layer.Kind.allCases.filter { $0 != .softmax }.map(\.rawValue))
    }
    if kind == .lstm { try check.equal(input.height, 1, "\(field).input[0]") }
    return kind
  }

  /// The quantization of the output, where the input has that of the layer before.
  private func scales(_ kind: Layer.Kind) throws(ModelError) -> Quantization {
    try check.equal(
      check.scale(record.inputScale, "\(field).input_scale"), quantization.scale,
      "\(field).input_scale")
    try check.equal(
      record.inputZeroPoint, quantization.zeroPoint, "\(field).input_zero_point")
    let scale = try check.scale(record.outputScale, "\(field).output_scale")
    try check.range(record.outputZeroPoint, -128...127, "\(field).output_zero_point")
    return Quantization(scale: scale, zeroPoint: record.outputZeroPoint)
  }

  /// A kernel and its stride, padding and dilation.
  private struct Window {
    var kernel = Layer.Window(height: 1, width: 1)
    var stride = Layer.Window(height: 1, width: 1)
    var dilation = Layer.Window(height: 1, width: 1)
    var padding = Layer.Padding.valid

    func output(of kind: Layer.Kind, _ input: TensorShape, channels: Int) -> TensorShape {
      switch kind {
      case .dense: return TensorShape(height: 1, width: 1, channels: channels)
      case .upsample:
        return TensorShape(
          height: 2 * input.height, width: 2 * input.width, channels: channels)
      default:
        let reach = Layer.reach(of: kernel, dilation: dilation)
        return TensorShape(
          height: padding.size(input.height, reach: reach.height, stride: stride.height),
          width: padding.size(input.width, reach: reach.width, stride: stride.width),
          channels: channels)
      }
    }
  }

  private func window(_ kind: Layer.Kind) throws(ModelError) -> Window {
    var window = Window()
    if kind.hasKernel {
      window.kernel = try check.window(record.kernel, "\(field).kernel")
      window.stride = try check.window(record.stride, "\(field).stride")
      window.padding = try check.name(
        record.padding, "\(field).padding", as: Layer.Padding.self)
    }
    if let factors = record.dilation {
      window.dilation = try check.window(factors, "\(field).dilation")
      if !kind.mayDilate { try check.equal(factors, [1, 1], "\(field).dilation") }
    }
    return window
  }

  private struct Parameters {
    var weights: [Int8] = []
    var biases: [Int32] = []
    var requantizers: [Requantizer] = []
  }

  private func parameters(
    _ kind: Layer.Kind, kernel: Layer.Window, channels: Int, output: Quantization
  ) throws(ModelError) -> Parameters {
    var parameters = Parameters()
    guard kind.hasWeights else { return parameters }
    if kind == .lstm { return try gates(units: channels) }
    let taps = kernel.height * kernel.width
    let fanIn = kind == .dense ? input.count : kind == .depthwise ? taps : taps * input.channels
    parameters.weights = try weights(channels: channels, fanIn: fanIn)
    parameters.biases = try biases(channels)
    let scales = try required(record.weightScales, "weight_scales")
    try check.equal(scales.count, channels, "\(field).weight_scales.count")
    for (i, value) in scales.enumerated() {
      let scale = try check.scale(value, "\(field).weight_scales[\(i)]")
      parameters.requantizers.append(
        Requantizer(input: quantization.scale, weight: scale, output: output.scale))
    }
    try checkSums(
      parameters.weights, parameters.biases, parameters.requantizers,
      zeroPoint: quantization.zeroPoint, depthwise: kind == .depthwise)
    return parameters
  }

  /// What an lstm's gates take of its input.
  private func gates(units: Int) throws(ModelError) -> Parameters {
    let rows = Recurrence.gates * units
    let requantizers = try gateRequantizers(units: units, input: quantization.scale, first: 0)
    let parameters = Parameters(
      weights: try weights(channels: rows, fanIn: input.channels), biases: try biases(rows),
      requantizers: requantizers)
    try checkSums(
      parameters.weights, parameters.biases, requantizers, zeroPoint: quantization.zeroPoint,
      scale: { $0 / units })
    return parameters
  }

  /// What an lstm has besides; nil for other layers.
  private func recurrence(
    _ kind: Layer.Kind, units: Int, output: Quantization
  ) throws(ModelError) -> Recurrence? {
    guard kind == .lstm else { return nil }
    let scales = try required(record.weightScales, "weight_scales")
    try check.equal(scales.count, 2 * Recurrence.gates, "\(field).weight_scales.count")
    let rows = Recurrence.gates * units
    let weights = try weights(
      channels: rows, fanIn: units, offset: record.recurrentOffset, name: "recurrent_offset")
    let requantizers = try gateRequantizers(
      units: units, input: output.scale, first: Recurrence.gates)
    try checkSums(
      weights, [Int32](repeating: 0, count: rows), requantizers, zeroPoint: output.zeroPoint,
      scale: { Recurrence.gates + $0 / units })
    let recurrence = Recurrence(
      weights: weights, requantizers: requantizers, cellBits: try cellBits(),
      outputScale: output.scale, sigmoids: try sigmoids())
    guard recurrence.shown.shift <= 0 else {
      throw check.invalid(
        "\(field).output_scale", expected: "more than 2^-30", found: "\(output.scale)")
    }
    return recurrence
  }

  /// Of each row of one of an lstm's two matrices.
  private func gateRequantizers(
    units: Int, input: Float, first: Int
  ) throws(ModelError) -> [Requantizer] {
    let scales = try required(record.weightScales, "weight_scales")
    var requantizers: [Requantizer] = []
    for gate in first..<first + Recurrence.gates {
      let scale = try check.scale(scales[gate], "\(field).weight_scales[\(gate)]")
      requantizers += Array(
        repeating: Requantizer(input: input, weight: scale, output: Recurrence.gateScale),
        count: units)
    }
    return requantizers
  }

  /// Bits behind the point of an lstm's cells.
  private func cellBits() throws(ModelError) -> Int {
    let scale = try required(record.cellScale, "cell_scale")
    guard
      let bits = Recurrence.cellBits.first(where: {
        scale == Double(sign: .plus, exponent: -$0, significand: 1)
      })
    else {
      throw check.invalid(
        "\(field).cell_scale",
        expected: "2^-\(Recurrence.cellBits.upperBound) to 2^-\(Recurrence.cellBits.lowerBound)",
        found: "\(scale)")
    }
    return bits
  }

  /// The table of an lstm's functions. The kernels rely on its values' order.
  private func sigmoids() throws(ModelError) -> [Int32] {
    let offset = try required(record.tableOffset, "table_offset")
    let size = 2 * 256
    guard size <= blob.count, (0...blob.count - size).contains(offset), offset % 2 == 0 else {
      throw check.invalid(
        "\(field).table_offset", expected: "\(size) bytes within weights.bin, a multiple of 2",
        found: "\(offset)")
    }
    let values = (0..<256).map {
      Int32(blob[offset + 2 * $0]) | Int32(blob[offset + 2 * $0 + 1]) << 8
    }
    guard values[0] >= 1 << 15, zip(values, values.dropFirst()).allSatisfy(<=) else {
      throw check.invalid(
        "\(field).table", expected: "32768 at least, then no fall", found: "others")
    }
    return values
  }

  /// The channels of the layer that a concatenation names, which has to match `input`.
  private func otherChannels() throws(ModelError) -> Int {
    let with = try required(record.with, "with")
    guard before.indices.contains(with) else {
      throw check.invalid(
        "\(field).with", expected: "an earlier layer's number", found: "\(with)")
    }
    let other = before[with]
    let shape = TensorShape(
      height: input.height, width: input.width, channels: other.output.channels)
    try check.equal(other.output.description, shape.description, "\(field).with, its output")
    try check.equal(other.outputQuantization, quantization, "\(field).with, its output's scale")
    return other.output.channels
  }

  /// The values that a table or a softmax looks up; empty for other layers.
  private func results(
    _ kind: Layer.Kind, output: Quantization, channels: Int
  ) throws(ModelError) -> [Int32] {
    guard kind == .table || kind == .softmax else { return [] }
    let name: String
    if kind == .softmax {
      name = "softmax"
      try check.range(channels, 2...Softmax.mostLabels, "\(field).output[2]")
    } else {
      let function = try required(record.function, "function")
      try check.range(function.utf8.count, 1...64, "\(field).function.length")
      name = function
    }
    // The fixed quantizations of TensorFlow Lite, which knows no others.
    let fixed: [String: Quantization] = [
      "sigmoid": Quantization(scale: 1 / 256, zeroPoint: -128),
      "tanh": Quantization(scale: 1 / 128, zeroPoint: 0),
      "softmax": Quantization(scale: 1 / 256, zeroPoint: -128),
    ]
    if let wanted = fixed[name] {
      try check.equal(output.scale, wanted.scale, "\(field).output_scale")
      try check.equal(output.zeroPoint, wanted.zeroPoint, "\(field).output_zero_point")
    }
    let offset = try required(record.tableOffset, "table_offset")
    let size = kind == .table ? 256 : 1024
    guard size <= blob.count, (0...blob.count - size).contains(offset),
      kind == .table || offset % 4 == 0
    else {
      throw check.invalid(
        "\(field).table_offset",
        expected: "\(size) bytes within weights.bin" + (kind == .table ? "" : ", a multiple of 4"),
        found: "\(offset)")
    }
    guard kind == .softmax else {
      return blob[offset..<offset + size].map { Int32(Int8(bitPattern: $0)) }
    }
    let powers = (0..<256).map { Int32(bitPattern: littleEndian(blob, at: offset + 4 * $0)) }
    // The sums that follow rely on this.
    guard powers[0] == Int32.max, powers[255] >= 0, zip(powers, powers.dropFirst()).allSatisfy(>=)
    else {
      throw check.invalid(
        "\(field).table", expected: "\(Int32.max), then falling to 0 at least", found: "others")
    }
    return powers
  }

  private func weights(channels: Int, fanIn: Int) throws(ModelError) -> [Int8] {
    try weights(
      channels: channels, fanIn: fanIn, offset: record.weightsOffset, name: "weights_offset")
  }

  private func weights(
    channels: Int, fanIn: Int, offset: Int?, name: String
  ) throws(ModelError) -> [Int8] {
    let offset = try required(offset, name)
    let (count, overflow) = channels.multipliedReportingOverflow(by: fanIn)
    guard !overflow, count <= blob.count else {
      throw check.invalid(
        "\(field).output", expected: "at most \(blob.count) weights, the size of weights.bin",
        found: overflow ? "more" : "\(count)")
    }
    try check.range(offset, 0...(blob.count - count), "\(field).\(name)")
    let weights = blob.withUnsafeBytes { blob in
      let part = UnsafeRawBufferPointer(rebasing: blob[offset..<offset + count])
      return [Int8](part.bindMemory(to: Int8.self))
    }
    if let at = weights.firstIndex(of: -128) {
      throw check.invalid("\(field).weights[\(at)]", expected: "-127...127", found: "-128")
    }
    return weights
  }

  private func biases(_ count: Int) throws(ModelError) -> [Int32] {
    let offset = try required(record.biasOffset, "bias_offset")
    guard 4 * count <= blob.count else {
      throw .invalidField(
        file: check.file, field: "\(field).output", expected: "at most \(blob.count / 4) biases",
        found: "\(count)")
    }
    try check.range(offset, 0...(blob.count - 4 * count), "\(field).bias_offset")
    guard offset % 4 == 0 else {
      throw check.invalid("\(field).bias_offset", expected: "a multiple of 4", found: "\(offset)")
    }
    return (0..<count).map { Int32(bitPattern: littleEndian(blob, at: offset + 4 * $0)) }
  }

  /// No input may overflow a 32-bit sum, so that the kernels needn't look. `scale` tells the number
  /// of a channel's scale.
  private func checkSums(
    _ weights: [Int8], _ biases: [Int32], _ requantizers: [Requantizer], zeroPoint: Int,
    depthwise: Bool = false, scale: (Int) -> Int = { $0 }
  ) throws(ModelError) {
    let reach = max(127 - zeroPoint, zeroPoint + 128)
    let channels = biases.count
    let fanIn = weights.count / channels
    for channel in 0..<channels {
      // No overflow: a model has at most 32 MB of weights.
      let magnitudes = weights.withUnsafeBufferPointer { weights in
        var sum = 0
        if depthwise {
          for i in 0..<fanIn { sum &+= abs(Int(weights[i &* channels &+ channel])) }
        } else {
          for i in channel &* fanIn..<(channel &+ 1) &* fanIn { sum &+= abs(Int(weights[i])) }
        }
        return sum
      }
      let sum = abs(Int(biases[channel])) + reach * magnitudes
      let shift = requantizers[channel].shift
      guard shift <= 30, sum <= Int(Int32.max) >> max(shift, 0) else {
        throw check.invalid(
          "\(field).weight_scales[\(scale(channel))]",
          expected: "sums of at most \(Int32.max) after the left shift",
          found: "sums up to \(sum), shifted left by \(shift)")
      }
    }
  }
}

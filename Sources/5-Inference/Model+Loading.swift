extension Model {
  /// The most that a manifest, the weights and the test vectors may take.
  static let largestManifest = 4 << 20
  static let largestWeights = 32 << 20
  static let largestVectors = 32 << 20
  static let mostLayers = 64
  static let mostLabels = 4096
  static let mostValues = 1 << 20
  /// With its padding, which a dilated kernel may make many times as large.
  static let mostPaddedValues = 1 << 22
  /// Of all layers together: what a plan and a workspace are made from.
  static let mostValuesInAll = 1 << 23
  static let largestSide = 4096
  static let largestKernel = 64
  static let mostMACs = 1 << 30

  /// Loads the model in `directory` and checks every field, the size and the hash of its weights.
  ///
  /// - Throws: `ModelError`, which names the file and the field.
  public init(directory: String) throws(ModelError) {
    let file = directory + "/model.json"
    let manifest = try Manifest(
      json: fileBytes(file, limit: Self.largestManifest), file: file)
    let weightsFile = directory + "/weights.bin"
    let check = Check(file: file)
    try check.range(manifest.weights.bytes, 1...Self.largestWeights, "weights.bytes")
    let blob = try fileBytes(weightsFile, limit: Self.largestWeights)
    guard blob.count == manifest.weights.bytes else {
      throw .wrongSize(file: weightsFile, expected: manifest.weights.bytes, found: blob.count)
    }
    let hash = SHA256.hexDigest(of: blob)
    guard hash == manifest.weights.sha256 else {
      throw .wrongHash(file: weightsFile, expected: manifest.weights.sha256, found: hash)
    }
    try self.init(manifest: manifest, blob: blob, directory: directory, check: check)
  }

  /// A model that lies in no folder. All is checked but the size and the hash of its weights.
  ///
  /// - Throws: `ModelError` that names `file` as the manifest.
  package init(manifest json: [UInt8], weights: [UInt8], file: String) throws(ModelError) {
    try self.init(
      manifest: Manifest(json: json, file: file), blob: weights, directory: "",
      check: Check(file: file))
  }

  private init(
    manifest: Manifest, blob: [UInt8], directory: String, check: Check
  ) throws(ModelError) {
    let shape = try check.shape(manifest.input.shape, "input.shape")
    let inputScale = try check.scale(manifest.input.scale, "input.scale")
    // So that a pixel becomes int8 by turning its highest bit.
    try check.equal(inputScale, 1 / 255, "input.scale")
    try check.equal(manifest.input.zeroPoint, -128, "input.zero_point")
    try check.range(manifest.name.utf8.count, 0...256, "name.length")
    try check.range(manifest.labels.count, 2...Self.mostLabels, "labels.count")
    for (i, label) in manifest.labels.enumerated() {
      try check.range(label.utf8.count, 0...64, "labels[\(i)].length")
    }
    try check.equal(Set(manifest.labels).count, manifest.labels.count, "labels, distinct ones")
    try check.range(manifest.layers.count, 1...Self.mostLayers, "layers.count")

    var layers: [Layer] = []
    var current = shape
    var quantization = Quantization(scale: inputScale, zeroPoint: -128)
    var flattened = false
    var values = shape.count
    for (i, record) in manifest.layers.enumerated() {
      let layer = try check.layer(
        record, "layers[\(i)]", input: current, quantization: quantization, blob: blob,
        flattened: flattened, isLast: i == manifest.layers.count - 1, before: layers)
      flattened = flattened || layer.kind == .dense
      values += layer.paddedInput.count + layer.output.count
      try check.range(values, 0...Self.mostValuesInAll, "layers[\(i)], values up to it")
      current = layer.output
      quantization = layer.outputQuantization
      layers.append(layer)
    }
    // A row or rows of them: one after a dense layer, any number where none is.
    try check.equal(
      current.channels, manifest.labels.count, "layers[\(layers.count - 1)].output[2]")

    let parameters = layers.reduce(0) { $0 + $1.weights.count + $1.biases.count }
    try check.equal(manifest.parameters, parameters, "parameters")
    let macs = Self.macs(layers)
    try check.equal(manifest.macs, macs, "macs")
    try check.range(macs, 0...Self.mostMACs, "macs")

    let record = manifest.training
    try check.fraction(record.floatAccuracy, "training.float_accuracy")
    try check.fraction(record.int8Accuracy, "training.int8_accuracy")

    self.name = manifest.name
    self.labels = manifest.labels
    self.input = shape
    self.positions = current.width * current.height
    self.output = quantization
    self.training = Training(
      recipe: record.recipe, seed: record.seed, dataHash: record.dataSha256,
      floatAccuracy: record.floatAccuracy, int8Accuracy: record.int8Accuracy)
    self.parameters = parameters
    self.macs = macs
    self.weightsHash = manifest.weights.sha256
    self.layers = layers
    self.directory = directory
    self.vectorsRecord = manifest.vectors
    self.plan = Plan(input: shape, layers: layers)
    self.exponentials = Self.exponentials(scale: quantization.scale)
  }
}

/// Checks of a manifest's fields; every failure names the file and the field.
private struct Check {
  let file: String

  func invalid(_ field: String, expected: String, found: String) -> ModelError {
    .invalidField(file: file, field: field, expected: expected, found: found)
  }

  func range(_ value: Int, _ range: ClosedRange<Int>, _ field: String) throws(ModelError) {
    guard range.contains(value) else {
      throw invalid(
        field, expected: "\(range.lowerBound)...\(range.upperBound)", found: "\(value)")
    }
  }

  func equal<T: Equatable>(_ found: T, _ expected: T, _ field: String) throws(ModelError) {
    guard found == expected else {
      throw invalid(field, expected: "\(expected)", found: "\(found)")
    }
  }

  func fraction(_ value: Double, _ field: String) throws(ModelError) {
    guard (0...1).contains(value) else {
      throw invalid(field, expected: "0...1", found: "\(value)")
    }
  }

  /// Scales far outside what a network has would overflow the arithmetic that follows.
  func scale(_ value: Double, _ field: String) throws(ModelError) -> Float {
    guard value >= 1e-12, value <= 1e12 else {
      throw invalid(field, expected: "1e-12...1e12", found: "\(value)")
    }
    return Float(value)
  }

  func name<T: RawRepresentable & CaseIterable>(
    _ found: String?, _ field: String, as type: T.Type
  ) throws(ModelError) -> T where T.RawValue == String {
    guard let found else { throw .missingField(file: file, field: field) }
    guard let value = T(rawValue: found) else {
      throw .unsupported(file: file, field: field, found: found, known: T.allCases.map(\.rawValue))
    }
    return value
  }

  func shape(_ found: [Int], _ field: String) throws(ModelError) -> TensorShape {
    guard found.count == 3, found.allSatisfy({ (1...Model.largestSide).contains($0) }),
      found[0] * found[1] * found[2] <= Model.mostValues
    else {
      throw invalid(
        field, expected: "three of 1...\(Model.largestSide), \(Model.mostValues) values in all",
        found: "\(found)")
    }
    return TensorShape(height: found[0], width: found[1], channels: found[2])
  }

  func window(_ found: [Int]?, _ field: String) throws(ModelError) -> Layer.Window {
    guard let found else { throw .missingField(file: file, field: field) }
    guard found.count == 2, found.allSatisfy({ (1...Model.largestKernel).contains($0) }) else {
      throw invalid(field, expected: "two of 1...\(Model.largestKernel)", found: "\(found)")
    }
    return Layer.Window(height: found[0], width: found[1])
  }

  func layer(
    _ record: Manifest.LayerRecord, _ field: String, input: TensorShape,
    quantization: Quantization, blob: [UInt8], flattened: Bool, isLast: Bool, before: [Layer]
  ) throws(ModelError) -> Layer {
    let kind = try name(record.kind, "\(field).kind", as: Layer.Kind.self)
    if flattened && !kind.takesFlat {
      throw .unsupported(
        file: file, field: "\(field).kind after a dense layer", found: record.kind,
        known: Layer.Kind.allCases.filter(\.takesFlat).map(\.rawValue))
    }
    if kind == .softmax && !isLast {
      throw .unsupported(
        file: file, field: "\(field).kind before the last layer", found: record.kind,
        known: Layer.Kind.allCases.filter { $0 != .softmax }.map(\.rawValue))
    }
    let activation = try name(record.activation, "\(field).activation", as: Layer.Activation.self)
    try equal(
      shape(record.input, "\(field).input").description, input.description, "\(field).input")
    let output = try shape(record.output, "\(field).output")
    try equal(
      scale(record.inputScale, "\(field).input_scale"), quantization.scale, "\(field).input_scale")
    try equal(record.inputZeroPoint, quantization.zeroPoint, "\(field).input_zero_point")
    let outputScale = try scale(record.outputScale, "\(field).output_scale")
    try range(record.outputZeroPoint, -128...127, "\(field).output_zero_point")

    var kernel = Layer.Window(height: 1, width: 1)
    var stride = kernel
    var dilation = kernel
    var padding = Layer.Padding.valid
    if kind.hasKernel {
      kernel = try window(record.kernel, "\(field).kernel")
      stride = try window(record.stride, "\(field).stride")
      padding = try name(record.padding, "\(field).padding", as: Layer.Padding.self)
    }
    if let factors = record.dilation {
      dilation = try window(factors, "\(field).dilation")
      if !kind.mayDilate { try equal(factors, [1, 1], "\(field).dilation") }
    }
    var channels =
      kind == .convolution || kind == .dense ? record.output[2] : input.channels
    if kind == .concatenation {
      channels += try other(record, input: input, quantization, before: before, field)
    }
    let expected: TensorShape
    if kind == .dense {
      expected = TensorShape(height: 1, width: 1, channels: channels)
    } else if kind == .upsample {
      expected = TensorShape(
        height: 2 * input.height, width: 2 * input.width, channels: channels)
    } else {
      let reach = Layer.reach(of: kernel, dilation: dilation)
      expected = TensorShape(
        height: padding.size(input.height, reach: reach.height, stride: stride.height),
        width: padding.size(input.width, reach: reach.width, stride: stride.width),
        channels: channels)
    }
    try equal(output.description, expected.description, "\(field).output")

    if kind.keepsValues {
      try equal(outputScale, quantization.scale, "\(field).output_scale")
      try equal(record.outputZeroPoint, quantization.zeroPoint, "\(field).output_zero_point")
    }
    let results = try self.results(
      kind, record, blob,
      output: Quantization(
        scale: outputScale, zeroPoint: record.outputZeroPoint), channels: channels, field)
    if !kind.hasWeights {
      try equal(activation.rawValue, Layer.Activation.none.rawValue, "\(field).activation")
    }

    var weights: [Int8] = []
    var biases: [Int32] = []
    var requantizers: [Requantizer] = []
    if kind.hasWeights {
      let taps = kernel.height * kernel.width
      let fanIn = kind == .dense ? input.count : kind == .depthwise ? taps : taps * input.channels
      weights = try self.weights(
        blob, at: record.weightsOffset, channels: channels, fanIn: fanIn, field)
      biases = try self.biases(blob, at: record.biasOffset, count: channels, field)
      guard let scales = record.weightScales else {
        throw .missingField(file: file, field: "\(field).weight_scales")
      }
      try equal(scales.count, channels, "\(field).weight_scales.count")
      for (i, value) in scales.enumerated() {
        let scale = try scale(value, "\(field).weight_scales[\(i)]")
        requantizers.append(
          Requantizer(input: quantization.scale, weight: scale, output: outputScale))
      }
      try checkSums(
        weights, biases, requantizers, depthwise: kind == .depthwise,
        zeroPoint: quantization.zeroPoint, field)
    }

    let layer = Layer(
      kind: kind, input: input, output: output, inputQuantization: quantization,
      outputQuantization: Quantization(scale: outputScale, zeroPoint: record.outputZeroPoint),
      kernel: kernel, stride: stride, dilation: dilation, padding: padding,
      activation: activation,
      weights: weights, biases: biases, requantizers: requantizers, results: results,
      other: kind == .concatenation ? record.with : nil)
    try range(layer.paddedInput.count, 1...Model.mostPaddedValues, "\(field).input with padding")
    return layer
  }

  /// The channels of the layer that a concatenation names, which has to fit `input`.
  private func other(
    _ record: Manifest.LayerRecord, input: TensorShape, _ quantization: Quantization,
    before: [Layer], _ field: String
  ) throws(ModelError) -> Int {
    guard let with = record.with else {
      throw .missingField(file: file, field: "\(field).with")
    }
    guard before.indices.contains(with) else {
      throw invalid(
        "\(field).with", expected: "an earlier layer's number", found: "\(with)")
    }
    let other = before[with]
    let shape = TensorShape(
      height: input.height, width: input.width, channels: other.output.channels)
    try equal(other.output.description, shape.description, "\(field).with, its output")
    try equal(other.outputQuantization, quantization, "\(field).with, its output's scale")
    return other.output.channels
  }

  /// What a table or a softmax looks up; empty for other layers.
  private func results(
    _ kind: Layer.Kind, _ record: Manifest.LayerRecord, _ blob: [UInt8], output: Quantization,
    channels: Int, _ field: String
  ) throws(ModelError) -> [Int32] {
    guard kind == .table || kind == .softmax else { return [] }
    let name: String
    if kind == .softmax {
      name = "softmax"
      try range(channels, 2...Softmax.mostLabels, "\(field).output[2]")
    } else {
      guard let function = record.function else {
        throw .missingField(file: file, field: "\(field).function")
      }
      try range(function.utf8.count, 1...64, "\(field).function.length")
      name = function
    }
    // Those of TensorFlow Lite, which knows no others.
    let fixed: [String: Quantization] = [
      "sigmoid": Quantization(scale: 1 / 256, zeroPoint: -128),
      "tanh": Quantization(scale: 1 / 128, zeroPoint: 0),
      "softmax": Quantization(scale: 1 / 256, zeroPoint: -128),
    ]
    if let wanted = fixed[name] {
      try equal(output.scale, wanted.scale, "\(field).output_scale")
      try equal(output.zeroPoint, wanted.zeroPoint, "\(field).output_zero_point")
    }
    guard let offset = record.tableOffset else {
      throw .missingField(file: file, field: "\(field).table_offset")
    }
    let size = kind == .table ? 256 : 1024
    guard size <= blob.count, (0...blob.count - size).contains(offset),
      kind == .table || offset % 4 == 0
    else {
      throw invalid(
        "\(field).table_offset",
        expected: "\(size) bytes within weights.bin" + (kind == .table ? "" : ", a multiple of 4"),
        found: "\(offset)")
    }
    guard kind == .softmax else {
      return blob[offset..<offset + size].map { Int32(Int8(bitPattern: $0)) }
    }
    let powers = (0..<256).map { Int32(bitPattern: littleEndian(blob, at: offset + 4 * $0)) }
    // The sums that follow rest on it.
    guard powers[0] == Int32.max, powers[255] >= 0, zip(powers, powers.dropFirst()).allSatisfy(>=)
    else {
      throw invalid(
        "\(field).table", expected: "\(Int32.max), then falling to 0 at least", found: "others")
    }
    return powers
  }

  private func weights(
    _ blob: [UInt8], at offset: Int?, channels: Int, fanIn: Int, _ field: String
  ) throws(ModelError) -> [Int8] {
    guard let offset else { throw .missingField(file: file, field: "\(field).weights_offset") }
    let (count, overflow) = channels.multipliedReportingOverflow(by: fanIn)
    guard !overflow, count <= blob.count else {
      throw invalid(
        "\(field).output", expected: "at most \(blob.count) weights, the size of weights.bin",
        found: overflow ? "more" : "\(count)")
    }
    try range(offset, 0...(blob.count - count), "\(field).weights_offset")
    let weights = blob.withUnsafeBytes { blob in
      let part = UnsafeRawBufferPointer(rebasing: blob[offset..<offset + count])
      return [Int8](part.bindMemory(to: Int8.self))
    }
    if let at = weights.firstIndex(of: -128) {
      throw invalid("\(field).weights[\(at)]", expected: "-127...127", found: "-128")
    }
    return weights
  }

  private func biases(
    _ blob: [UInt8], at offset: Int?, count: Int, _ field: String
  ) throws(ModelError) -> [Int32] {
    guard let offset else { throw .missingField(file: file, field: "\(field).bias_offset") }
    guard 4 * count <= blob.count else {
      throw .invalidField(
        file: file, field: "\(field).output", expected: "at most \(blob.count / 4) biases",
        found: "\(count)")
    }
    try range(offset, 0...(blob.count - 4 * count), "\(field).bias_offset")
    guard offset % 4 == 0 else {
      throw invalid("\(field).bias_offset", expected: "a multiple of 4", found: "\(offset)")
    }
    return (0..<count).map { Int32(bitPattern: littleEndian(blob, at: offset + 4 * $0)) }
  }

  /// No input may overflow a 32-bit sum, so that the kernels needn't look.
  private func checkSums(
    _ weights: [Int8], _ biases: [Int32], _ requantizers: [Requantizer], depthwise: Bool,
    zeroPoint: Int, _ field: String
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
        throw invalid(
          "\(field).weight_scales[\(channel)]",
          expected: "sums of at most \(Int32.max) after the left shift",
          found: "sums up to \(sum), shifted left by \(shift)")
      }
    }
  }
}

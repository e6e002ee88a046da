extension Model {
  /// Limits on the bytes of a manifest, its weights and its test vectors.
  static let largestManifest = 4 << 20
  static let largestWeights = 32 << 20
  static let largestVectors = 32 << 20
  static let mostLayers = 64
  static let mostLabels = 4096
  static let mostValues = 1 << 20
  /// Limit with padding, which a dilated kernel may make many times as large.
  static let mostPaddedValues = 1 << 22
  /// Limit for all layers together, which a plan and a workspace are made from.
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

  /// A model that lies in no folder. Everything is checked but the size and the hash of its
  /// weights.
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
    // Required so that a pixel becomes int8 by flipping its highest bit.
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
      let layer = try LayerCheck(
        check: check, record: record, field: "layers[\(i)]", input: current,
        quantization: quantization, blob: blob, before: layers
      ).layer(flattened: flattened, isLast: i == manifest.layers.count - 1)
      flattened = flattened || layer.kind == .dense
      values += layer.paddedInput.count + layer.output.count
      try check.range(values, 0...Self.mostValuesInAll, "layers[\(i)], values up to it")
      current = layer.output
      quantization = layer.outputQuantization
      layers.append(layer)
    }
    // The output is one row after a dense layer, otherwise any number of rows.
    try check.equal(
      current.channels, manifest.labels.count, "layers[\(layers.count - 1)].output[2]")

    let parameters = Self.parameters(layers)
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
    self.noveltyScale = try manifest.novelty.map { record throws(ModelError) in
      try NoveltyScale(record, check: check)
    }
    self.plan = Plan(input: shape, layers: layers)
    self.exponentials = Self.exponentials(scale: quantization.scale)
  }
}

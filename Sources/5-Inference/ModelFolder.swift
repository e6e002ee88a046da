internal import FoundationEssentials

/// A model's files in memory, of which the last layers may be replaced by others of the same shape.
package struct ModelFolder: Sendable {
  /// The model as the files have it.
  package private(set) var model: Model
  private var manifest: Manifest
  private var weights: [UInt8]
  private var vectors: [UInt8]
  private let patches: [[UInt8]]
  private let file: String

  /// Loads a folder.
  ///
  /// - Throws: `ModelError`, as `Model(directory:)`; also for one without test vectors.
  package init(directory: String) throws(ModelError) {
    model = try Model(directory: directory)
    file = directory + "/model.json"
    manifest = try Manifest(json: fileBytes(file, limit: Model.largestManifest), file: file)
    weights = try fileBytes(directory + "/weights.bin", limit: Model.largestWeights)
    // Some of the noise at the front and of the lines at the end.
    let all = try model.testVectors().map(\.patch)
    patches = all.count > 4 ? Array(all.prefix(2) + all.suffix(2)) : all
    vectors = try fileBytes(directory + "/vectors.bin", limit: Model.largestVectors)
  }

  /// A layer's weights in floating point.
  package struct FloatLayer: Sendable {
    /// In the layer's own order: output, then what is under the kernel.
    package var weights: [Float]
    package var biases: [Float]

    package init(weights: [Float], biases: [Float]) {
      (self.weights, self.biases) = (weights, biases)
    }
  }

  /// The values that a layer's integers stand for; nil for one without weights.
  package func values(ofLayer number: Int) -> FloatLayer? {
    let layer = model.layers[number]
    guard let scales = manifest.layers[number].weightScales, layer.kind != .depthwise
    else { return nil }
    let fanIn = layer.weights.count / layer.biases.count
    let input = Double(layer.inputQuantization.scale)
    return FloatLayer(
      weights: layer.weights.enumerated().map { Float($1) * Float(scales[$0 / fanIn]) },
      biases: layer.biases.enumerated().map {
        Float(Double($1) * input * Double(Float(scales[$0])))
      })
  }

  /// Replaces a layer by one of other weights, quantized as the format's trainer does: a scale an
  /// output channel, the greatest weight at 127, biases at the scale of the sums. `output` is the
  /// range of its values, for a layer without activation; nil keeps the scale.
  ///
  /// - Throws: `ModelError` if the integers don't fit.
  package mutating func replace(
    layer number: Int, by values: FloatLayer, output: ClosedRange<Float>? = nil
  ) throws(ModelError) {
    let layer = model.layers[number]
    let channels = layer.biases.count
    let fanIn = layer.weights.count / channels
    precondition(values.weights.count == layer.weights.count && values.biases.count == channels)
    guard let weightsOffset = manifest.layers[number].weightsOffset,
      let biasOffset = manifest.layers[number].biasOffset
    else { throw .missingField(file: file, field: "layers[\(number)].weights_offset") }
    let input = Double(layer.inputQuantization.scale)
    var scales: [Double] = []
    for channel in 0..<channels {
      let row = values.weights[channel * fanIn..<(channel + 1) * fanIn]
      let scale = row.reduce(Float(1e-6)) { max($0, abs($1)) } / 127
      scales.append(Double(scale))
      for (place, weight) in zip(weightsOffset + channel * fanIn..<weights.count, row) {
        let rounded = (weight / scale).rounded(.toNearestOrEven)
        weights[place] = UInt8(bitPattern: Int8(min(max(rounded, -127), 127)))
      }
      let bias = (Double(values.biases[channel]) / (input * Double(scale)))
        .rounded(.toNearestOrEven)
      let limited = Int32(min(max(bias, Double(Int32.min)), Double(Int32.max)))
      for (place, byte) in littleEndianBytes(UInt32(bitPattern: limited)).enumerated() {
        weights[biasOffset + 4 * channel + place] = byte
      }
    }
    manifest.layers[number].weightScales = scales
    if let output { setOutput(of: number, to: Quantization(covering: output)) }
    manifest.weights.sha256 = SHA256.hexDigest(of: weights)
    model = try Model(manifest: encodedManifest(), weights: weights, file: file)
  }

  private mutating func setOutput(of number: Int, to quantization: Quantization) {
    manifest.layers[number].outputScale = Double(quantization.scale)
    manifest.layers[number].outputZeroPoint = quantization.zeroPoint
  }

  /// Says what the model is now, and works its test vectors out by the reference.
  ///
  /// - Throws: `ModelError` if the outcome isn't a model.
  package mutating func finish(
    recipe: String, dataHash: String, floatAccuracy: Double, int8Accuracy: Double
  ) throws(ModelError) {
    manifest.training = Manifest.TrainingRecord(
      recipe: recipe, seed: 1, dataSha256: dataHash, floatAccuracy: floatAccuracy,
      int8Accuracy: int8Accuracy)
    vectors = vectorsFile()
    manifest.vectors = Manifest.Vectors(
      bytes: vectors.count, sha256: SHA256.hexDigest(of: vectors), count: patches.count)
    model = try Model(manifest: encodedManifest(), weights: weights, file: file)
  }

  /// The patches of the folder's own test vectors with what the network makes of them now.
  private func vectorsFile() -> [UInt8] {
    var bytes: [UInt8] = []
    let head: [UInt32] = [
      0x5654_5353, 1, UInt32(patches.count), UInt32(model.patchSize), UInt32(model.layers.count),
      UInt32(model.labels.count),
    ]
    for value in head { bytes += littleEndianBytes(value) }
    for patch in patches {
      let outputs = model.referenceOutputs(of: patch)
      bytes += patch
      for output in outputs { bytes += littleEndianBytes(crc32(of: output)) }
      bytes += (outputs.last ?? []).map { UInt8(bitPattern: $0) }
    }
    return bytes
  }

  /// The files by name, `model.json` last: who sees it sees the others.
  ///
  /// - Throws: `ModelError` where the manifest can't be written down.
  package func files() throws(ModelError) -> [(name: String, bytes: [UInt8])] {
    [("weights.bin", weights), ("vectors.bin", vectors), ("model.json", try encodedManifest())]
  }

  private func encodedManifest() throws(ModelError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    do {
      return Array(try encoder.encode(manifest)) + [0x0A]
    } catch {
      throw .malformedManifest(file: file, reason: "\(error)")
    }
  }
}

extension Quantization {
  /// 256 steps over a range, of which one is 0.
  package init(covering range: ClosedRange<Float>) {
    let low = min(Double(range.lowerBound), 0)
    let high = max(Double(range.upperBound), 0)
    let scale = max(high - low, 1e-3) / 255
    let zeroPoint = (-128 - low / scale).rounded(.toNearestOrEven)
    self.init(scale: Float(scale), zeroPoint: Int(min(max(zeroPoint, -128), 127)))
  }
}

private func littleEndianBytes(_ value: UInt32) -> [UInt8] {
  (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
}

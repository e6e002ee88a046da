/// One input of `vectors.bin` with TensorFlow Lite Micro's output for it.
package struct TestVector: Sendable {
  package let patch: [UInt8]
  /// CRC-32 of each layer's int8 output.
  package let layerChecksums: [UInt32]
  package let logits: [Int8]

  package init(patch: [UInt8], layerChecksums: [UInt32], logits: [Int8]) {
    (self.patch, self.layerChecksums, self.logits) = (patch, layerChecksums, logits)
  }
}

extension Model {
  /// Runs the test vectors in the model's folder through the reference and through the kernels.
  ///
  /// - Returns: the number of vectors, all of which passed.
  /// - Throws: `ModelError.failedSelfTest` at the first difference.
  @discardableResult
  public func selfTest() throws(ModelError) -> Int {
    let file = directory + "/vectors.bin"
    let vectors = try testVectors()
    // The reference comes first: it tells the layer.
    for (i, vector) in vectors.enumerated() {
      let outputs = referenceOutputs(of: vector.patch)
      for (layer, output) in outputs.enumerated() {
        guard crc32(of: output) == vector.layerChecksums[layer] else {
          throw .failedSelfTest(
            file: file, vector: i, reason: "the output of layer \(layer) differs")
        }
      }
      guard outputs.last == vector.logits else {
        throw .failedSelfTest(file: file, vector: i, reason: "the reference's logits differ")
      }
    }
    let logitCount = positions * labels.count
    for portable in [false, true] {
      var workspace = portable ? Workspace.portable : Workspace()
      let found = logits(
        of: vectors.flatMap(\.patch), count: vectors.count, workspace: &workspace)
      for (i, vector) in vectors.enumerated() {
        let mine = found[i * logitCount..<(i + 1) * logitCount]
        guard mine.elementsEqual(vector.logits) else {
          throw .failedSelfTest(file: file, vector: i, reason: "the kernels' logits differ")
        }
      }
    }
    return vectors.count
  }

  /// Reads `vectors.bin` and checks its size, hash and header against the manifest.
  package func testVectors() throws(ModelError) -> [TestVector] {
    let manifestFile = directory + "/model.json"
    guard let record = vectorsRecord else {
      throw .missingField(file: manifestFile, field: "vectors")
    }
    let file = directory + "/vectors.bin"
    let bytes = try fileBytes(file, limit: Self.largestVectors)
    guard bytes.count == record.bytes else {
      throw .wrongSize(file: file, expected: record.bytes, found: bytes.count)
    }
    let hash = SHA256.hexDigest(of: bytes)
    guard hash == record.sha256 else {
      throw .wrongHash(file: file, expected: record.sha256, found: hash)
    }

    let header: [(field: String, value: UInt32)] = [
      ("magic", 0x5654_5353), ("version", 1), ("count", UInt32(clamping: record.count)),
      ("patch size", UInt32(patchSize)), ("layers", UInt32(layers.count)),
      ("labels", UInt32(labels.count)),
    ]
    let headerSize = 4 * header.count
    let logitCount = positions * labels.count
    let vectorSize = patchSize + 4 * layers.count + logitCount
    guard record.count > 0, record.count <= bytes.count,
      bytes.count == headerSize + record.count * vectorSize
    else {
      throw .invalidField(
        file: manifestFile, field: "vectors.count",
        expected: "\(max(bytes.count - headerSize, 0) / vectorSize)", found: "\(record.count)")
    }
    for (i, (field, value)) in header.enumerated() {
      let found = littleEndian(bytes, at: 4 * i)
      guard found == value else {
        throw .invalidField(file: file, field: field, expected: "\(value)", found: "\(found)")
      }
    }
    return (0..<record.count).map { i in
      let patch = headerSize + i * vectorSize
      let checksums = patch + patchSize
      let logits = checksums + 4 * layers.count
      return TestVector(
        patch: Array(bytes[patch..<checksums]),
        layerChecksums: layers.indices.map { littleEndian(bytes, at: checksums + 4 * $0) },
        logits: bytes[logits..<logits + logitCount].map { Int8(bitPattern: $0) })
    }
  }
}

/// Four bytes as a number, least significant first.
func littleEndian(_ bytes: [UInt8], at offset: Int) -> UInt32 {
  UInt32(bytes[offset]) | UInt32(bytes[offset + 1]) << 8
    | UInt32(bytes[offset + 2]) << 16 | UInt32(bytes[offset + 3]) << 24
}

/// CRC-32 as in zlib, bit by bit: test vectors are few.
package func crc32(of values: [Int8]) -> UInt32 {
  var crc: UInt32 = 0xFFFF_FFFF
  for value in values {
    crc ^= UInt32(UInt8(bitPattern: value))
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
  }
  return ~crc
}

internal import FoundationEssentials

/// `model.json` as written, before anything is checked, or to be written. `models/FORMAT.md` describes it.
struct Manifest: Codable, Sendable {
  static let format = "serialscribe-model"
  static let version = 1

  var format: String
  var version: Int
  var name: String
  var labels: [String]
  var input: Input
  var layers: [LayerRecord]
  var weights: File
  var vectors: Vectors?
  var parameters: Int
  var macs: Int
  var training: TrainingRecord
  var novelty: NoveltyRecord?

  struct Input: Codable, Sendable {
    var shape: [Int]
    var scale: Double
    var zeroPoint: Int

    // Keys as they are written: JSONDecoder takes long to convert them.
    enum CodingKeys: String, CodingKey {
      case shape, scale
      case zeroPoint = "zero_point"
    }
  }

  struct File: Codable, Sendable {
    var bytes: Int
    var sha256: String
  }

  struct Vectors: Codable, Sendable {
    var bytes: Int
    var sha256: String
    var count: Int
  }

  struct TrainingRecord: Codable, Sendable {
    var recipe: String
    var seed: Int
    var dataSha256: String
    var floatAccuracy: Double
    var int8Accuracy: Double

    enum CodingKeys: String, CodingKey {
      case recipe, seed
      case dataSha256 = "data_sha256"
      case floatAccuracy = "float_accuracy"
      case int8Accuracy = "int8_accuracy"
    }
  }

  struct NoveltyRecord: Codable, Sendable {
    var shares: [Double]
    var errors: [Double]
  }

  struct LayerRecord: Codable, Sendable {
    var kind: String
    var input: [Int]
    var output: [Int]
    var inputScale: Double
    var inputZeroPoint: Int
    var outputScale: Double
    var outputZeroPoint: Int
    var kernel: [Int]?
    var stride: [Int]?
    var dilation: [Int]?
    var padding: String?
    var activation: String
    var weightScales: [Double]?
    var weightsOffset: Int?
    var biasOffset: Int?
    var recurrentOffset: Int?
    var cellScale: Double?
    var tableOffset: Int?
    var function: String?
    var with: Int?

    enum CodingKeys: String, CodingKey {
      case kind, input, output, kernel, stride, dilation, padding, activation, function, with
      case inputScale = "input_scale"
      case inputZeroPoint = "input_zero_point"
      case outputScale = "output_scale"
      case outputZeroPoint = "output_zero_point"
      case weightScales = "weight_scales"
      case weightsOffset = "weights_offset"
      case biasOffset = "bias_offset"
      case recurrentOffset = "recurrent_offset"
      case cellScale = "cell_scale"
      case tableOffset = "table_offset"
    }
  }

  /// Reads a manifest's JSON. The version is checked before the fields that depend on it.
  init(json: [UInt8], file: String) throws(ModelError) {
    let decoder = JSONDecoder()
    let data = Data(json)
    do {
      do {
        self = try decoder.decode(Manifest.self, from: data)
        try Head(format: format, version: version).check(file)
      } catch let error as DecodingError {
        // A manifest of another version may well fail to decode; then the version is the error.
        try decoder.decode(Head.self, from: data).check(file)
        throw error
      }
    } catch let error as ModelError {
      throw error
    } catch let error as DecodingError {
      throw Self.modelError(error, file: file)
    } catch {
      throw .malformedManifest(file: file, reason: "\(error)")
    }
  }

  /// The fields that tell whether the rest can be read.
  private struct Head: Decodable {
    var format: String
    var version: Int

    func check(_ file: String) throws(ModelError) {
      guard format == Manifest.format else {
        throw .unsupported(file: file, field: "format", found: format, known: [Manifest.format])
      }
      guard version == Manifest.version else {
        throw .unsupported(
          file: file, field: "version", found: String(version), known: [String(Manifest.version)])
      }
    }
  }

  private static func modelError(_ error: DecodingError, file: String) -> ModelError {
    switch error {
    case .keyNotFound(let key, let context):
      return .missingField(file: file, field: path(context.codingPath + [key]))
    case .valueNotFound(_, let context):
      return .missingField(file: file, field: path(context.codingPath))
    case .typeMismatch(let type, let context):
      return .invalidField(
        file: file, field: path(context.codingPath), expected: "\(type)", found: "something else")
    case .dataCorrupted(let context):
      guard context.codingPath.isEmpty else {
        return .invalidField(
          file: file, field: path(context.codingPath), expected: "a number in range",
          found: context.debugDescription)
      }
      return .malformedManifest(file: file, reason: context.debugDescription)
    @unknown default:
      return .malformedManifest(file: file, reason: "\(error)")
    }
  }

  /// `layers[1].weight_scales`, as in the file.
  private static func path(_ keys: [any CodingKey]) -> String {
    var text = ""
    for key in keys {
      if let index = key.intValue {
        text += "[\(index)]"
        continue
      }
      if !text.isEmpty { text += "." }
      for character in key.stringValue {
        text += character.isUppercase ? "_\(character.lowercased())" : String(character)
      }
    }
    return text
  }
}

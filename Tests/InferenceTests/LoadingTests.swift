import Foundation
import Inference
import Testing

/// Every file and field of a model, spoilt one at a time.
@Suite struct LoadingTests {
  @Test func loadsWhole() throws {
    let model = try smallModel().load()
    #expect(model.name == "random")
    #expect(model.labels == ["label 0", "label 1", "label 2"])
    #expect(model.input == TensorShape(height: 6, width: 6, channels: 2))
    #expect(model.patchSize == 72)
    #expect(model.parameters == 4 * 18 + 4 + 3 * 36 + 3)
    #expect(model.macs == 36 * 4 * 18 + 3 * 36)
    #expect(model.training.recipe == "random")
    #expect(model.rejectIndex == nil)
  }

  @Test func emptyLabelIsReject() throws {
    var model = smallModel()
    model.manifest["labels"] = ["a", "", "b"]
    #expect(try model.load().rejectIndex == 1)
  }

  /// The layer that a concatenation takes has to exist before it, with its sides and its scale.
  @Test(arguments: [
    ("with", "3", "layers[2].with"), ("with", "2", "layers[2].with"),
    ("with", "-1", "layers[2].with"), ("with", "\(Int.max)", "layers[2].with"),
    ("with", "\"0\"", "layers[2].with"), ("with", "null", "layers[2].with"),
    ("output", "[6, 6, 8]", "layers[2].output"), ("kind", "\"upsample2d\"", "layers[2].output"),
    ("output_scale", "0.5", "layers[2].output_scale"),
    ("output_zero_point", "3", "layers[2].output_zero_point"),
    ("activation", "\"relu\"", "layers[2].activation"),
  ])
  func concatenations(field: String, value: String, named: String) throws {
    var model = RandomModel(input: [6, 6, 2], seed: 1)
    model.add("conv2d", channels: 4, kernel: [3, 3], activation: "none")
    model.fixedOutput = model.outputQuantization
    model.add("conv2d", channels: 5, kernel: [3, 3], activation: "none")
    model.fixedOutput = nil
    model.addKept("concatenate", with: 0)
    model.add("dense", channels: 3, activation: "none")
    model.finish()
    #expect(try loadingFailure(model) == nil)
    var layers = try #require(model.manifest["layers"] as? [[String: Any]])
    layers[2][field] = try JSONSerialization.jsonObject(
      with: Data(value.utf8), options: .fragmentsAllowed)
    model.manifest["layers"] = layers
    let error = try #require(try loadingFailure(model))
    #expect("\(error)".contains(named), "\(error)")
  }

  /// At another scale, values would mean something else.
  @Test func concatenationOfOtherScales() throws {
    var model = RandomModel(input: [6, 6, 2], seed: 1)
    model.add("conv2d", channels: 4, kernel: [3, 3], activation: "none")
    model.add("conv2d", channels: 5, kernel: [3, 3], activation: "none")
    model.addKept("concatenate", with: 0)
    model.add("dense", channels: 3, activation: "none")
    model.finish()
    guard
      case .invalidField(_, "layers[2].with, its output's scale", _, _) = try loadingFailure(model)
    else {
      Issue.record("not refused")
      return
    }
  }

  /// A few kilobytes of manifest would lead to tables and buffers of hundreds of megabytes.
  @Test func manyLargeLayersAreRefused() throws {
    var model = RandomModel(input: [1024, 1024, 1], seed: 1)
    for _ in 0..<5 {
      model.add("max_pool2d", kernel: [1, 1], stride: [1, 1], padding: "valid")
    }
    model.add("dense", channels: 2, activation: "none")
    model.finish()
    guard case .invalidField(_, let field, _, let found) = try loadingFailure(model) else {
      Issue.record("not refused")
      return
    }
    #expect(field == "layers[3], values up to it" && found == "\(9 << 20)")
  }

  /// Path, bad value, and the field that the error must name.
  @Test(
    arguments: [
      ("format", "\"other\"", "format"),
      ("version", "2", "version"),
      ("name", "7", "name"),
      ("labels", "[\"a\", \"b\"]", "layers[2].output[2]"),
      ("labels", "[\"a\", \"b\", \"b\"]", "labels, distinct ones"),
      ("labels", "[]", "labels.count"),
      ("labels", "[1, 2, 3]", "labels[0]"),
      ("input.shape", "[6, 6]", "input.shape"),
      ("input.shape", "[6, 6, 0]", "input.shape"),
      ("input.shape", "[4096, 4096, 4096]", "input.shape"),
      ("input.shape", "[9223372036854775807, 2, 2]", "input.shape"),
      ("input.shape", "[6, 7, 2]", "layers[0].input"),
      ("input.scale", "0.5", "input.scale"),
      ("input.zero_point", "0", "input.zero_point"),
      ("layers", "[]", "layers.count"),
      ("layers.0.kind", "\"conv3d\"", "layers[0].kind"),
      ("layers.0.activation", "\"gelu\"", "layers[0].activation"),
      ("layers.0.padding", "\"mirror\"", "layers[0].padding"),
      ("layers.0.kernel", "[3]", "layers[0].kernel"),
      ("layers.0.kernel", "[0, 3]", "layers[0].kernel"),
      ("layers.0.kernel", "[65, 3]", "layers[0].kernel"),
      ("layers.0.kernel", "[5, 5]", "parameters"),
      ("layers.0.stride", "[2, 2]", "layers[0].output"),
      ("layers.0.dilation", "[0, 1]", "layers[0].dilation"),
      ("layers.0.dilation", "[65, 1]", "layers[0].dilation"),
      ("layers.0.dilation", "2", "layers[0].dilation"),
      ("layers.1.dilation", "[2, 2]", "layers[1].dilation"),
      ("layers.2.dilation", "[2, 2]", "layers[2].dilation"),
      ("layers.0.stride", "[0, 1]", "layers[0].stride"),
      ("layers.0.stride", "[-1, 1]", "layers[0].stride"),
      ("layers.0.input", "[6, 6, 1]", "layers[0].input"),
      ("layers.0.output", "[6, 6, 5]", "layers[0].weight_scales.count"),
      ("layers.0.output", "[6, 6, 4096]", "layers[0].output"),
      ("layers.0.input_scale", "0.25", "layers[0].input_scale"),
      ("layers.0.input_zero_point", "-127", "layers[0].input_zero_point"),
      ("layers.0.output_scale", "0", "layers[0].output_scale"),
      ("layers.0.output_scale", "-1", "layers[0].output_scale"),
      ("layers.0.output_scale", "1e300", "layers[0].output_scale"),
      ("layers.0.output_zero_point", "128", "layers[0].output_zero_point"),
      ("layers.0.weight_scales", "[1, 1]", "layers[0].weight_scales.count"),
      ("layers.0.weight_scales", "[1, 0, 1, 1]", "layers[0].weight_scales[1]"),
      ("layers.0.weight_scales", "[1, 1, 1, 1e11]", "layers[0].weight_scales[3]"),
      ("layers.0.weights_offset", "-1", "layers[0].weights_offset"),
      ("layers.0.weights_offset", "9223372036854775807", "layers[0].weights_offset"),
      ("layers.0.weights_offset", "180", "layers[0].weights_offset"),
      ("layers.0.bias_offset", "2", "layers[0].bias_offset"),
      ("layers.0.bias_offset", "100000", "layers[0].bias_offset"),
      ("layers.1.kernel", "[7, 7]", "layers[1].output"),
      ("layers.1.output_scale", "0.125", "layers[1].output_scale"),
      ("layers.1.activation", "\"relu\"", "layers[1].activation"),
      ("layers.2.output", "[1, 2, 3]", "layers[2].output"),
      ("layers.2.kind", "\"gru\"", "layers[2].kind"),
      ("parameters", "3", "parameters"),
      ("macs", "-3", "macs"),
      ("training.int8_accuracy", "1.5", "training.int8_accuracy"),
      ("training.float_accuracy", "-0.5", "training.float_accuracy"),
      ("training.seed", "\"a\"", "training.seed"),
      ("weights.bytes", "0", "weights.bytes"),
      ("weights.bytes", "99999999999", "weights.bytes"),
    ])
  func wrongField(path: String, value: String, field: String) throws {
    var model = smallModel()
    let json = try JSONSerialization.jsonObject(
      with: Data(value.utf8), options: [.fragmentsAllowed])
    model.manifest = try replacing(model.manifest, path.split(separator: ".")[...], by: json)
    let error = try #require(try loadingFailure(model))
    switch error {
    case .invalidField(let file, let found, _, _), .unsupported(let file, let found, _, _):
      #expect(found == field)
      #expect(file.hasSuffix("/model.json"))
      #expect("\(error)".contains(field))
    default:
      Issue.record("\(error)")
    }
  }

  @Test(
    arguments: [
      "format", "version", "name", "labels", "input", "input.shape", "input.scale",
      "input.zero_point", "layers", "layers.0.kind", "layers.0.input", "layers.0.output",
      "layers.0.kernel", "layers.0.stride", "layers.0.padding", "layers.0.activation",
      "layers.0.input_scale", "layers.0.input_zero_point", "layers.0.output_scale",
      "layers.0.output_zero_point", "layers.0.weight_scales", "layers.0.weights_offset",
      "layers.0.bias_offset", "weights", "weights.bytes", "weights.sha256", "parameters", "macs",
      "training", "training.recipe", "training.seed", "training.data_sha256",
      "training.float_accuracy", "training.int8_accuracy",
    ])
  func missingField(path: String) throws {
    var model = smallModel()
    model.manifest = try replacing(model.manifest, path.split(separator: ".")[...], by: nil)
    let field = path.replacing("layers.0", with: "layers[0]")
    guard case .missingField(let file, field) = try loadingFailure(model) else {
      Issue.record("\(String(describing: try loadingFailure(model)))")
      return
    }
    #expect(file.hasSuffix("/model.json"))
  }

  /// Replaces or removes the value at a path of keys and indices.
  private func replacing(
    _ object: [String: Any], _ path: ArraySlice<Substring>, by value: Any?
  ) throws -> [String: Any] {
    var object = object
    let key = String(try #require(path.first))
    let rest = path.dropFirst()
    if rest.isEmpty {
      object[key] = value
    } else if var array = object[key] as? [[String: Any]] {
      let index = try #require(rest.first.flatMap { Int($0) })
      array[index] = try replacing(array[index], rest.dropFirst(), by: value)
      object[key] = array
    } else {
      let inner = try #require(object[key] as? [String: Any])
      object[key] = try replacing(inner, rest, by: value)
    }
    return object
  }

  @Test func nothingButDenseAfterDense() throws {
    var model = RandomModel(input: [4, 4, 1], seed: 2)
    model.add("dense", channels: 8)
    model.add("conv2d", channels: 3, kernel: [1, 1], activation: "none")
    model.finish()
    guard
      case .unsupported(_, "layers[1].kind after a dense layer", "conv2d", _)? =
        try loadingFailure(model)
    else {
      Issue.record("loaded")
      return
    }
  }

  private static func withFunctions() -> RandomModel {
    var model = RandomModel(input: [4, 4, 1], seed: 4)
    model.add("dense", channels: 8, activation: "none")
    model.addFunction("table", function: "any")
    model.add("dense", channels: 3, activation: "none")
    model.addFunction("softmax")
    model.finish()
    return model
  }

  @Test(
    arguments: [
      ("layers.1.table_offset", "-1", "layers[1].table_offset"),
      ("layers.1.table_offset", "9223372036854775807", "layers[1].table_offset"),
      ("layers.1.table_offset", "null", "layers[1].table_offset"),
      ("layers.1.function", "null", "layers[1].function"),
      ("layers.1.function", "\"\"", "layers[1].function.length"),
      ("layers.1.function", "\"sigmoid\"", "layers[1].output_scale"),
      ("layers.1.activation", "\"relu\"", "layers[1].activation"),
      ("layers.1.output", "[1, 1, 7]", "layers[1].output"),
      ("layers.1.kind", "\"softmax\"", "layers[1].kind before the last layer"),
      ("layers.3.table_offset", "2", "layers[3].table_offset"),
      ("layers.3.table_offset", "0", "layers[3].table"),
      ("layers.3.output_scale", "0.5", "layers[3].output_scale"),
      ("layers.3.output_zero_point", "0", "layers[3].output_zero_point"),
    ])
  func wrongTable(path: String, value: String, field: String) throws {
    var model = Self.withFunctions()
    _ = try model.load()
    let json = try JSONSerialization.jsonObject(
      with: Data(value.utf8), options: [.fragmentsAllowed])
    model.manifest = try replacing(model.manifest, path.split(separator: ".")[...], by: json)
    let error = try #require(try loadingFailure(model))
    #expect("\(error)".contains(": \(field) "), "\(error)")
  }

  @Test func weightsOfMinus128() throws {
    var model = smallModel()
    model.weights[5] = 0x80
    model.manifest["weights"] =
      ["bytes": model.weights.count, "sha256": SHA256.hexDigest(of: model.weights)] as [String: Any]
    guard case .invalidField(_, "layers[0].weights[5]", _, "-128")? = try loadingFailure(model)
    else {
      Issue.record("loaded")
      return
    }
  }

  @Test func biasThatCouldOverflow() throws {
    var model = smallModel()
    // The first layer's biases follow its 72 weights.
    model.weights.replaceSubrange(72..<76, with: [0xFF, 0xFF, 0xFF, 0x7F])
    model.manifest["weights"] =
      ["bytes": model.weights.count, "sha256": SHA256.hexDigest(of: model.weights)] as [String: Any]
    guard case .invalidField(_, "layers[0].weight_scales[0]", _, _)? = try loadingFailure(model)
    else {
      Issue.record("loaded")
      return
    }
  }
}

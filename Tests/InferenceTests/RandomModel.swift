import Foundation
import Inference

/// A repeatable source of numbers (SplitMix64).
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// A folder that is deleted with this object.
final class TemporaryFolder {
  let path: String
  init() throws {
    path = NSTemporaryDirectory() + "/inference-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
  }
}

/// Builds model files with random weights, of any shape, and lets a test spoil any field.
struct RandomModel {
  var manifest: [String: Any] = [:]
  var weights: [UInt8] = []
  private var layers: [[String: Any]] = []
  private var shape: [Int]
  private var scale = Double(Float(1.0 / 255))
  private var zeroPoint = -128
  private var parameters = 0
  private var macs = 0
  private let inputShape: [Int]
  /// Whether rescaling is by powers of two from the second weighted layer on, so that halves are
  /// frequent.
  var powersOfTwo = false
  /// Whether all weights are 127, or -127 in every other channel.
  var extremeWeights = false
  private var random: Seeded

  init(input: [Int], seed: UInt64) {
    shape = input
    inputShape = input
    random = Seeded(seed)
  }

  var outputShape: [Int] { shape }

  /// Scales that spread the sums over the int8 range, now and then far outside it.
  mutating func add(
    _ kind: String, channels: Int = 0, kernel: [Int] = [1, 1], stride: [Int] = [1, 1],
    dilation: [Int]? = nil, padding: String = "same", activation: String = "relu"
  ) {
    let pool = kind.hasSuffix("pool2d")
    let dense = kind == "dense"
    let depthwise = kind == "depthwise_conv2d"
    let input = shape
    let outChannels = pool || depthwise ? input[2] : channels
    func size(_ i: Int) -> Int {
      let reach = (kernel[i] - 1) * (dilation?[i] ?? 1) + 1
      return padding == "same"
        ? (input[i] + stride[i] - 1) / stride[i] : (input[i] - reach) / stride[i] + 1
    }
    let output = dense ? [1, 1, channels] : [size(0), size(1), outChannels]
    var layer: [String: Any] = [
      "kind": kind, "input": input, "output": output, "activation": pool ? "none" : activation,
      "input_scale": scale, "input_zero_point": zeroPoint,
    ]
    if !dense {
      layer["kernel"] = kernel
      layer["stride"] = stride
      layer["padding"] = padding
    }
    if let dilation { layer["dilation"] = dilation }
    if !pool {
      let taps = kernel[0] * kernel[1]
      let fanIn = dense ? input[0] * input[1] * input[2] : depthwise ? taps : taps * input[2]
      while weights.count % 4 != 0 { weights.append(0) }
      layer["weights_offset"] = weights.count
      for i in 0..<outChannels * fanIn {
        let extreme: Int8 = i / fanIn % 2 == 0 ? 127 : -127
        let weight = extremeWeights ? extreme : Int8.random(in: -127...127, using: &random)
        weights.append(UInt8(bitPattern: weight))
      }
      while weights.count % 4 != 0 { weights.append(0) }
      layer["bias_offset"] = weights.count
      for _ in 0..<outChannels {
        let bias = Int32.random(in: -20_000...20_000, using: &random)
        withUnsafeBytes(of: bias.littleEndian) { weights.append(contentsOf: $0) }
      }
      var outScale = Double(Float.random(in: 0.01...0.2, using: &random))
      if powersOfTwo { outScale = powerOfTwo(outScale) }
      if let fixedOutput { outScale = fixedOutput.scale }
      let typicalSum = 73 * 100 * Double(fanIn).squareRoot()
      layer["weight_scales"] = (0..<outChannels).map { _ -> Double in
        let spread = Double.random(in: 5...400, using: &random)
        let weightScale = Double(Float(spread * outScale / (typicalSum * scale)))
        return powersOfTwo ? powerOfTwo(weightScale) : weightScale
      }
      scale = outScale
      zeroPoint = activation == "relu" ? -128 : Int.random(in: -128...127, using: &random)
      if let fixedOutput { zeroPoint = fixedOutput.zeroPoint }
      parameters += outChannels * (fanIn + 1)
      macs += output[0] * output[1] * outChannels * fanIn
    }
    layer["output"] = output
    layer["output_scale"] = scale
    layer["output_zero_point"] = zeroPoint
    layers.append(layer)
    shape = output
  }

  /// The number of the next layer.
  var nextLayer: Int { layers.count }

  /// Adds a layer that keeps values as they are: each place as four, or with an earlier layer's
  /// beside.
  mutating func addKept(_ kind: String, with other: Int? = nil) {
    var output = shape
    if let other {
      output[2] += (layers[other]["output"] as? [Int])?[2] ?? 0
    } else {
      output = [2 * shape[0], 2 * shape[1], shape[2]]
    }
    layers.append([
      "kind": kind, "input": shape, "output": output, "activation": "none",
      "input_scale": scale, "input_zero_point": zeroPoint, "output_scale": scale,
      "output_zero_point": zeroPoint,
    ])
    if let other { layers[layers.count - 1]["with"] = other }
    shape = output
  }

  /// The scale and zero point of the next layer's output, where they have to equal another's.
  var fixedOutput: (scale: Double, zeroPoint: Int)?
  var outputQuantization: (scale: Double, zeroPoint: Int) { (scale, zeroPoint) }

  /// An lstm whose gates are mostly within their ends.
  mutating func addLSTM(units: Int, cellBits: Int) {
    let inputs = shape[2]
    var layer: [String: Any] = [
      "kind": "lstm", "input": shape, "output": [1, shape[1], units], "activation": "none",
      "input_scale": scale, "input_zero_point": zeroPoint, "cell_scale": exp2(Double(-cellBits)),
    ]
    let outScale = Double(Float.random(in: 0.004...0.012, using: &random))
    var scales: [Double] = []
    for (name, depth, scale) in [
      ("weights_offset", inputs, scale), ("recurrent_offset", units, outScale),
    ] {
      while weights.count % 4 != 0 { weights.append(0) }
      layer[name] = weights.count
      for _ in 0..<4 * units * depth {
        weights.append(UInt8(bitPattern: Int8.random(in: -127...127, using: &random)))
      }
      let typicalSum = 73 * 100 * Double(depth).squareRoot()
      scales += (0..<4).map { _ in
        Double(Float(Double.random(in: 0.2...9, using: &random) / (typicalSum * scale)))
      }
    }
    layer["weight_scales"] = scales
    while weights.count % 4 != 0 { weights.append(0) }
    layer["bias_offset"] = weights.count
    for _ in 0..<4 * units {
      let bias = Int32.random(in: -20_000...20_000, using: &random)
      withUnsafeBytes(of: bias.littleEndian) { weights.append(contentsOf: $0) }
    }
    layer["table_offset"] = weights.count
    for i in 0..<256 {
      let value = UInt16(min(65535, 65536 / (1 + exp(-Double(i) / 24))))
      withUnsafeBytes(of: value.littleEndian) { weights.append(contentsOf: $0) }
    }
    parameters += 4 * units * (inputs + units + 1)
    macs += shape[1] * 4 * units * (inputs + units)
    scale = outScale
    zeroPoint = Int.random(in: -128...127, using: &random)
    layer["output_scale"] = scale
    layer["output_zero_point"] = zeroPoint
    layers.append(layer)
    shape = [1, shape[1], units]
  }

  /// A table of any 256 values, or a softmax.
  mutating func addFunction(_ kind: String, function: String = "random") {
    var layer: [String: Any] = [
      "kind": kind, "input": shape, "output": shape, "activation": "none",
      "input_scale": scale, "input_zero_point": zeroPoint,
    ]
    while weights.count % 4 != 0 { weights.append(0) }
    layer["table_offset"] = weights.count
    if kind == "softmax" {
      for i in 0..<256 {
        let power = Int32(min(exp(-scale * Double(i)) * 0x1p31, 0x1p31 - 1))
        withUnsafeBytes(of: power.littleEndian) { weights.append(contentsOf: $0) }
      }
      (scale, zeroPoint) = (1.0 / 256, -128)
    } else {
      layer["function"] = function
      for _ in 0..<256 { weights.append(UInt8.random(in: 0...255, using: &random)) }
      scale = Double(Float.random(in: 0.01...0.2, using: &random))
      zeroPoint = Int.random(in: -128...127, using: &random)
    }
    layer["output_scale"] = scale
    layer["output_zero_point"] = zeroPoint
    layers.append(layer)
  }

  /// Fills in the manifest for the layers so far.
  mutating func finish() {
    manifest = [
      "format": "serialscribe-model", "version": 1, "name": "random",
      "labels": (0..<shape[2]).map { "label \($0)" },
      "input": [
        "shape": inputShape, "scale": Double(Float(1.0 / 255)), "zero_point": -128,
      ] as [String: Any],
      "layers": layers, "parameters": parameters, "macs": macs,
      "weights": [
        "bytes": weights.count, "sha256": SHA256.hexDigest(of: weights),
      ] as [String: Any],
      "training": [
        "recipe": "random", "seed": 1, "data_sha256": "", "float_accuracy": 0.5,
        "int8_accuracy": 0.5,
      ] as [String: Any],
    ]
  }

  func write(to folder: TemporaryFolder) throws {
    let json = try JSONSerialization.data(withJSONObject: manifest)
    try folder.write(Array(json), to: "model.json")
    try folder.write(weights, to: "weights.bin")
  }

  func load() throws -> Model {
    let folder = try TemporaryFolder()
    try write(to: folder)
    return try Model(directory: folder.path)
  }

  /// The shape of the network that reads characters on boards.
  static func glyph(seed: UInt64) -> RandomModel {
    var model = RandomModel(input: [32, 32, 2], seed: seed)
    for channels in [16, 32, 64] {
      model.add("conv2d", channels: channels, kernel: [3, 3])
      model.add("max_pool2d", kernel: [2, 2], stride: [2, 2], padding: "valid")
    }
    model.add("dense", channels: 64)
    model.add("dense", channels: 95, activation: "none")
    model.finish()
    return model
  }
}

private func powerOfTwo(_ x: Double) -> Double {
  Double(sign: .plus, exponent: x.exponent, significand: 1)
}

/// Patches of noise, of one value, and sparse ones.
func randomPatches(_ count: Int, size: Int, seed: UInt64) -> [UInt8] {
  var random = Seeded(seed)
  return (0..<count).flatMap { patch -> [UInt8] in
    switch patch % 4 {
    case 0: [UInt8](repeating: [0, 255, 128][patch / 4 % 3], count: size)
    case 1: (0..<size).map { _ in Int.random(in: 0..<8, using: &random) == 0 ? 255 : 0 }
    default: (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
  }
}

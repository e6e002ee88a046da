import Foundation
import Inference

/// A model of random weights in the usual files, for shapes that no shipped model has.
struct MadeModel {
  private var random: Seeded
  private var layers: [[String: Any]] = []
  private var weights: [UInt8] = []
  private var shape = [13, 15, 0]
  private var scale = Double(Float(1.0 / 255))
  private var zeroPoint = -128
  private let inputShape: [Int]
  private var parameters = 0
  private var macs = 0

  /// Two pooled convolutions, a plain one and a dense layer; the seed also sets sizes.
  init(seed: UInt64) throws {
    random = Seeded(state: seed)
    let number = Int(seed)
    shape[2] = 1 + number % 3
    inputShape = shape
    convolve(channels: 5, kernel: [3, 1 + number], padding: "same", activation: "relu")
    pool()
    convolve(
      channels: 2 * number - 1, kernel: [1 + number % 2, 3],
      padding: number == 3 ? "valid" : "same",
      activation: "none")
    pool()
    convolve(
      channels: 3, kernel: [2, 2], stride: [1, 2], padding: "same", activation: "none")
    add(kind: "dense", output: [1, 1, 7], fanIn: shape.reduce(1, *), activation: "none")
  }

  /// Seeds that together give every kind of end.
  static let seedsWithTables: [UInt64] = Array(1...7)

  /// Tables of random results first, after a convolution, a pool and a dense layer; then a softmax,
  /// or one more table. The seed sets the number of labels, up to the most allowed, and the
  /// softmax's scale: all values alike, all but the greatest nothing, and between.
  init(tablesOfSeed seed: UInt64) throws {
    let number = Int(seed)
    random = Seeded(state: seed)
    shape[2] = 1 + number % 3
    inputShape = shape
    addTable()
    convolve(channels: 5, kernel: [3, 3], padding: "same", activation: "none")
    addTable()
    pool()
    addTable()
    convolve(channels: 4, kernel: [2, 3], stride: [2, 2], padding: "same", activation: "relu")
    add(kind: "dense", output: [1, 1, 9], fanIn: shape.reduce(1, *), activation: "none")
    addTable()
    let labels = [2, 3, 10, 97, 256, 256, 256][number % 7]
    add(kind: "dense", output: [1, 1, labels], fanIn: 9, activation: "none")
    if number % 7 == 1 {
      addTable()
    } else {
      addSoftmax(scale: [0.02, 0.1, 0.05, 0.08, 40, 1e-9, 0.03][number % 7])
    }
  }

  /// Adds a table; any function will do.
  private mutating func addTable() {
    let offset = weights.count
    for _ in 0..<256 { weights.append(UInt8.random(in: 0...255, using: &random)) }
    appendFunction(
      ["kind": "table", "function": "noise", "table_offset": offset],
      scale: Double(Float.random(in: 0.01...0.2, using: &random)),
      zeroPoint: Int.random(in: -128...127, using: &random))
  }

  /// Adds a softmax. The output of the layer before gets `scale`, so that rescaling changes
  /// nothing.
  private mutating func addSoftmax(scale wanted: Double) {
    let wanted = Double(Float(wanted))
    let before = layers.count - 1
    layers[before]["output_scale"] = wanted
    layers[before]["weight_scales"] = (layers[before]["weight_scales"] as? [Double])?
      .map { Double(Float($0 * wanted / scale)) }
    scale = wanted
    while weights.count % 4 != 0 { weights.append(0) }
    let offset = weights.count
    for i in 0..<256 {
      let power = min(exp(-wanted * Double(i)) * 0x1p31, Double(Int32.max))
      withUnsafeBytes(of: Int32(power).littleEndian) { weights.append(contentsOf: $0) }
    }
    appendFunction(["kind": "softmax", "table_offset": offset], scale: 1.0 / 256, zeroPoint: -128)
  }

  private mutating func appendFunction(
    _ layer: [String: Any], scale newScale: Double, zeroPoint newZeroPoint: Int
  ) {
    layers.append(
      layer.merging([
        "input": shape, "output": shape, "activation": "none", "input_scale": scale,
        "input_zero_point": zeroPoint, "output_scale": newScale,
        "output_zero_point": newZeroPoint,
      ]) { $1 })
    scale = newScale
    zeroPoint = newZeroPoint
  }

  private mutating func convolve(
    channels: Int, kernel: [Int], stride: [Int] = [1, 1], padding: String, activation: String
  ) {
    var sides: [Int] = []
    for (i, side) in shape.prefix(2).enumerated() {
      let reach = padding == "same" ? side + stride[i] - 1 : side - kernel[i] + stride[i]
      sides.append(reach / stride[i])
    }
    add(
      kind: "conv2d", output: sides + [channels], fanIn: kernel[0] * kernel[1] * shape[2],
      activation: activation)
    layers[layers.count - 1].merge(
      ["kernel": kernel, "stride": stride, "padding": padding]) { $1 }
  }

  private mutating func pool() {
    let output = [shape[0] / 2, shape[1] / 2, shape[2]]
    layers.append([
      "kind": "max_pool2d", "input": shape, "output": output, "activation": "none",
      "input_scale": scale, "input_zero_point": zeroPoint, "output_scale": scale,
      "output_zero_point": zeroPoint, "kernel": [2, 2], "stride": [2, 2], "padding": "valid",
    ])
    shape = output
  }

  /// Scales spread the sums over the int8 range, and somewhat beyond it.
  private mutating func add(kind: String, output: [Int], fanIn: Int, activation: String) {
    var layer: [String: Any] = [
      "kind": kind, "input": shape, "output": output, "activation": activation,
      "input_scale": scale, "input_zero_point": zeroPoint, "weights_offset": weights.count,
    ]
    for _ in 0..<output[2] * fanIn {
      weights.append(UInt8(bitPattern: Int8.random(in: -127...127, using: &random)))
    }
    while weights.count % 4 != 0 { weights.append(0) }
    layer["bias_offset"] = weights.count
    for _ in 0..<output[2] {
      let bias = Int32.random(in: -20_000...20_000, using: &random)
      withUnsafeBytes(of: bias.littleEndian) { weights.append(contentsOf: $0) }
    }
    let outputScale = Double(Float.random(in: 0.01...0.2, using: &random))
    let sum = 7300 * Double(fanIn).squareRoot()
    layer["weight_scales"] = (0..<output[2]).map { _ in
      Double(Float(Double.random(in: 20...300, using: &random) * outputScale / (sum * scale)))
    }
    scale = outputScale
    zeroPoint = activation == "relu" ? -128 : Int.random(in: -128...127, using: &random)
    layer["output_scale"] = scale
    layer["output_zero_point"] = zeroPoint
    parameters += output[2] * (fanIn + 1)
    macs += output[0] * output[1] * output[2] * fanIn
    layers.append(layer)
    shape = output
  }

  func load() throws -> Model {
    let manifest: [String: Any] = [
      "format": "serialscribe-model", "version": 1, "name": "made",
      "labels": (0..<shape[2]).map { "\"\\?? \u{e9}/*\($0)*/" },
      "input": [
        "shape": inputShape, "scale": Double(Float(1.0 / 255)), "zero_point": -128,
      ] as [String: Any],
      "layers": layers, "parameters": parameters, "macs": macs,
      "weights": [
        "bytes": weights.count, "sha256": SHA256.hexDigest(of: weights),
      ] as [String: Any],
      "training": [
        "recipe": "made", "seed": 1, "data_sha256": "", "float_accuracy": 0.5,
        "int8_accuracy": 0.5,
      ] as [String: Any],
    ]
    let folder = try Folder()
    try JSONSerialization.data(withJSONObject: manifest)
      .write(to: folder.url.appending(path: "model.json"))
    try Data(weights).write(to: folder.url.appending(path: "weights.bin"))
    return try Model(directory: folder.url.path)
  }
}

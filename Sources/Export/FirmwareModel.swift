public import Inference

/// A model as it is laid out in a board's flash: weights packed for the kernels of `scribe_net.c`,
/// memory planned, test vectors chosen.
public struct FirmwareModel: Sendable {
  public let name: String
  /// Prefix of C names: `scribe_` and the model's name, or as asked for.
  public let symbol: String
  public let macs: Int
  public let parameters: Int
  /// 32-bit words of memory that inference needs, beside the patch and the logits.
  public let arenaWords: Int
  /// CRC-32 of names, shapes, labels and the layers' checksums, as the board computes it.
  public let checksum: UInt32

  package let labels: [String]
  package let input: TensorShape
  package let logits: Quantization
  package let weightsHash: String
  package let training: Model.Training
  package let layers: [FirmwareLayer]
  package let vectors: [TestVector]
  package let order: FirmwareOrder
  /// Multiples of which a picture's rows and columns, or a line's columns, must be.
  package let grain: Int
  /// The model that this one was made from.
  package let source: Model

  /// The version of `scribe_net.h` that this is written for.
  package static let version = 3

  /// Packs `model` with `vectors` of its test vectors: noise first, the last one real.
  ///
  /// - Throws: `ExportError`, also where the model's test vectors can't be read.
  public init(_ model: Model, vectors count: Int = 2, symbol: String? = nil)
    throws(ExportError)
  {
    let symbol = symbol ?? "scribe_" + Self.identifier(model.name)
    try ReservedNames.check(symbol)
    self.symbol = symbol
    name = model.name
    order = FirmwareOrder(model)
    grain = order.grain(of: model)
    let sized = try order.sized(model)
    macs = sized.macs
    parameters = model.parameters
    labels = model.labels
    input = order == .byColumns ? sized.input.transposed() : sized.input
    logits = model.output
    weightsHash = model.weightsHash
    training = model.training
    source = model
    let fused = try Self.fused(order.layers(of: sized), order)
    if order == .atOnce {
      (layers, arenaWords) = Self.planned(fused)
    } else {
      layers = fused
      arenaWords = FlowPlan(fused, width: input.width, grain: grain).arenaWords
    }
    vectors = try Self.chosen(model, count).map { [order] in
      order.vector($0, of: model, sized: sized)
    }

    var digest = Digest()
    let numbers = [
      Self.version, labels.count, input.height, input.width, input.channels,
      Int(order.rawValue), grain, layers.count, logits.zeroPoint,
    ]
    for number in numbers { digest.add(UInt32(bitPattern: Int32(number))) }
    digest.add(logits.scale.bitPattern)
    digest.add(UInt32(arenaWords))
    for layer in layers { digest.add(layer.checksum) }
    digest.add(name)
    digest.add(weightsHash)
    for label in labels { digest.add(label) }
    checksum = digest.checksum
  }

  /// Bytes of a patch.
  public var patchBytes: Int { input.count }

  /// The steps that a board computes: convolutions with the maximum after them, and upsampling with
  /// the concatenation after it.
  private static func fused(
    _ layers: [Layer], _ order: FirmwareOrder
  ) throws(ExportError) -> [FirmwareLayer] {
    var result: [FirmwareLayer] = []
    var number = 0
    while number < layers.count {
      let layer = layers[number]
      let next = number + 1 < layers.count ? layers[number + 1] : nil
      if order == .byRows, layer.kind == .upsample, let next, next.kind == .concatenation {
        result.append(try joined(layer, next, number: number + 1, after: result))
        number += 2
        continue
      }
      let pool = next.flatMap { FirmwareLayer.isFusable($0, after: layer) ? $0 : nil }
      guard layer.kind != .concatenation else {
        throw .unsupported(layer: number, what: "concatenate without upsample2d before it")
      }
      result.append(try FirmwareLayer(layer, number: number, pool: pool, order: order))
      number += pool == nil ? 1 : 2
    }
    return result
  }

  private static func joined(
    _ upsample: Layer, _ concatenation: Layer, number: Int, after: [FirmwareLayer]
  ) throws(ExportError) -> FirmwareLayer {
    guard let source = after.firstIndex(where: { $0.number == concatenation.other }) else {
      throw .unsupported(layer: number, what: "concatenate with a layer inside a step")
    }
    var layer = try FirmwareLayer(
      concatenation.fed(upsample.input), number: number, pool: nil, order: .byRows)
    layer.source = source
    return layer
  }

  /// Places the layers' outputs at the bottom and at the top of the arena in turn, and scratch
  /// memory above the one at the bottom. No smaller arena holds a layer's input, output and scratch
  /// memory.
  private static func planned(_ layers: [FirmwareLayer]) -> ([FirmwareLayer], Int) {
    let outputs = layers.map { ($0.output.count + 3) / 4 }
    let sizes = layers.indices.map { i in
      (i == 0 ? 0 : outputs[i - 1]) + outputs[i] + layers[i].scratchWords
    }
    let size = sizes.max() ?? 0
    var layers = layers
    for i in layers.indices {
      let isLow = i % 2 == 0
      layers[i].outputOffset = isLow ? 0 : size - outputs[i]
      layers[i].scratchOffset = isLow ? outputs[i] : outputs[i - 1]
    }
    return (layers, size)
  }

  private static func chosen(_ model: Model, _ count: Int) throws(ExportError) -> [TestVector] {
    guard count > 0 else { return [] }
    let all: [TestVector]
    do throws(ModelError) {
      all = try model.testVectors()
    } catch {
      throw .vectors(error)
    }
    guard count <= all.count else { throw .tooFewVectors(asked: count, found: all.count) }
    guard count > 1 else { return all.suffix(1) }
    return (0..<count).map { all[$0 * (all.count - 1) / (count - 1)] }
  }

  private static func identifier(_ name: String) -> String {
    String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }
}

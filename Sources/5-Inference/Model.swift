/// A quantized network that tells characters apart, checked in whole when it was loaded.
///
/// Pixels go in as bytes, int8 logits come out, by integer arithmetic that equals TensorFlow Lite
/// Micro's on a board bit for bit. `models/FORMAT.md` describes the files.
public struct Model: Sendable {
  /// The name in its manifest.
  public let name: String
  /// The text that each logit stands for; empty for "no character".
  public let labels: [String]
  /// The shape of a patch.
  public let input: TensorShape
  /// Places that each have one logit per label: 1, or more from left to right if the network reads
  /// lines, in rows if it finds them.
  public let positions: Int
  /// Rows of such places.
  public var rows: Int { layers.last?.output.height ?? input.height }
  /// The quantization of the logits.
  public let output: Quantization
  /// The way the model was made, and its accuracy.
  public let training: Training
  /// Weights and biases.
  public let parameters: Int
  /// Multiplications and additions a patch.
  public let macs: Int

  /// SHA-256 of `weights.bin`, checked.
  package let weightsHash: String
  package let layers: [Layer]
  /// The meaning of an autoencoder's errors; nil for other networks.
  package let noveltyScale: NoveltyScale?
  let directory: String
  let vectorsRecord: Manifest.Vectors?
  let plan: Plan
  /// exp(-scale * i), so that a softmax costs a look-up a logit.
  let exponentials: [Float]

  /// The way a model was made.
  public struct Training: Sendable, Equatable {
    public let recipe: String
    public let seed: Int
    /// SHA-256 of the training data's description.
    public let dataHash: String
    /// Share of the held-out patches read rightly by the network before quantization, 0...1.
    public let floatAccuracy: Double
    /// The same for the integer network.
    public let int8Accuracy: Double
  }

  /// `other` with its layers at other sizes.
  init(_ other: Model, input: TensorShape, layers: [Layer]) {
    name = other.name
    labels = other.labels
    output = other.output
    training = other.training
    parameters = other.parameters
    directory = other.directory
    exponentials = other.exponentials
    weightsHash = other.weightsHash
    vectorsRecord = nil
    noveltyScale = other.noveltyScale
    self.input = input
    self.layers = layers
    let output = layers.last?.output ?? input
    positions = output.width * output.height
    macs = Self.macs(layers)
    plan = Plan(input: input, layers: layers, sharing: other.plan)
  }

  /// Some layers of `other` in a row.
  init(partOf other: Model, layers: [Layer], labels: [String]) {
    let last = layers[layers.count - 1]
    name = other.name
    self.labels = labels
    input = layers[0].input
    positions = last.output.width * last.output.height
    output = last.outputQuantization
    training = other.training
    parameters = Self.parameters(layers)
    macs = Self.macs(layers)
    weightsHash = other.weightsHash
    self.layers = layers
    directory = other.directory
    vectorsRecord = nil
    noveltyScale = nil
    plan = Plan(input: input, layers: layers)
    exponentials = Self.exponentials(scale: last.outputQuantization.scale)
  }

  static func parameters(_ layers: [Layer]) -> Int {
    layers.reduce(0) {
      $0 + $1.weights.count + $1.biases.count + ($1.recurrence?.weights.count ?? 0)
    }
  }

  static func macs(_ layers: [Layer]) -> Int { layers.reduce(0) { $0 + $1.macs } }

  /// The logit of "no character", if the model has one.
  public var rejectIndex: Int? { labels.firstIndex(of: "") }
}

/// The properties of a microcontroller that matter to a model, as `scripts/firmware/chips.json` has
/// them.
public struct Board: Sendable, Equatable {
  public let name: String
  /// Bytes of flash.
  public let flash: Int
  /// Bytes of the largest RAM in one piece that DMA reaches: core-coupled memory doesn't count.
  public let memory: Int
  private let chip: Chip

  /// The names that are known: product lines, or chips.
  public static let known = Chip.all.map(\.name)

  /// Those of them that read no whole images: they send, and run models on patches of their own.
  public static let sendingOnly = Chip.all.filter { $0.reads == nil }.map(\.name)

  /// Finds a board by a part number, such as `STM32F407VG` or `F411CE`, by a product line, such as
  /// `F446`, which stands for its part with the least flash, or by a chip's name, such as `RP2040`.
  ///
  /// - Throws: `ExportError.unknownBoard`.
  public init(_ name: String) throws(ExportError) {
    let upper = name.uppercased()
    if let chip = Chip.all.first(where: { $0.isOne && $0.isCalled(upper) }) {
      self.init(chip, letter: "", name: chip.name)
      return
    }
    let part = upper.hasPrefix("STM32") ? upper : "STM32" + upper
    guard let chip = Chip.all.first(where: { !$0.isOne && part.hasPrefix($0.name) }) else {
      throw .unknownBoard(name, known: Self.known)
    }
    // After the product line: a letter for the pins, one for the flash, then package and
    // temperature.
    let rest = Array(part.dropFirst(chip.name.count))
    let letter: String? =
      switch rest.count {
      case 0: chip.letters.first
      case 1: nil
      default: String(rest[1])
      }
    guard let letter, chip.flash[letter] != nil else {
      throw .unknownBoard(name, known: chip.letters.map { "\(chip.name)x\($0)" })
    }
    self.init(chip, letter: letter, name: rest.isEmpty ? "\(chip.name)x\(letter)" : part)
  }

  private init(_ chip: Chip, letter: String, name: String) {
    self.name = name
    self.chip = chip
    flash = (chip.flash[letter] ?? 0) << 10
    memory = (chip.banks.filter(\.dma).map { $0.size(letter) }.max() ?? 0) << 10
  }

  /// A sentence on the camera and on whole images.
  public var account: String {
    let camera = chip.camera.map { "camera interface \($0)" } ?? "no camera interface"
    guard let reads = chip.reads else { return "\(camera); reads no whole images: \(chip.whyNot)" }
    return "\(camera); reads images of up to \(reads.width) x \(reads.height), "
      + "the image in \(reads.image), reader and arena in \(reads.reader)"
  }

  /// The boards whose smallest part takes this.
  static func fitting(_ need: Requirement) -> [String] {
    Chip.all.filter { chip in
      chip.letters.first.map { Board(chip, letter: $0, name: chip.name).takes(need) } ?? false
    }.map(\.name)
  }

  func takes(_ need: Requirement) -> Bool { need.flash <= flash && need.memory <= memory }
}

/// An entry of `chips.json`: sizes are in KB, by the letter of the flash size in part numbers, or
/// by "" where a chip has one size.
struct Chip: Sendable, Equatable {
  struct Bank: Sendable, Equatable {
    let name: String
    let dma: Bool
    let kilobytes: [String: Int]

    func size(_ letter: String) -> Int { kilobytes[letter] ?? kilobytes[""] ?? 0 }
  }

  /// Banks of the image and of the reader, and the largest image.
  struct Reads: Sendable, Equatable {
    let image: String
    let reader: String
    let width: Int
    let height: Int
  }

  let name: String
  let kernels: String
  let flash: [String: Int]
  let banks: [Bank]
  let camera: String?
  let reads: Reads?
  /// The reason why it reads no images.
  let whyNot: String

  /// Letters of part numbers, the least flash first.
  var letters: [String] { flash.keys.sorted { (flash[$0] ?? 0) < (flash[$1] ?? 0) } }
  var isOne: Bool { flash[""] != nil }

  /// The name may lack its dash.
  func isCalled(_ upper: String) -> Bool { name == upper || name.replacing("-", with: "") == upper }
}

/// The resources of a board that a model needs.
public struct Requirement: Sendable, Equatable {
  public let name: String
  /// Constant data: weights, rescaling, labels, test vectors.
  public let data: Int
  /// The runtime's code at -O2, rounded up; `scripts/firmware/measure` measures it.
  public let code: Int
  /// Working memory of inference.
  public let arena: Int
  /// A patch and its logits, which the caller owns.
  public let buffers: Int
  /// The deepest stack of a call, rounded up.
  public let stack: Int

  public var flash: Int { data + code }
  public var memory: Int { arena + buffers + stack }
}

extension FirmwareModel {
  /// The resources of a board that the model needs, without the firmware around it.
  public var requirement: Requirement {
    Requirement(
      name: name, data: dataBytes, code: 8 << 10, arena: 4 * arenaWords,
      buffers: patchBytes + labels.count, stack: 640)
  }

  /// Bytes of constant data, as a 32-bit compiler lays it out.
  private var dataBytes: Int {
    var bytes = 72 + weightsHash.utf8.count + 1 + name.utf8.count + 1
    for layer in layers {
      bytes += 56 + layer.flashBytes + 4 + 4 + (layer.name.utf8.count + 4) / 4 * 4
    }
    for label in labels { bytes += 4 + label.utf8.count + 1 }
    bytes += vectors.count * (12 + patchBytes + 4 * layers.count + labels.count)
    return bytes
  }

  /// - Throws: `ExportError.tooLarge`, with the numbers.
  public func check(fits board: Board) throws(ExportError) {
    let need = requirement
    guard board.takes(need) else { throw .tooLarge(need, board: board) }
  }
}

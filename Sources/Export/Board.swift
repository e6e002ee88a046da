/// The properties of a microcontroller that matter to a model. Figures are those of ST's data
/// sheets.
public struct Board: Sendable, Equatable {
  public let name: String
  /// Bytes of flash.
  public let flash: Int
  /// Bytes of SRAM in one piece that DMA reaches: core-coupled memory doesn't count.
  public let memory: Int

  /// RAM in KiB by product line and by the letter of the flash size in part numbers.
  private static let lines: [(line: String, memory: [Character: Int])] = [
    ("STM32F401", ["B": 64, "C": 64, "D": 96, "E": 96]),
    ("STM32F405", ["E": 128, "G": 128]),
    ("STM32F407", ["E": 128, "G": 128]),
    ("STM32F410", ["8": 32, "B": 32]),
    ("STM32F411", ["C": 128, "E": 128]),
    ("STM32F412", ["E": 256, "G": 256]),
    ("STM32F413", ["G": 320, "H": 320]),
    ("STM32F415", ["G": 128]),
    ("STM32F417", ["E": 128, "G": 128]),
    ("STM32F423", ["H": 320]),
    ("STM32F427", ["G": 192, "I": 192]),
    ("STM32F429", ["E": 192, "G": 192, "I": 192]),
    ("STM32F437", ["G": 192, "I": 192]),
    ("STM32F439", ["G": 192, "I": 192]),
    ("STM32F446", ["C": 128, "E": 128]),
    ("STM32F469", ["E": 320, "G": 320, "I": 320]),
    ("STM32F479", ["G": 320, "I": 320]),
  ]

  /// KiB of flash by their letter in part numbers.
  private static let flashSizes: [Character: Int] = [
    "8": 64, "B": 128, "C": 256, "D": 384, "E": 512, "G": 1024, "H": 1536, "I": 2048,
  ]

  /// The product lines that are known.
  public static let known = lines.map(\.line)

  /// Finds a board by a part number, such as `STM32F407VG` or `F411CE`, or by a product line, such
  /// as `F446`: then it is the line's part with the least flash.
  ///
  /// - Throws: `ExportError.unknownBoard`.
  public init(_ name: String) throws(ExportError) {
    let upper = name.uppercased()
    let part = upper.hasPrefix("STM32") ? upper : "STM32" + upper
    guard let (line, memory) = Self.lines.first(where: { part.hasPrefix($0.line) }) else {
      throw .unknownBoard(name, known: Self.known)
    }
    // After the product line: a letter for the pins, one for the flash, then package and
    // temperature.
    let rest = Array(part.dropFirst(line.count))
    let letters = memory.keys.sorted { (Self.flashSizes[$0] ?? 0) < (Self.flashSizes[$1] ?? 0) }
    let letter: Character? =
      switch rest.count {
      case 0: letters.first
      case 1: nil
      default: rest[1]
      }
    guard let letter, let kilobytes = memory[letter], let flash = Self.flashSizes[letter] else {
      throw .unknownBoard(name, known: letters.map { "\(line)x\($0)" })
    }
    self.name = rest.isEmpty ? "\(line)x\(letter)" : part
    self.flash = flash * 1024
    self.memory = kilobytes * 1024
  }
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
    guard need.flash <= board.flash, need.memory <= board.memory else {
      throw .tooLarge(need, board: board)
    }
  }
}

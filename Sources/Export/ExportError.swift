public import Inference

/// Reasons why a model isn't written for a board.
public enum ExportError: Error, Equatable, Sendable {
  /// C names can't begin with this.
  case notAnIdentifier(String)
  /// The name belongs to `owner`.
  case reservedName(String, owner: String)
  /// The model has fewer test vectors.
  case tooFewVectors(asked: Int, found: Int)
  /// The model's test vectors can't be used.
  case vectors(ModelError)
  /// The runtime for boards doesn't support this. Layers count from 0, as in the manifest.
  case unsupported(layer: Int, what: String)
  /// The model looks at pictures or lines, at so many places each, which are no job for CMSIS-NN.
  case readsLines(positions: Int)
  /// CMSIS-NN has no function that gives this layer's results.
  case notInCMSIS(layer: Int, kind: String, why: String)
  /// No board of this name is known.
  case unknownBoard(String, known: [String])
  /// The board has too little flash or memory.
  case tooLarge(Requirement, board: Board)
}

extension ExportError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notAnIdentifier(let text):
      return "\"\(text)\" is no name in C: letters, digits and _ only, no digit first"
    case .reservedName(let text, let owner):
      return "\"\(text)\" is \(owner): call it something else, as --symbol \(text)_net"
    case .tooFewVectors(let asked, let found):
      return "\(asked) test vectors asked for, the model has \(found)"
    case .vectors(let error):
      return "\(error)"
    case .unsupported(let layer, let what):
      return "layer \(layer): \(what) is not known to the runtime for boards"
    case .readsLines(let positions):
      return "the model looks at \(positions) places of a picture or a line: layout cmsis-nn takes "
        + "models of one character a patch. The layout scribe has it."
    case .notInCMSIS(let layer, let kind, let why):
      return "layer \(layer): \(kind) can't be written for CMSIS-NN: \(why). "
        + "The layout scribe has it."
    case .unknownBoard(let name, let known):
      return "no board \"\(name)\" is known. Known: " + known.joined(separator: ", ")
        + ". A part number as STM32F407VG will do."
    case .tooLarge(let requirement, let board):
      var lacks: [String] = []
      if requirement.flash > board.flash {
        lacks.append(
          "\(grouped(requirement.flash)) bytes of flash, the board has \(grouped(board.flash))")
      }
      if requirement.memory > board.memory {
        lacks.append(
          "\(grouped(requirement.memory)) bytes of RAM, the board has \(grouped(board.memory))")
      }
      return "\(requirement.name) doesn't fit \(board.name): it needs "
        + lacks.joined(separator: ", and ") + ". It fits "
        + Board.fitting(requirement).joined(separator: ", ")
    }
  }
}

/// The number as 1,234,567.
func grouped(_ number: Int) -> String {
  let digits = String(number)
  var text = ""
  for (i, digit) in digits.enumerated() {
    if i > 0, (digits.count - i) % 3 == 0, digits[digits.startIndex] != "-" || i > 1 {
      text.append(",")
    }
    text.append(digit)
  }
  return text
}

import ArgumentParser
import Bytes
import Export
import FoundationEssentials
import Glibc
import Inference
import Sinks
import Text

/// Writes a model as C, for boards that read by themselves.
struct ExportFirmwareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export-firmware",
    abstract: "Write a model as a C header, for a board that reads by itself.",
    discussion: """
      The board computes the same bits as this program. Two layouts:
        scribe     for scribe_net.c and scribe_model.c in firmware-proto: packed weights, labels, \
      checksums, and test vectors that the board checks itself with at start-up
        cmsis-nn   arrays and parameters for CMSIS-NN's int8 functions, and the calls; \
      not for models with functions by table or a softmax

      The header is C99 and C++11 to C++20. Included in several files it costs its flash once, as \
      its first lines tell.

      The same model gives the same bytes. With --board, a model that doesn't fit is refused.

      Boards, by name or part number (the STM32 before it may be left out):
        \(Board.known.joined(separator: ", "))
      Of these send images but read none, for want of memory or of a camera:
        \(Board.sendingOnly.joined(separator: ", "))

      Examples:
        scribe export-firmware --model glyph -o glyph.h --board STM32F407VG
        scribe export-firmware --model classic -o classic.h --source
        scribe export-firmware --model classic --report
        scribe export-firmware --pattern '[0-9]{5}' -o pattern.h
            what a line looks like, for the board's reader of lines (scribe_recognizer.h)

      \(ExitStatus.help)
      """)

  enum Layout: String, ExpressibleByArgument, CaseIterable {
    case scribe
    case cmsisNN = "cmsis-nn"
  }

  @Option(
    help: ArgumentHelp("The model: its name or its folder.", valueName: "name"),
    completion: .models)
  var model = "glyph"

  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp("The header to write, or - for standard output.", valueName: "file"),
    completion: .file(extensions: ["h"]))
  var output: String?

  @Option(help: "For whose functions the data are.")
  var layout = Layout.scribe

  @Flag(help: "Put the data into a .c file beside a small header.")
  var source = false

  @Flag(help: "Print sizes and costs, layer by layer.")
  var report = false

  @Option(
    help: ArgumentHelp("Refuse what doesn't fit this board, as STM32F411CE.", valueName: "name"))
  var board: String?

  @Option(help: ArgumentHelp("How many test vectors the board checks itself with.", valueName: "n"))
  var vectors = 2

  @Option(help: ArgumentHelp("What C names begin with.", valueName: "text"))
  var symbol: String?

  @Option(
    help: ArgumentHelp(
      "Instructions a patch, as measured, for the header to tell.", valueName: "n"))
  var instructions: Int?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Write what a line looks like, as `scribe recognize --pattern` takes it, in place of a model. "
        + "Repeatable: any of them.", valueName: "regex"),
    transform: { text in
      try PatternArgument.check(text)
      return text
    })
  var pattern: [String] = []

  func validate() throws {
    guard pattern.isEmpty || output != nil && !(source || report) && board == nil else {
      throw ValidationError("--pattern goes with -o and --symbol alone.")
    }
    guard output != nil || report else {
      throw ValidationError("Say what to write with -o, or ask for a --report.")
    }
    guard output != "-" || !(source || report) else {
      throw ValidationError("Standard output takes one header and nothing else.")
    }
    guard (0...256).contains(vectors) else { throw ValidationError("--vectors is 0 to 256.") }
    guard layout == .scribe || (!source && instructions == nil) else {
      throw ValidationError("--source and --instructions are for the layout scribe.")
    }
    if let instructions, instructions <= 0 {
      throw ValidationError("--instructions is a number above 0.")
    }
  }

  func run() throws {
    let display = StatusDisplay()
    do {
      try export()
    } catch let error as ExportError {
      display.message("Error: \(error)", style: .red)
      if case .tooLarge(_, let board) = error {
        display.message(
          "Models that fit \(board.name): " + fitting(board).joined(separator: ", "), style: .red)
      }
      throw error.exitCode
    } catch let error as CocoaError {
      let file = output ?? "the output"
      display.message(
        "Error: \(file) cannot be written: \(reasonText(error))", style: .red)
      throw ExitStatus.cannotCreate
    } catch {
      throw fail(display, error)
    }
  }

  private func export() throws {
    guard pattern.isEmpty else { return try exportPattern() }
    let model = try ModelStore.load(model)
    let firmware = try FirmwareModel(model, vectors: vectors, symbol: symbol)
    let board = try board.map { name throws(ExportError) in try Board(name) }
    if let board { try firmware.check(fits: board) }
    if let output {
      for (path, text) in try sources(firmware, output) { try write(text, to: path) }
    }
    if report {
      let text = Terminal.escaped(firmware.report(board: board), keepingNewlines: true)
      try TextOutput.standard.write(text)
    }
  }

  private func exportPattern() throws {
    guard let output else { return }
    let pattern = try Pattern(anyOf: pattern)
    let firmware = try symbol.map { symbol throws(ExportError) in
      try FirmwarePattern(pattern, symbol: symbol)
    }
    try write((firmware ?? FirmwarePattern(pattern)).header, to: output)
  }

  private func write(_ text: String, to path: String) throws {
    if path == "-" {
      try writeAll(Array(text.utf8), to: STDOUT_FILENO)
    } else {
      try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }
  }

  /// The models at hand that the board takes.
  private func fitting(_ board: Board) -> [String] {
    let names = ModelStore.all().compactMap { path -> String? in
      guard let model = try? ModelStore.load(path),
        (try? FirmwareModel(model).check(fits: board)) != nil
      else { return nil }
      return Terminal.escaped(model.name)
    }
    return names.isEmpty ? ["none"] : names
  }

  private func sources(
    _ firmware: FirmwareModel, _ output: String
  ) throws(ExportError) -> [(String, String)] {
    guard layout == .scribe else { return [(output, try firmware.cmsisHeader())] }
    let name = URL(filePath: output).lastPathComponent
    let sources = firmware.sources(headerFile: source ? name : nil, instructions: instructions)
    guard let text = sources.source else { return [(output, sources.header)] }
    let stem = output.hasSuffix(".h") ? String(output.dropLast(2)) : output
    return [(output, sources.header), (stem + ".c", text)]
  }
}

extension ExportError {
  var exitCode: ExitCode {
    switch self {
    case .vectors(let error): error.exitCode
    case .tooLarge, .unsupported, .readsLines, .notInCMSIS: ExitStatus.dataError
    case .notAnIdentifier, .reservedName, .tooFewVectors, .unknownBoard: ExitCode(64)
    }
  }
}

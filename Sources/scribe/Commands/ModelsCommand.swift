import ArgumentParser
import Bytes
import FoundationEssentials
import Inference
import Sinks

/// Lists models with their accuracy and cost.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List models: their accuracy, their size and their speed.",
    discussion: """
      Accuracies are those of each model's training record. FLASH is what a board stores: weights, \
      biases, multipliers and tables. RAM is the largest input and output of one layer together, \
      as a board with two buffers needs it. With --bench, US1 and US32 are the microseconds that \
      this machine takes for a character, alone and 32 at a time, on one core.

      With --check every model computes its test vectors, layer by layer, and VECTORS is how many \
      there are. A model that computes something else, or has none, isn't listed but told with \
      what differs, and the exit code is 65.

      Without a folder these are the models that the other commands find by name, from any working \
      directory: in $SERIALSCRIBE_MODELS, in ../share/serialscribe/models from the program, in the \
      models folders beside and above the program and the working directory, and in \
      share/serialscribe/models of /usr/local and /usr.

      Examples:
        scribe models
        scribe models --bench models/
        scribe models --check models/mine
      """)

  @Flag(help: "Also measure the time a character takes.")
  var bench = false

  @Flag(help: "Also compute each model's test vectors.")
  var check = false

  @Flag(help: "One line of JSON a model.")
  var json = false

  @Argument(
    help: ArgumentHelp(
      "A folder of models, or of one. (default: all that are found by name)", valueName: "folder"),
    completion: .directory)
  var folder: String?

  func run() throws {
    let display = StatusDisplay()
    do {
      let paths = try folder.map(Self.models) ?? ModelStore.all()
      var rows: [ModelCost] = []
      var failed = false
      for path in paths {
        display.status(path)
        var cost = ModelCost(try Model(directory: path))
        if check {
          do {
            cost.vectors = try cost.model.selfTest()
          } catch {
            failed = true
            display.message("Error: \(Terminal.escaped("\(error)"))", style: .red)
            continue
          }
        }
        if bench { cost.measure() }
        rows.append(cost)
      }
      display.clear()
      if json {
        for row in rows { try TextOutput.standard.write(row.json + "\n") }
      } else if !rows.isEmpty {
        try TextOutput.standard.write(table(rows))
      } else if !failed {
        display.message(
          folder.map { "No models in \(Terminal.escaped($0))." }
            ?? "No models found: give their folder, or name it in $\(ModelStore.variable).")
      }
      if failed { throw ExitStatus.dataError }
    } catch let error as CocoaError {
      display.message(
        "Error: \(Terminal.escaped("\(folder ?? "the models"): \(reasonText(error))"))", style: .red
      )
      throw ExitStatus.noInput
    } catch {
      throw fail(display, error)
    }
  }

  /// The folder itself, where it holds a model, or those in it that do.
  private static func models(in folder: String) throws -> [String] {
    func holdsModel(_ path: String) -> Bool {
      FileManager.default.fileExists(atPath: path + "/model.json")
    }
    if holdsModel(folder) { return [folder] }
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      .map { "\(folder)/\($0)" }.filter(holdsModel)
  }

  private func table(_ rows: [ModelCost]) -> String {
    var heads = ["MODEL", "FLOAT", "INT8", "PARAMETERS", "FLASH", "RAM", "MACS"]
    if bench { heads += ["US1", "US32"] }
    if check { heads.append("VECTORS") }
    let lines = [heads] + rows.map { $0.cells(bench: bench, check: check) }
    let widths = heads.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      let name = line[0] + String(repeating: " ", count: widths[0] - line[0].count)
      let numbers = zip(line, widths).dropFirst().map { cell, width in
        String(repeating: " ", count: width - cell.count) + cell
      }
      return ([name] + numbers).joined(separator: "  ") + "\n"
    }.joined()
  }
}

/// The cost of a model, as measured.
private struct ModelCost {
  let model: Model
  /// Median microseconds a character: alone, and 32 at a time.
  var single: Double?
  var batch: Double?
  /// The number of test vectors that it computes.
  var vectors: Int?

  init(_ model: Model) { self.model = model }

  mutating func measure() {
    single = microseconds(count: 1, repeats: 301)
    batch = microseconds(count: 32, repeats: 41)
  }

  private func microseconds(count: Int, repeats: Int) -> Double {
    var workspace = Workspace()
    var value: UInt32 = 1
    let patches = (0..<count * model.patchSize).map { _ -> UInt8 in
      value = value &* 1_664_525 &+ 1_013_904_223
      return UInt8(value >> 24)
    }
    let clock = ContinuousClock()
    var times: [Double] = []
    for _ in 0..<repeats {
      let start = clock.now
      _ = model.logits(of: patches, count: count, workspace: &workspace)
      times.append((clock.now - start) / .microseconds(1) / Double(count))
    }
    return times.sorted()[repeats / 2]
  }

  private func text(_ number: Double?, places: Int) -> String {
    number.flatMap { JSONLine.decimal($0, places: places) } ?? "-"
  }

  func cells(bench: Bool, check: Bool) -> [String] {
    [
      Terminal.escaped(model.name),
      text(100 * model.training.floatAccuracy, places: 2) + "%",
      text(100 * model.training.int8Accuracy, places: 2) + "%",
      "\(model.parameters)", "\(model.flashBytes)", "\(model.activationBytes)", "\(model.macs)",
    ]
      + (bench ? [text(single, places: 1), text(batch, places: 1)] : [])
      + (check ? [vectors.map { "\($0)" } ?? "-"] : [])
  }

  var json: String {
    var line = JSONLine()
    line.object { line in
      line.member("model", model.name)
      line.member("floatAccuracy", model.training.floatAccuracy, places: 5)
      line.member("int8Accuracy", model.training.int8Accuracy, places: 5)
      line.member("parameters", model.parameters)
      line.member("flashBytes", model.flashBytes)
      line.member("ramBytes", model.activationBytes)
      line.member("macs", model.macs)
      if let single { line.member("microseconds", single, places: 2) }
      if let batch { line.member("microsecondsOf32", batch, places: 2) }
      if let vectors { line.member("vectors", vectors) }
    }
    return line.text
  }
}

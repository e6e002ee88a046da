import Export
import Foundation
import Inference
import Testing

/// The exported text, and what compilers and boards make of it.
@Suite struct HeaderTests {
  @Test func sameModelSameBytes() throws {
    let first = try FirmwareModel(Repository.model("classic"))
    let second = try FirmwareModel(Repository.model("classic"))
    #expect(first.sources() == second.sources())
    #expect(try first.cmsisHeader() == second.cmsisHeader())
    #expect(first.sources(headerFile: "a.h") == second.sources(headerFile: "a.h"))
  }

  @Test func headerTellsWhatItIs() throws {
    let model = try Repository.model("classic")
    let header = try FirmwareModel(model).sources(instructions: 123_456).header
    for text in [
      "#define SCRIBE_CLASSIC_NAME \"classic\"", "#define SCRIBE_CLASSIC_MACS 467200",
      "#define SCRIBE_CLASSIC_LABELS 10", "#define SCRIBE_CLASSIC_PATCH_BYTES 784",
      "#define SCRIBE_CLASSIC_INSTRUCTIONS 123456", model.weightsHash,
    ] {
      #expect(header.contains(text), "\(text)")
    }
    #expect(header.split(separator: "\n").allSatisfy { $0.utf8.count <= 100 })
  }

  @Test func symbols() throws {
    let model = try Repository.model("classic")
    #expect(try FirmwareModel(model, symbol: "my_net").sources().header.contains("my_net_layers"))
    for symbol in ["", "1st", "a-b", "ä", "a b"] {
      #expect(throws: ExportError.notAnIdentifier(symbol)) {
        try FirmwareModel(model, symbol: symbol)
      }
    }
  }

  /// A header can't compile if its name belongs to the language, to its library or to the C that it
  /// is for.
  @Test func takenSymbolsAreRefused() throws {
    let model = try Repository.model("classic")
    for (symbol, word) in [
      ("int", "keyword"), ("restrict", "keyword"), ("class", "keyword"), ("xor", "keyword"),
      ("constinit", "keyword"), ("main", "compilers"), ("index", "library"), ("uint8_t", "library"),
      ("_Bool", "compilers"), ("my__net", "compilers"), ("scribe_net", "scribe_net.h"),
    ] {
      let error = #expect(throws: ExportError.self) { try FirmwareModel(model, symbol: symbol) }
      let text = try #require(error).description
      #expect(text.contains("\"\(symbol)\"") && text.contains(word), "\(text)")
    }
    for symbol in ["integer", "_net", "Class", "scribe_classic", "net"] {
      #expect(throws: Never.self) { try FirmwareModel(model, symbol: symbol) }
    }
  }

  /// Names that the headers for boards declare or define are taken.
  @Test func namesOfTheHeadersAreTaken() throws {
    let model = try Repository.model("classic")
    let folder = Repository.url.appending(path: "firmware-proto/include")
    var names: Set<String> = []
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
      names.formUnion(text.matches(of: /\bscribe_[a-z0-9_]+/).map { String($0.0) })
    }
    // These names stand in examples in comments only.
    names.subtract(["scribe_glyph", "scribe_finder", "scribe_aligner", "scribe_line_quick"])
    #expect(names.count > 50)
    for name in names.sorted() {
      #expect(throws: ExportError.self, "\(name)") { try FirmwareModel(model, symbol: name) }
    }
  }

  /// CMSIS-NN gets models that it can compute, or the reason is given.
  @Test func tablesAreNotForCMSIS() throws {
    for (name, kind, word) in [
      ("mlp-leaky", "table", "function by table"), ("logistic", "softmax", "arm_softmax_s8"),
    ] {
      let firmware = try FirmwareModel(Repository.model(name))
      let error = try #require(
        #expect(throws: ExportError.self) { try firmware.cmsisHeader() })
      guard case .notInCMSIS(layer: 1, kind: kind, why: _) = error else {
        Issue.record("\(error)")
        continue
      }
      #expect(error.description.contains(word))
    }
    for name in ["mlp", "svm"] {
      #expect(throws: Never.self) { try FirmwareModel(Repository.model(name)).cmsisHeader() }
    }
  }

  /// A model's name can't put code into firmware, by any of the ways in which C ends a comment or a
  /// string.
  @Test(arguments: [
    "*/ #error", "*\\\n/\n#error", "a\n#error", "*\r\n/\n#error", "/* */", "\"\n#error",
    "\u{2028}#error", "??/\n#error", "\\",
  ])
  func namesStayComments(name: String) throws {
    let folder = Repository.url.appending(path: "Tests/InferenceTests/Vectors/random-1")
    var manifest = try #require(
      JSONSerialization.jsonObject(
        with: Data(contentsOf: folder.appending(path: "model.json"))) as? [String: Any])
    manifest["name"] = name
    let model = try Model(
      manifest: [UInt8](JSONSerialization.data(withJSONObject: manifest)),
      weights: [UInt8](Data(contentsOf: folder.appending(path: "weights.bin"))), file: "model.json")
    let firmware = try FirmwareModel(model, vectors: 0, symbol: "named")
    let plain = try FirmwareModel(Repository.randomModel(1), vectors: 0, symbol: "named")
    #expect(code(firmware.sources().header) == code(plain.sources().header))
    #expect(try code(firmware.cmsisHeader()) == code(plain.cmsisHeader()))
  }

  /// The code outside of comments and strings, without numbers: the name is in checksums.
  private func code(_ text: String) -> String {
    // Lines that end in a backslash are joined before anything else.
    var rest = Substring(text.replacing("\\\n", with: ""))
    var result = ""
    while let character = rest.popFirst() {
      if character == "/", rest.first == "*" {
        guard let end = rest.dropFirst().range(of: "*/") else { return "a comment without end" }
        rest = rest[end.upperBound...]
      } else if character == "\"" {
        while let next = rest.popFirst(), next != "\"" {
          if next == "\\" { rest.removeFirst() }
          if next.isNewline { return "a string without end" }
        }
      } else if !character.isHexDigit {
        result.append(character)
      }
    }
    return result
  }

  @Test func vectorsAreCounted() throws {
    let model = try Repository.model("classic")
    #expect(try FirmwareModel(model, vectors: 0).sources().header.contains("/*vector_count*/ 0"))
    #expect(throws: ExportError.tooFewVectors(asked: 25, found: 24)) {
      try FirmwareModel(model, vectors: 25)
    }
  }

  /// Labels of every kind pass through a compiler unchanged.
  @Test(.enabled(if: Tool.hasGCC, "gcc is not installed"))
  func sourcesCompileAndPass() throws {
    let folder = try Folder()
    for name in Repository.exportable {
      let firmware = try FirmwareModel(Repository.model(name), symbol: "net")
      let sources = firmware.sources(headerFile: "net.h")
      let header = try folder.write(sources.header, "net.h")
      let data = try folder.write(#require(sources.source), "net.c")
      let (status, output) = try Tool.run(
        script: "run-host", header: header, symbol: "net", flags: data)
      #expect(status == 0, "\(name): \(output)")
    }
  }

  /// The same bits as the header's on this machine, under the sanitizers.
  @Test(.enabled(if: Tool.hasGCC, "gcc is not installed"))
  func portableKernelsUnderSanitizers() throws {
    for name in Repository.exportable {
      let output = try compare(name, count: Repository.patchCount(8), script: "run-host")
      #expect(output.contains("kernels portable"))
    }
    for seed in 1...3 { try compare(Repository.randomModel(seed), count: 8, script: "run-host") }
  }

  /// The DSP kernels on an emulated STM32F405: every logit as on the host, within the promised
  /// memory and instructions.
  @Test(.enabled(if: Tool.hasBoard, "arm-none-eabi-gcc or qemu-system-arm is not installed"))
  func dspKernelsOnABoard() throws {
    for name in Repository.exportable {
      let model = try Repository.model(name)
      let output = try compare(name, count: Repository.patchCount(20), script: "run")
      #expect(output.contains("kernels DSP"))
      let instructions = try #require(value("instructions", in: output))
      // A few thousand instructions are spent on the call and the layers' ends, whatever their
      // size.
      let promised = 1.2 * Double(model.macs) + 10_000
      #expect(Double(instructions) < promised, "\(name): \(instructions)")
      let stack = try #require(value("stack", in: output))
      #expect(try stack <= FirmwareModel(model).requirement.stack)
    }
    let classic = try FirmwareModel(Repository.model("classic")).requirement
    #expect(classic.memory < 6 << 10)
  }

  /// Self-test and logits on the cores of other chips.
  @Test(
    .enabled(if: Tool.hasBoard, "arm-none-eabi-gcc or qemu-system-arm is not installed"),
    arguments: [
      ("cortex-m0plus", "portable"), ("cortex-m3", "portable"), ("cortex-m7", "DSP"),
      ("cortex-m33", "DSP"), ("cortex-m55", "DSP"),
    ])
  func cores(core: String, kernels: String) throws {
    try logits(on: core, kernels: kernels)
  }

  @Test(
    .enabled(
      if: Tool.hasRISCV, "gcc-riscv64-unknown-elf, picolibc or qemu-system-misc is not installed"))
  func riscv() throws {
    try logits(on: "rv32imafc", kernels: "portable")
  }

  private func logits(on core: String, kernels: String) throws {
    for name in ["classic", "glyph"] {
      let model = try Repository.model(name)
      let output = try compare(model, count: 4, script: "run", core: core)
      #expect(output.contains("kernels \(kernels)\n"))
      let stack = try #require(value("stack", in: output))
      #expect(try stack <= FirmwareModel(model).requirement.stack)
    }
    try compare(Repository.randomModel(1), count: 4, script: "run", core: core)
  }

  /// All kinds of layers: those that the fast kernels can't do are computed portably, on the same
  /// board.
  @Test(
    .enabled(if: Tool.hasBoard, "arm-none-eabi-gcc or qemu-system-arm is not installed"),
    arguments: 1...12)
  func randomModelsOnABoard(seed: Int) throws {
    try compare(Repository.randomModel(seed), count: 12, script: "run")
  }

  /// Pooled and plain convolutions with odd numbers of channels, rows of every remainder by four,
  /// strides, padding at all sides, zero points.
  @Test(
    .enabled(if: Tool.hasBoard, "arm-none-eabi-gcc or qemu-system-arm is not installed"),
    arguments: [1, 2, 3, 4, 5])
  func pooledConvolutionsOnABoard(seed: UInt64) throws {
    let model = try MadeModel(seed: seed).load()
    let firmware = try FirmwareModel(model, vectors: 0)
    #expect(firmware.layers.filter(\.pooled).count == 2)
    #expect(firmware.layers.filter(\.narrow).count == firmware.layers.count)
    try compare(model, count: 12, script: "run")
    try compare(model, count: 12, script: "run-host")
  }

  /// Tables and softmax under the sanitizers, and on the board.
  @Test(.enabled(if: Tool.hasGCC, "gcc is not installed"), arguments: MadeModel.seedsWithTables)
  func tablesUnderSanitizers(seed: UInt64) throws {
    try compare(MadeModel(tablesOfSeed: seed).load(), count: 24, script: "run-host")
  }

  @Test(
    .enabled(if: Tool.hasBoard, "arm-none-eabi-gcc or qemu-system-arm is not installed"),
    arguments: MadeModel.seedsWithTables)
  func tablesOnABoard(seed: UInt64) throws {
    try compare(MadeModel(tablesOfSeed: seed).load(), count: 24, script: "run")
  }

  private func value(_ name: String, in output: String) -> Int? {
    let line = output.split(separator: "\n").first { $0.hasPrefix(name + " ") }
    return line.flatMap { Int($0.dropFirst(name.count + 1)) }
  }

  private func compare(_ name: String, count: Int, script: String) throws -> String {
    try compare(Repository.model(name), count: count, script: script)
  }

  @discardableResult
  private func compare(
    _ model: Model, count: Int, script: String, core: String = "cortex-m4"
  ) throws -> String {
    let folder = try Folder()
    let vectors = (try? model.testVectors()) == nil ? 0 : 2
    let firmware = try FirmwareModel(model, vectors: vectors, symbol: "net")
    let header = try folder.write(firmware.sources().header, "net.h")
    var random = Seeded(state: 2)
    let patches = try random.patches(count, of: model)
    let from = folder.url.appending(path: "patches")
    let to = folder.url.appending(path: "logits")
    try Data(patches).write(to: from)
    let (status, output) = try Tool.run(
      script: script, header: header, symbol: "net", files: [from.path, to.path], core: core)
    try #require(status == 0, "\(model.name): \(output)")
    var workspace = Workspace()
    let expected = model.logits(of: patches, count: count, workspace: &workspace)
    let found = try Data(contentsOf: to).map { Int8(bitPattern: $0) }
    #expect(found == expected, "\(model.name)")
    return output
  }

  /// The example at the head of scribe_model.h compiles, with stand-ins for the board's own parts.
  @Test(.enabled(if: Tool.hasGCC, "gcc is not installed"))
  func theStoryOfTheHeaderCompiles() throws {
    let include = Repository.url.appending(path: "firmware-proto/include")
    let text = try String(contentsOf: include.appending(path: "scribe_model.h"), encoding: .utf8)
    let comment = try #require(text.components(separatedBy: "*/").first)
    let lines = comment.split(separator: "\n").filter { $0.hasPrefix(" *     ") }
      .map { $0.dropFirst(7) }
    let body = try #require(lines.firstIndex { $0.hasPrefix("scribe_model_failure") })
    let folder = try Folder()
    _ = try folder.write(FirmwareModel(Repository.model("glyph")).sources().header, "glyph.h")
    let file = try folder.write(
      """
      extern void halt(const char *), print(const char *);
      extern const unsigned char *next_patch(void);

      """ + lines[..<body].joined(separator: "\n") + "\nint main(void) {\n"
        + lines[body...].joined(separator: "\n") + "\n}\n", "story.c")
    let (status, output) = try Tool.run(
      #require(Tool.path("gcc")),
      [
        "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I\(include.path)",
        "-fsyntax-only", file,
      ])
    #expect(status == 0, "\(output)")
  }

  // MARK: Damage

  /// One changed digit in a file is reported at start-up, by the program that a board runs.
  @Test(.enabled(if: Tool.hasGCC, "gcc is not installed"))
  func changedWeightIsNamed() throws {
    let firmware = try FirmwareModel(Repository.model("classic"), symbol: "net")
    let header = firmware.sources().header
    let layer = firmware.layers[1]
    let word = String(layer.weights[7], radix: 16, uppercase: true)
    let start = try #require(header.range(of: "net_weights_1[]"))
    let digit = try #require(header.range(of: word, range: start.upperBound..<header.endIndex))
    var spoilt = header
    spoilt.replaceSubrange(digit, with: String(layer.weights[7] ^ 1, radix: 16, uppercase: true))
    let folder = try Folder()
    let (status, output) = try Tool.run(
      script: "run-host", header: folder.write(spoilt, "net.h"), symbol: "net")
    #expect(status == 2 && output.contains("damaged: \(layer.name)"), "\(output)")
  }

  /// Cut and merged files don't compile.
  @Test(.enabled(if: Tool.hasGCC, "gcc is not installed"))
  func brokenHeadersAreRefused() throws {
    let header = try FirmwareModel(Repository.model("classic"), symbol: "net").sources().header
    let lines = header.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.contains("net_weights_1[]") })
    var short = lines
    short.remove(at: start + 3)
    var double = lines
    double.insert(lines[start + 3], at: start + 3)
    let renumbered = header.replacing("SCRIBE_NET_VERSION != 3", with: "SCRIBE_NET_VERSION != 4")
    let folder = try Folder()
    for (text, expected) in [
      (short.joined(separator: "\n"), "net_weights_1_is_whole"),
      (double.joined(separator: "\n"), "net_weights_1_is_whole"),
      (renumbered, "export this model again"),
      (String(header.prefix(header.count / 2)), "error"),
    ] {
      let (status, output) = try Tool.run(
        script: "run-host", header: folder.write(text, "net.h"), symbol: "net")
      #expect(status == 1 && output.contains(expected), "\(expected): \(output)")
    }
  }
}

import Export
import FirmwareProto
import Foundation
import Gray
import Images
import LinkTestSupport
import OnBoard
import Testing
import Text

/// The reader as compiled by C compilers and for boards, against the host's readings.
@Suite struct EmulatedBoardTests {
  private static let images = [
    "clean_000.png", "clean_001.png", "clean_009.png", "typical_001.png", "typical_007.png",
    "hard_000.png",
  ]

  private static func has(_ tool: String) -> Bool {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
  }

  @Test(.enabled(if: has("gcc"), "gcc is not installed"))
  func sameTextUnderSanitizers() throws {
    _ = try compare(environment: ["HOST": "1"])
  }

  /// The same bytes from a Cortex-M4, within the memory and instructions that READING.md states.
  @Test(
    .enabled(
      if: has("arm-none-eabi-gcc") && has("qemu-system-arm"),
      "arm-none-eabi-gcc or qemu-system-arm is not installed"))
  func sameTextOnABoard() throws {
    let output = try compare(environment: [:])
    let memory = (values("reader_bytes", output) + values("arena_bytes", output)).reduce(0, +)
    #expect(memory > 0 && memory <= 64 << 10)
    #expect(values("stack", output).allSatisfy { $0 < 4096 })
    #expect(values("rows_instructions", output).allSatisfy { $0 < 60_000_000 })
    #expect(values("all_instructions", output).count == Self.images.count)
  }

  /// One reading on each core, with this machine's bytes.
  @Test(
    .enabled(
      if: has("arm-none-eabi-gcc") && has("qemu-system-arm"),
      "arm-none-eabi-gcc or qemu-system-arm is not installed"),
    arguments: ["cortex-m0plus", "cortex-m3", "cortex-m7", "cortex-m33", "cortex-m55"])
  func sameTextOnCores(core: String) throws {
    _ = try compare(Array(Self.images.prefix(1)), environment: ["CORE": core])
  }

  @Test(
    .enabled(
      if: has("riscv64-unknown-elf-gcc") && has("qemu-system-riscv32")
        && FileManager.default.fileExists(atPath: "/usr/lib/picolibc/riscv64-unknown-elf"),
      "gcc-riscv64-unknown-elf, picolibc or qemu-system-misc is not installed"))
  func sameTextOnRISCV() throws {
    _ = try compare(Array(Self.images.prefix(1)), environment: ["CORE": "rv32imafc"])
  }

  /// A reader of the firmware: the program that runs it, and the host's reading by the same code.
  private enum Program {
    case glyphs, recognizer
    /// The recognizer with a pattern that some lines match.
    case pattern

    static let lines = #"[A-Z]{2,}( [A-Z0-9]+)*|[0-9][0-9.:/-]*"#

    var script: String { self == .glyphs ? "read" : "recognize" }

    /// Writes the headers; returns the program's arguments before the images.
    func export(to folder: URL) throws -> [String] {
      switch self {
      case .glyphs:
        let header = folder.appending(path: "net.h")
        let model = try FirmwareModel(Repository.model("glyph"), symbol: "net")
        try Data(model.sources().header.utf8).write(to: header)
        return [header.path, "net"]
      case .recognizer, .pattern:
        if self == .pattern {
          let pattern = try FirmwarePattern(Pattern(Self.lines))
          try Data(pattern.header.utf8).write(to: folder.appending(path: "pattern.h"))
        }
        for name in ["finder", "aligner", "line-quick"] {
          let model = try FirmwareModel(Repository.model(name), vectors: 1)
          let file = name.replacing("-", with: "_") + ".h"
          try Data(model.sources().header.utf8).write(to: folder.appending(path: file))
        }
        return [folder.path]
      }
    }

    func read(_ images: [GrayImage]) throws -> [BoardText] {
      switch self {
      case .glyphs:
        let reader = try FirmwareReader(model: Repository.model("glyph"))
        return try images.map { try reader.read($0) }
      case .recognizer, .pattern:
        let reader = try FirmwareRecognizer(
          FirmwareRecognizer.Models(
            finder: Repository.model("finder"), aligner: Repository.model("aligner"),
            line: Repository.model("line-quick")),
          pattern: self == .pattern ? Pattern(Self.lines) : nil)
        return try images.map { try reader.read($0) }
      }
    }
  }

  /// The recognizer under sanitizers, and within the memory that READING.md states on a Cortex-M4.
  @Test(.enabled(if: has("gcc"), "gcc is not installed"))
  func sameLinesUnderSanitizers() throws {
    _ = try compare(environment: ["HOST": "1"], .recognizer)
    _ = try compare(environment: ["HOST": "1"], .pattern)
  }

  @Test(
    .enabled(
      if: has("arm-none-eabi-gcc") && has("qemu-system-arm"),
      "arm-none-eabi-gcc or qemu-system-arm is not installed"))
  func sameLinesOnABoard() throws {
    let output = try compare(environment: [:], .recognizer)
    let memory = (values("recognizer_bytes", output) + values("memory_bytes", output)).reduce(0, +)
    #expect(memory > 0 && memory <= 96 << 10)
    #expect(values("stack", output).allSatisfy { $0 < 4096 })
    #expect(values("all_instructions", output).count == Self.images.count)
  }

  @Test(
    .enabled(
      if: has("arm-none-eabi-gcc") && has("qemu-system-arm"),
      "arm-none-eabi-gcc or qemu-system-arm is not installed"))
  func sameMatchesOnABoard() throws {
    _ = try compare(Array(Self.images.prefix(3)), environment: [:], .pattern)
  }

  /// With portable C, and on cores of other kinds.
  @Test(
    .enabled(
      if: has("arm-none-eabi-gcc") && has("qemu-system-arm"),
      "arm-none-eabi-gcc or qemu-system-arm is not installed"),
    arguments: ["cortex-m3", "cortex-m7", "cortex-m33"])
  func sameLinesOnCores(core: String) throws {
    _ = try compare(Array(Self.images.prefix(1)), environment: ["CORE": core], .recognizer)
  }

  private func values(_ name: String, _ output: String) -> [Int] {
    output.split(separator: "\n").filter { $0.hasPrefix(name + " ") }
      .compactMap { Int($0.dropFirst(name.count + 1)) }
  }

  private func compare(
    environment: [String: String], _ program: Program = .glyphs
  ) throws -> String {
    try compare(Self.images, environment: environment, program)
  }

  private func compare(
    _ names: [String], environment: [String: String], _ program: Program = .glyphs
  ) throws -> String {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "on-board-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }

    let arguments = try program.export(to: folder)
    let grays = try names.map { try Fixtures.gray($0) }
    let texts = try program.read(grays)
    let board = TestBoard(board: "", sensor: "")
    var images: [UInt8] = []
    for (number, gray) in grays.enumerated() {
      try #require(gray.width <= 320 && gray.height <= 240)
      for side in [gray.width, gray.height] { images += [UInt8(side & 255), UInt8(side >> 8)] }
      images += gray.pixels
      var text = texts[number]
      text.number = UInt32(number)
      #expect(board.send(text) == SCRIBE_OK)
    }
    let from = folder.appending(path: "images")
    let to = folder.appending(path: "bytes")
    try Data(images).write(to: from)

    let process = Process()
    let pipe = Pipe()
    process.executableURL = Repository.url.appending(path: "scripts/firmware/\(program.script)")
    process.arguments = arguments + [from.path, to.path]
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(output)")

    var here = ScribeDecoder()
    var there = ScribeDecoder()
    let expected = here.events(of: [board.bytes]).texts
    let found = there.events(of: [[UInt8](try Data(contentsOf: to))]).texts
    #expect(expected.count == names.count && expected.contains { !$0.lines.isEmpty })
    #expect(found == expected)
    return output
  }
}

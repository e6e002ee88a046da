import Export
import FirmwareProto
import Foundation
import Gray
import Images
import Inference
import OnBoard
import Testing

/// The repository that contains these tests.
enum Repository {
  static let url = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func model(_ name: String) throws -> Model {
    try Model(directory: url.appending(path: "models/\(name)").path)
  }

  /// Models of random layers, from the inference tests.
  static func randomModel(_ seed: Int) throws -> Model {
    try Model(directory: url.appending(path: "Tests/InferenceTests/Vectors/random-\(seed)").path)
  }

  /// Number of patches for a shipped model, few unless `scripts/firmware/compare` asks for more.
  static func patchCount(_ few: Int) -> Int {
    ProcessInfo.processInfo.environment["SERIALSCRIBE_PATCHES"].flatMap { Int($0) } ?? few
  }

  /// Candidates that boards cut from pictures of a camera: whole characters, parts, pairs.
  static func characters(_ count: Int) throws -> [UInt8] {
    let folder = url.appending(path: "Tests/Fixtures/board-images")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let reader = try FirmwareReader(model: model("glyph"))
    var patches: [UInt8] = []
    for name in names.sorted() where name.hasSuffix(".png") {
      if patches.count >= count * FirmwareReader.patchBytes { break }
      let image = try GrayImage(
        CapturedImage(file: [UInt8](Data(contentsOf: folder.appending(path: name)))))
      patches += try reader.cuts(in: image).flatMap(\.patch)
    }
    return Array(patches.prefix(count * FirmwareReader.patchBytes))
  }

  /// The names of the models that ship.
  static let shipped: [String] = {
    let models = url.appending(path: "models")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: models.path)) ?? []
    return names.sorted().filter {
      FileManager.default.fileExists(atPath: models.appending(path: "\($0)/model.json").path)
    }
  }()

  /// The names of models that boards can run: models that read lines are not among them.
  static let exportable = shipped.filter { name in
    // A model that doesn't load stays in, so that a test reports it.
    ((try? model(name).positions) ?? 1) == 1
  }
}

/// Repeatable numbers (SplitMix64).
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Patches of noise, sparse ones, and real ones: characters from a camera's pictures if the model
  /// takes such, else patches of its own test vectors, shifted and dimmed.
  mutating func patches(_ count: Int, of model: Model) throws -> [UInt8] {
    let size = model.patchSize
    let vectors = (try? model.testVectors())?.suffix(8).map(\.patch) ?? []
    let characters = size == FirmwareReader.patchBytes ? try Repository.characters(count) : []
    return (0..<count).flatMap { i -> [UInt8] in
      switch i % 8 {
      case 0: return (0..<size).map { _ in UInt8.random(in: 0...255, using: &self) }
      case 1:
        return (0..<size).map { _ in
          Int.random(in: 0..<8, using: &self) == 0 ? 255 : UInt8(i / 8 % 3)
        }
      default:
        if (i + 1) * size <= characters.count {
          return Array(characters[i * size..<(i + 1) * size])
        }
        guard !vectors.isEmpty else {
          return (0..<size).map { _ in UInt8.random(in: 0...255, using: &self) }
        }
        let patch = vectors[i % vectors.count]
        let by = Int.random(in: 0..<size, using: &self)
        let dim = Int.random(in: 64...256, using: &self)
        return patch.indices.map { UInt8(Int(patch[($0 + by) % size]) * dim / 256) }
      }
    }
  }
}

/// A model in a board's memory that tests may spoil.
final class BoardModel {
  private let flash: FlashModel
  private(set) var model: scribe_model
  private let arena: UnsafeMutableBufferPointer<UInt32>
  var layers: UnsafeMutableBufferPointer<scribe_net_layer> { flash.layers }
  /// Words before and after the arena that nothing may write to.
  private static let margin = 256
  private static let pattern: UInt32 = 0xC0DE_C0DE

  init(_ firmware: FirmwareModel) {
    flash = FlashModel(firmware)
    model = flash.model
    arena = .allocate(capacity: firmware.arenaWords + 2 * Self.margin)
    arena.initialize(repeating: Self.pattern)
  }

  deinit { arena.deallocate() }

  private var work: UnsafeMutablePointer<UInt32>? {
    arena.baseAddress.map { $0 + Self.margin }
  }

  func logits(_ patch: [UInt8]) -> [Int8] {
    var logits = [Int8](repeating: 0, count: Int(model.label_count))
    scribe_model_logits(&model, work, patch, &logits)
    return logits
  }

  /// The result of the self-test, its place as text.
  func selfTest() -> (sound: Bool, failure: scribe_model_failure, place: String) {
    var failure = scribe_model_failure()
    let sound = scribe_model_selftest(&model, work, &failure)
    return (sound, failure, String(cString: failure.where))
  }

  func spoil(_ change: (inout scribe_model) -> Void) { change(&model) }

  /// Whether nothing was written beside the arena.
  var keptToArena: Bool {
    arena.prefix(Self.margin).allSatisfy { $0 == Self.pattern }
      && arena.suffix(Self.margin).allSatisfy { $0 == Self.pattern }
  }
}

/// A folder that is deleted with this object.
final class Folder {
  let url = FileManager.default.temporaryDirectory.appending(path: "export-\(UUID().uuidString)")
  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(at: url) }

  func write(_ text: String, _ name: String) throws -> String {
    let file = url.appending(path: name)
    try Data(text.utf8).write(to: file)
    return file.path
  }
}

/// Programs that tests need and a machine may lack.
enum Tool {
  static func path(_ name: String) -> String? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.map { "\($0)/\(name)" }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }

  static var hasGCC: Bool { path("gcc") != nil }
  static var hasBoard: Bool {
    path("arm-none-eabi-gcc") != nil && path("qemu-system-arm") != nil
  }
  static var hasRISCV: Bool {
    path("riscv64-unknown-elf-gcc") != nil && path("qemu-system-riscv32") != nil
      && FileManager.default.fileExists(atPath: "/usr/lib/picolibc/riscv64-unknown-elf")
  }

  /// Runs a program and returns its output and errors.
  static func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> (status: Int32, output: String) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  /// Runs an exported header by `scripts/firmware/run` or `run-host`.
  static func run(
    script: String, header: String, symbol: String, files: [String] = [], flags: String = "",
    core: String = "cortex-m4"
  ) throws -> (status: Int32, output: String) {
    try run(
      Repository.url.appending(path: "scripts/firmware/\(script)").path,
      [header, symbol] + files, environment: ["CFLAGS": flags, "CORE": core])
  }
}

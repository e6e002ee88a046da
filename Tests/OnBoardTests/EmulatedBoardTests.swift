import Export
import FirmwareProto
import Foundation
import Gray
import Images
import LinkTestSupport
import OnBoard
import Testing

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
    func values(_ name: String) -> [Int] {
      output.split(separator: "\n").filter { $0.hasPrefix(name + " ") }
        .compactMap { Int($0.dropFirst(name.count + 1)) }
    }
    let memory = (values("reader_bytes") + values("arena_bytes")).reduce(0, +)
    #expect(memory > 0 && memory <= 64 << 10)
    #expect(values("stack").allSatisfy { $0 < 4096 })
    #expect(values("rows_instructions").allSatisfy { $0 < 60_000_000 })
    #expect(values("all_instructions").count == Self.images.count)
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

  private func compare(environment: [String: String]) throws -> String {
    try compare(Self.images, environment: environment)
  }

  private func compare(_ names: [String], environment: [String: String]) throws -> String {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "on-board-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }

    let model = try Repository.model("glyph")
    let header = folder.appending(path: "net.h")
    try Data(FirmwareModel(model, symbol: "net").sources().header.utf8).write(to: header)
    let reader = try FirmwareReader(model: model)
    let board = TestBoard(board: "", sensor: "")
    var images: [UInt8] = []
    for (number, name) in names.enumerated() {
      let gray = try Fixtures.gray(name)
      try #require(gray.width <= 320 && gray.height <= 240)
      for side in [gray.width, gray.height] { images += [UInt8(side & 255), UInt8(side >> 8)] }
      images += gray.pixels
      var text = try reader.read(gray)
      text.number = UInt32(number)
      #expect(board.send(text) == SCRIBE_OK)
    }
    let from = folder.appending(path: "images")
    let to = folder.appending(path: "bytes")
    try Data(images).write(to: from)

    let process = Process()
    let pipe = Pipe()
    process.executableURL = Repository.url.appending(path: "scripts/firmware/read")
    process.arguments = [header.path, "net", from.path, to.path]
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

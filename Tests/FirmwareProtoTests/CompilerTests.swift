import Foundation
import Testing

/// The C sources as a firmware author gets them.
enum FirmwareFolder {
  static let url = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "firmware-proto")
}

/// A C compiler that may be installed.
enum Compiler: String, CaseIterable, CustomTestStringConvertible {
  case gcc
  case clang
  case arm = "arm-none-eabi-gcc"

  var testDescription: String { rawValue }

  var path: String? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.map { "\($0)/\(rawValue)" }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }

  var targetOptions: [String] {
    self == .arm ? ["-mcpu=cortex-m4", "-mthumb", "-Os", "-ffreestanding"] : ["-O2"]
  }
}

@Suite struct CompilerTests {
  /// A compiler that isn't installed shows as skipped, by name.
  @Test(.enabled(if: Compiler.gcc.path != nil, "gcc is not installed"))
  func gcc() throws { try compileAll(.gcc) }

  @Test(.enabled(if: Compiler.clang.path != nil, "clang is not installed"))
  func clang() throws { try compileAll(.clang) }

  @Test(.enabled(if: Compiler.arm.path != nil, "arm-none-eabi-gcc is not installed"))
  func armNoneEABI() throws { try compileAll(.arm) }

  private func compileAll(_ compiler: Compiler) throws {
    let sources = try FileManager.default.contentsOfDirectory(
      at: FirmwareFolder.url.appending(path: "src"), includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "c" }
    #expect(sources.count >= 3)
    for source in sources {
      for define in ["-DSCRIBE_DEFAULTS", "-DSCRIBE_CRC32_TABLE_256"] {
        let (status, output) = try run(
          compiler,
          [
            "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion",
            "-Wshadow", "-Werror", define,
            "-I\(FirmwareFolder.url.appending(path: "include").path)",
            "-c", source.path, "-o", "/dev/null",
          ] + compiler.targetOptions)
        #expect(status == 0, "\(source.lastPathComponent) \(define): \(output)")
      }
    }
  }

  private func run(_ compiler: Compiler, _ arguments: [String]) throws -> (Int32, String) {
    let path = try #require(compiler.path)
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}

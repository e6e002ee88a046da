import Foundation
import LinkTestSupport
import Testing

/// The C sources as a firmware author gets them.
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

  /// The example at the head of the header compiles, with stand-ins for the board's own parts.
  @Test(.enabled(if: Compiler.clang.path != nil, "clang is not installed"))
  func theStoryOfTheHeaderCompiles() throws {
    let include = FirmwareFolder.url.appending(path: "include")
    let header = try String(
      contentsOf: include.appending(path: "serialscribe.h"), encoding: .utf8)
    let comment = try #require(header.components(separatedBy: "*/").first)
    let lines = comment.split(separator: "\n").filter { $0.hasPrefix(" *     ") }
      .map { $0.dropFirst(7) }
    let body = try #require(lines.firstIndex { $0.hasPrefix("const scribe_config") })
    let source =
      """
      #include "serialscribe.h"
      extern int uart1;
      extern bool ring_put(void *, const uint8_t *, size_t);
      extern uint64_t clock_us(void);
      extern const uint8_t *camera_rows(int);

      """ + lines[..<body].joined(separator: "\n") + "\nint main(void) {\n"
      + lines[body...].joined(separator: "\n") + "\n}\n"
    let file = FileManager.default.temporaryDirectory
      .appending(path: "serialscribe-story-\(UUID().uuidString).c")
    try source.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let (status, output) = try run(
      .clang,
      [
        "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I\(include.path)",
        "-fsyntax-only", file.path,
      ])
    #expect(status == 0, "\(output)")
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

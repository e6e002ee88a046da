import Foundation

enum Repository {
  static let url = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let proto = url.appending(path: "firmware-proto")
}

/// Runs the scripts of `scripts/firmware`.
enum Script {
  static func has(_ tools: String...) -> Bool {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return tools.allSatisfy { tool in
      folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
    }
  }

  static func run(
    _ name: String, _ arguments: [String] = [], environment: [String: String] = [:]
  ) throws -> (Int32, String) {
    try run(
      path: Repository.url.appending(path: "scripts/firmware/\(name)").path, arguments,
      environment: environment)
  }

  /// Runs a script; returns its exit code, and its output and errors.
  static func run(
    path: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> (Int32, String) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: path)
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
}

/// A folder that is deleted with the test.
final class Scratch {
  let url = FileManager.default.temporaryDirectory.appending(path: "firmware-\(UUID().uuidString)")
  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(at: url) }
}
